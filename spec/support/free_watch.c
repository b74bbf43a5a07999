/*
 * A free() that looks into what the module frees, for specs only: a library
 * to preload, and a module for Lua. What the module allocates is cleared, so
 * that nothing of an owner before is found.
 *
 *   local watch = package.loadlib(PATH, "luaopen_free_watch")()
 *   watch("needle")   looks for it from now on; of more than 24 bytes, which
 *                     is what calloc leaves of an owner before
 *   watch()           no more; returns how often it was found
 */
#define _GNU_SOURCE /* dladdr, memmem */
#include <dlfcn.h>
#include <lauxlib.h>
#include <lua.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

/* glibc's own names for what is replaced here. */
void *__libc_malloc(size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static char needle[128];
static size_t needle_len;
static long found;

static int is_module(const void *caller)
{
    Dl_info info;

    return dladdr(caller, &info) != 0 && info.dli_fname &&
           strstr(info.dli_fname, "spherepay/core.so") != NULL;
}

void *malloc(size_t size)
{
    void *memory = __libc_malloc(size);

    if (memory && needle_len > 0 && is_module(__builtin_return_address(0)))
        memset(memory, 0, malloc_usable_size(memory));
    return memory;
}

void *realloc(void *memory, size_t size)
{
    size_t before = memory ? malloc_usable_size(memory) : 0, after;
    char *moved = __libc_realloc(memory, size);

    after = moved ? malloc_usable_size(moved) : 0;
    if (after > before && needle_len > 0 &&
        is_module(__builtin_return_address(0)))
        memset(moved + before, 0, after - before);
    return moved;
}

void free(void *memory)
{
    if (memory && needle_len > 0 && is_module(__builtin_return_address(0)) &&
        memmem(memory, malloc_usable_size(memory), needle, needle_len))
        found++;
    __libc_free(memory);
}

static int watch(lua_State *L)
{
    size_t len = 0;
    const char *text = luaL_optlstring(L, 1, "", &len);

    if (len >= sizeof needle)
        return luaL_error(L, "the needle is too long");
    lua_pushinteger(L, (lua_Integer)found);
    found = 0;
    needle_len = 0;
    memcpy(needle, text, len);
    needle_len = len;
    return 1;
}

int luaopen_free_watch(lua_State *L);
int luaopen_free_watch(lua_State *L)
{
    lua_pushcfunction(L, watch);
    return 1;
}
