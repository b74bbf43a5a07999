/*
 * A program that embeds a Lua whose allocations can be refused: it runs the
 * script that its first argument names, with the arguments after it. There,
 * refuse(from, count, fn, ...) calls fn and refuses `count` allocations from
 * the `from`-th on (0: all, until fn returns). It gives how many were
 * refused, and then what pcall gives. Lua tries each refused allocation once
 * more after a collection, so that 2 is a single failure.
 *
 * It exits with 77 where a Lua takes no allocator, and with 1 when the script
 * failed or Lua has given back less than it took.
 */
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

static long countdown = LONG_MAX; /* allocations until the first refusal */
static long to_refuse;            /* how many from then on */
static long refused;
static int collects; /* at each allocation: Lua does so when it is refused one, and asks again */
static int asks_again;
static size_t used;

static int is_refused(void)
{
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
    if (size > old && is_refused())
        return NULL;
    asks_again = collects && size > old && !asks_again;
    if (asks_again)
        return NULL;
    result = realloc(block, size);
    if (result)
        used += size - old;
    return result;
}

static int refuse(lua_State *L)
{
    long from = (long)luaL_checknumber(L, 1);
    long count = (long)luaL_checknumber(L, 2);
    int status;

    luaL_checkstack(L, 40, "no room");
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
