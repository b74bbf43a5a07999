/*
 * A program that embeds a Lua, in which allocations can be refused: it runs
 * the script that its first argument names, with the arguments after it.
 * There, refuse(whose, from, count, fn, ...) calls fn and refuses `count`
 * allocations from the `from`-th on (0: all, until fn returns). It gives how
 * many were refused, and then what pcall gives. Whose they are:
 *
 *   "lua"      those that Lua asks its allocator for. Lua tries each one that
 *              is refused once more after a collection, so that 2 is a single
 *              failure.
 *   "core"     those that our module asks malloc and its kin for
 *   "libcurl"  those that libcurl asks for: its allocator is the one that
 *              curl_global_init_mem was given here
 *
 * It exits with 77 where a Lua takes no allocator, and with 1 when the script
 * failed or Lua has given back less than it took.
 */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include <curl/curl.h>
#include <dirent.h>
#include <dlfcn.h>
#include <lauxlib.h>
#include <limits.h>
#include <link.h>
#include <lua.h>
#include <lualib.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum whose { LUA, CORE, LIBCURL };
static const char *const WHOSE[] = { "lua", "core", "libcurl", NULL };

static enum whose refused_ones;
static long countdown = LONG_MAX; /* allocations until the first refusal */
static long to_refuse;            /* how many from then on */
static long refused;
static int collects; /* at each allocation: Lua does so when it is refused one, and asks again */
static int asks_again;
static size_t used;

static int is_refused(enum whose whose)
{
    if (whose != refused_ones)
        return 0;
    if (countdown == LONG_MAX || --countdown > 0)
        return 0;
    countdown = 1;
    if (to_refuse == 0)
        return 0;
    to_refuse--;
    refused++;
    return 1;
}

static void *allocate(void *ud, void *block, size_t old, size_t size)
{
    void *result;

    (void)ud;
    if (!block)
        old = 0;
    if (size == 0) {
        used -= old;
        free(block);
        return NULL;
    }
    if (size > old && is_refused(LUA))
        return NULL;
    asks_again = collects && size > old && !asks_again;
    if (asks_again)
        return NULL;
    result = realloc(block, size);
    if (result)
        used += size - old;
    return result;
}

/* ---- malloc, by who calls it --------------------------------------------- */

/* Of AddressSanitizer, in whose place those below are called. */
void *__interceptor_malloc(size_t size);
void *__interceptor_calloc(size_t count, size_t size);
void *__interceptor_realloc(void *block, size_t size);
char *__interceptor_strdup(const char *text);
char *__interceptor_strndup(const char *text, size_t most);

static uintptr_t core_begin, core_end; /* where our module lies in memory */

static int note_core(struct dl_phdr_info *object, size_t size, void *ud)
{
    (void)size, (void)ud;
    if (!strstr(object->dlpi_name, "/spherepay/core.so"))
        return 0;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];

        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
            continue;
        core_begin = object->dlpi_addr + part->p_vaddr;
        core_end = core_begin + part->p_memsz;
    }
    return 1;
}

static int is_refused_to(const void *caller)
{
    uintptr_t address = (uintptr_t)caller;

    return address >= core_begin && address < core_end && is_refused(CORE);
}

void *malloc(size_t size)
{
    return is_refused_to(__builtin_return_address(0))
               ? NULL
               : __interceptor_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return is_refused_to(__builtin_return_address(0))
               ? NULL
               : __interceptor_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return is_refused_to(__builtin_return_address(0))
               ? NULL
               : __interceptor_realloc(block, size);
}

char *strdup(const char *text)
{
    return is_refused_to(__builtin_return_address(0))
               ? NULL
               : __interceptor_strdup(text);
}

char *strndup(const char *text, size_t most)
{
    return is_refused_to(__builtin_return_address(0))
               ? NULL
               : __interceptor_strndup(text, most);
}

/* ---- libcurl's allocator -------------------------------------------------- */

static void *curl_malloc(size_t size)
{
    return is_refused(LIBCURL) ? NULL : malloc(size);
}

static void *curl_calloc(size_t count, size_t size)
{
    return is_refused(LIBCURL) ? NULL : calloc(count, size);
}

static void *curl_realloc(void *block, size_t size)
{
    return is_refused(LIBCURL) ? NULL : realloc(block, size);
}

static char *curl_strdup(const char *text)
{
    return is_refused(LIBCURL) ? NULL : strdup(text);
}

/* In place of libcurl's own, which takes no allocator. */
CURLcode curl_global_init(long flags)
{
    CURLcode (*init_mem)(long, curl_malloc_callback, curl_free_callback,
                         curl_realloc_callback, curl_strdup_callback,
                         curl_calloc_callback);
    void *libcurl = dlopen("libcurl.so.4", RTLD_LAZY);

    *(void **)&init_mem =
        libcurl ? dlsym(libcurl, "curl_global_init_mem") : NULL;
    if (!init_mem)
        return CURLE_FAILED_INIT;
    return init_mem(flags, curl_malloc, free, curl_realloc, curl_strdup,
                    curl_calloc);
}

/* ---- for the script ------------------------------------------------------- */

static int refuse(lua_State *L)
{
    int whose = luaL_checkoption(L, 1, NULL, WHOSE);
    long from = (long)luaL_checknumber(L, 2);
    long count = (long)luaL_checknumber(L, 3);
    int status;

    luaL_checkstack(L, 40, "no room");
    if (core_end == 0)
        dl_iterate_phdr(note_core, NULL);
    refused_ones = (enum whose)whose;
    lua_remove(L, 1);
    refused = 0;
    to_refuse = count > 0 ? count : LONG_MAX;
    countdown = from;
    status = lua_pcall(L, lua_gettop(L) - 3, LUA_MULTRET, 0);
    countdown = LONG_MAX;
    /* in the places of `from` and `count`, which pcall has left alone */
    lua_pushnumber(L, (lua_Number)refused);
    lua_replace(L, 1);
    lua_pushboolean(L, status == 0);
    lua_replace(L, 2);
    return lua_gettop(L);
}

/* collecting(fn, ...): calls it, with a whole round of the collector at each allocation. */
static int collecting(lua_State *L)
{
    int status;

    luaL_checkstack(L, 40, "no room");
    collects = 1;
    status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    collects = 0;
    lua_pushboolean(L, status == 0);
    lua_insert(L, 1);
    return lua_gettop(L);
}

/* How many descriptors this process has open. */
static int descriptors(lua_State *L)
{
    DIR *all = opendir("/proc/self/fd");
    int count = -3; /* ".", ".." and its own */

    for (; all && readdir(all); count++)
        continue;
    if (all)
        closedir(all);
    lua_pushinteger(L, count);
    return 1;
}

int main(int argc, char **argv)
{
    lua_State *L = lua_newstate(allocate, NULL);
    int failed;

    if (!L)
        return 77;
    luaL_openlibs(L);
    lua_pushcfunction(L, refuse);
    lua_setglobal(L, "refuse");
    lua_pushcfunction(L, collecting);
    lua_setglobal(L, "collecting");
    lua_pushcfunction(L, descriptors);
    lua_setglobal(L, "descriptors");
    lua_newtable(L);
    for (int i = 1; i < argc; i++) {
        lua_pushstring(L, argv[i]);
        lua_rawseti(L, -2, i - 1);
    }
    lua_setglobal(L, "arg");
    failed = argc < 2 || luaL_loadfile(L, argv[1]) || lua_pcall(L, 0, 0, 0);
    if (failed)
        printf("%s\n", argc < 2 ? "no script" : lua_tostring(L, -1));
    lua_close(L);
    if (used != 0) {
        printf("%lu bytes of Lua's are lost\n", (unsigned long)used);
        failed = 1;
    }
    return failed ? 1 : 0;
}
