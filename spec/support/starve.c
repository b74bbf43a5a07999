/*
 * Takes the memory away from libcurl, for specs only: a library to preload,
 * and a module for Lua (see spec/contract/memory_spec.lua).
 *
 *   local starve = package.loadlib(PATH, "luaopen_starve")()
 *   starve(n, count)   its allocations fail from the n-th on, `count` of them
 *   starve()           no more; returns how many failed
 */
#define _POSIX_C_SOURCE 200809L /* strdup */
#include <dlfcn.h>
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static long until_first = LONG_MAX, to_fail, failed;

static int fails(void)
{
    if (until_first > 0 && --until_first > 0)
        return 0;
    if (to_fail == 0)
        return 0;
    to_fail--;
    failed++;
    return 1;
}

static void *our_malloc(size_t size)
{
    return fails() ? NULL : malloc(size);
}

static void our_free(void *memory)
{
    free(memory);
}

static void *our_realloc(void *memory, size_t size)
{
    return fails() ? NULL : realloc(memory, size);
}

static char *our_strdup(const char *text)
{
    return fails() ? NULL : strdup(text);
}

static void *our_calloc(size_t count, size_t size)
{
    return fails() ? NULL : calloc(count, size);
}

/* In place of libcurl's own, which takes no allocator. */
int curl_global_init(long flags);
int curl_global_init(long flags)
{
    int (*init_mem)(long, void *(*)(size_t), void (*)(void *),
                    void *(*)(void *, size_t), char *(*)(const char *),
                    void *(*)(size_t, size_t));

    void *libcurl = dlopen("libcurl.so.4", RTLD_LAZY);

    *(void **)&init_mem =
        libcurl ? dlsym(libcurl, "curl_global_init_mem") : NULL;
    if (!init_mem)
        return 2;
    return init_mem(flags, our_malloc, our_free, our_realloc, our_strdup,
                    our_calloc);
}

static int starve(lua_State *L)
{
    bool over = lua_isnoneornil(L, 1);

    until_first = over ? LONG_MAX : (long)luaL_checkinteger(L, 1);
    to_fail = over ? 0 : (long)luaL_optinteger(L, 2, LONG_MAX);
    lua_pushinteger(L, (lua_Integer)failed);
    failed = 0;
    return 1;
}

int luaopen_starve(lua_State *L);
int luaopen_starve(lua_State *L)
{
    lua_pushcfunction(L, starve);
    return 1;
}
