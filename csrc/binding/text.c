/* text.c: which of several things says something. */
#include "binding.h"

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Whether the argument is a string, and not blank. */
static bool says(lua_State *L, int index)
{
    size_t len, at = 0;
    const char *bytes;

    if (lua_type(L, index) != LUA_TSTRING)
        return false;
    bytes = lua_tolstring(L, index, &len);
    while (at < len && is_blank(bytes[at]))
        at++;
    return at < len;
}

/* text(...): the first that is a string and not blank, or nil. */
static int text(lua_State *L)
{
    int count = lua_gettop(L);

    for (int i = 1; i <= count; i++) {
        if (says(L, i)) {
            lua_pushvalue(L, i);
            return 1;
        }
    }
    lua_pushnil(L);
    return 1;
}

void spL_open_text(lua_State *L)
{
    lua_pushcfunction(L, text);
    lua_setfield(L, -2, "text");
}
