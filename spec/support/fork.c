/*
 * fork(2) for Lua, for specs only; there is no library for it on every Lua.
 *
 *   cc -std=c11 -shared -fPIC -o fork.so spec/support/fork.c \
 *       $(pkg-config --cflags lua5.4)
 *   local fork = package.loadlib("./fork.so", "luaopen_fork")()
 */
#define _POSIX_C_SOURCE 200809L
#include <lauxlib.h>
#include <lua.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* fork(): 0 in the child, its pid in the parent. */
static int do_fork(lua_State *L)
{
    pid_t pid = fork();

    if (pid < 0)
        return luaL_error(L, "cannot fork");
    lua_pushinteger(L, (lua_Integer)pid);
    return 1;
}

/* wait(pid): what it exited with; 128 and the number of a signal. */
static int do_wait(lua_State *L)
{
    int status = 0;

    if (waitpid((pid_t)luaL_checkinteger(L, 1), &status, 0) < 0)
        return luaL_error(L, "cannot wait");
    lua_pushinteger(L, WIFEXITED(status) ? WEXITSTATUS(status)
                                         : 128 + WTERMSIG(status));
    return 1;
}

/* exit(code): at once; nothing is closed or flushed. */
static int do_exit(lua_State *L)
{
    _exit((int)luaL_checkinteger(L, 1));
}

int luaopen_fork(lua_State *L);

int luaopen_fork(lua_State *L)
{
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, do_fork);
    lua_setfield(L, -2, "fork");
    lua_pushcfunction(L, do_wait);
    lua_setfield(L, -2, "wait");
    lua_pushcfunction(L, do_exit);
    lua_setfield(L, -2, "exit");
    return 1;
}
