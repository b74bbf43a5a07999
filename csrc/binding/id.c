/* id.c: the form of an id, which every call about an object looks at. Lua's
 * patterns take ten times as long. */
#include "binding.h"

#include <string.h>

static bool is_letter_or_digit(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

/* is_id(value, prefix): whether it is a string, the prefix and then at least
 * one lower-case letter or digit, and nothing else. */
static int is_id(lua_State *L)
{
    size_t len = 0, prefix_len;
    const char *prefix = luaL_checklstring(L, 2, &prefix_len);
    const char *id =
        lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &len) : NULL;
    bool fits =
        id != NULL && len > prefix_len && memcmp(id, prefix, prefix_len) == 0;

    for (size_t i = prefix_len; fits && i < len; i++)
        fits = is_letter_or_digit(id[i]);
    lua_pushboolean(L, fits);
    return 1;
}

void spL_open_id(lua_State *L)
{
    lua_pushcfunction(L, is_id);
    lua_setfield(L, -2, "is_id");
}
