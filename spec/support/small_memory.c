/* A program that embeds a Lua whose memory can end: the script that comes on
 * its standard input has limited(n, text, array_mt), which is core.decode in a
 * Lua of n more allocations. It exits with 77 where a Lua takes no allocator.
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static long left = -1; /* allocations until the one that fails; -1: none */
static size_t used;

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
    if (size > old && left == 0)
        return NULL;
    if (size > old && left > 0)
        left--;
    result = realloc(block, size);
    if (result)
        used += size - old;
    return result;
}

/* decode(text, array_mt, false, 1000), in a Lua of so many allocations */
static int limited(lua_State *L)
{
    int status;

    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 3);
    lua_pushboolean(L, 0);
    lua_pushnumber(L, 1000);
    left = (long)lua_tonumber(L, 1);
    status = lua_pcall(L, 4, 2, 0);
    left = -1;
    if (status != 0) { /* it raised, before there was anything to lose */
        lua_pushnil(L);
        lua_insert(L, -2);
    }
    return 2;
}

int main(int count, char **arguments)
{
    lua_State *L = lua_newstate(allocate, NULL);
    int failed;

    if (!L)
        return 77; /* a LuaJIT that takes no allocator */
    luaL_openlibs(L);
    lua_getglobal(L, "require");
    lua_pushstring(L, "spherepay.core");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "decode");
    lua_pushcclosure(L, limited, 1);
    lua_setglobal(L, "limited");
    failed = luaL_loadfile(L, NULL) || lua_pcall(L, 0, 0, 0);
    if (failed)
        printf("%s\n", lua_tostring(L, -1));
    lua_close(L);
    if (used != 0)
        printf("%lu bytes lost\n", (unsigned long)used);
    return failed || count > 2 || !arguments;
}
