/*
 * An epoll_wait() that fails when it is told to, for specs only: a library to
 * preload, and a module for Lua.
 *
 *   local break_wait = package.loadlib(PATH, "luaopen_broken_wait")()
 *   break_wait(true)   from now on it fails
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <sys/epoll.h>

static bool broken;

int epoll_wait(int epoll, struct epoll_event *events, int max, int timeout)
{
    int (*real)(int, struct epoll_event *, int, int);

    if (broken) {
        errno = EBADF;
        return -1;
    }
    *(void **)&real = dlsym(RTLD_NEXT, "epoll_wait");
    return real(epoll, events, max, timeout);
}

static int break_wait(lua_State *L)
{
    broken = lua_toboolean(L, 1);
    return 0;
}

int luaopen_broken_wait(lua_State *L);
int luaopen_broken_wait(lua_State *L)
{
    lua_pushcfunction(L, break_wait);
    return 1;
}
