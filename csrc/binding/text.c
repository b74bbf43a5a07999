/* text.c: which of several things says something. */
#include "binding.h"

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* text(...): the first that is a string and not blank, or nil. */
static int text(lua_State *L)
{
    int count = lua_gettop(L);

    for (int i = 1; i <= count; i++) {
        size_t len = 0, at = 0;
        const char *bytes =
            lua_type(L, i) == LUA_TSTRING ? lua_tolstring(L, i, &len) : NULL;

        while (at < len && is_blank(bytes[at]))
            at++;
        if (at == len)
            continue;
        lua_pushvalue(L, i);
        return 1;
    }
    lua_pushnil(L);
    return 1;
}

void spL_open_text(lua_State *L)
{
    lua_pushcfunction(L, text);
    lua_setfield(L, -2, "text");
}
