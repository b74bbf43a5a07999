/* encode.c: what the Lua layer lacks to write JSON: strings in quotes, and
 * pairs with its metamethod in every Lua. */
#include "binding.h"

#include "sp_utf8.h"

static const char *short_escape(char byte)
{
    switch (byte) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

static void add_escape(luaL_Buffer *buffer, char byte)
{
    static const char DIGITS[] = "0123456789abcdef";
    const char *escape = short_escape(byte);

    if (escape) {
        luaL_addstring(buffer, escape);
        return;
    }
    luaL_addlstring(buffer, "\\u00", 4);
    luaL_addchar(buffer, DIGITS[byte >> 4]);
    luaL_addchar(buffer, DIGITS[byte & 15]);
}

static bool needs_escape(char byte)
{
    return (byte >= 0 && byte < ' ') || byte == '"' || byte == '\\';
}

/* quote(text): see core.d.lua. */
static int quote(lua_State *L)
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len), *end = text + len;
    luaL_Buffer buffer;

    if (!sp_utf8_is_valid(text, len))
        return 0;
    luaL_buffinit(L, &buffer);
    luaL_addchar(&buffer, '"');
    while (text < end) {
        const char *first = text;

        while (text < end && !needs_escape(*text))
            text++;
        luaL_addlstring(&buffer, first, (size_t)(text - first));
        if (text < end)
            add_escape(&buffer, *text++);
    }
    luaL_addchar(&buffer, '"');
    luaL_pushresult(&buffer);
    return 1;
}

/* pairs(table): what pairs does in Lua 5.2 and later. */
static int all_pairs(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs")) {
        lua_insert(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    return 2;
}

void spL_open_encode(lua_State *L)
{
    lua_pushcfunction(L, quote);
    lua_setfield(L, -2, "quote");
    lua_getglobal(L, "next");
    lua_pushcclosure(L, all_pairs, 1);
    lua_setfield(L, -2, "pairs");
}
