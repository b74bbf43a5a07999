/* id.c: the form of an id, which every call about an object looks at, and of
 * those of requests, which every error does. Lua's patterns take ten times as
 * long. */
#include "binding.h"

#include <string.h>

#include "sp_ascii.h"

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
        fits = sp_is_small_or_digit(id[i]);
    lua_pushboolean(L, fits);
    return 1;
}

static bool is_hex(char byte)
{
    return sp_hex_value(byte) >= 0;
}

static bool is_all_hex(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_hex(text[i]))
            return false;
    return true;
}

static bool is_uuid(const char *text, size_t len)
{
    static const char FORM[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    if (len != sizeof FORM - 1)
        return false;
    for (size_t i = 0; i < len; i++)
        if (FORM[i] == '-' ? text[i] != '-' : !is_hex(text[i]))
            return false;
    return true;
}

/* Digits alone are no id of a request: they could be anybody's number. */
static bool has_letter(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (is_hex(text[i]) && text[i] > '9')
            return true;
    return false;
}

/* is_request_id(value): see core.d.lua. */
static int is_request_id(lua_State *L)
{
    enum { MIN_HEX = 8, MAX_HEX = 64 };
    static const char *const PREFIXES[] = { "request_", "req_" };
    size_t len = 0;
    const char *id =
        lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &len) : "";
    bool fits = is_uuid(id, len);

    for (size_t i = 0; i < 2; i++) {
        size_t prefix_len = strlen(PREFIXES[i]);

        if (len < prefix_len || memcmp(id, PREFIXES[i], prefix_len) != 0)
            continue;
        id += prefix_len;
        len -= prefix_len;
        break;
    }
    fits = fits || (len >= MIN_HEX && len <= MAX_HEX && is_all_hex(id, len));
    lua_pushboolean(L, fits && has_letter(id, len));
    return 1;
}

void spL_open_id(lua_State *L)
{
    lua_pushcfunction(L, is_request_id);
    lua_setfield(L, -2, "is_request_id");
    lua_pushcfunction(L, is_id);
    lua_setfield(L, -2, "is_id");
}
