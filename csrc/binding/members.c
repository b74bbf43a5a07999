/* members.c: the members of one object of a JSON text, each as the bytes it
 * came in, for what must go back untouched. */
#include "binding.h"

#include <string.h>

#include "sp_json.h"

/* The tokens belong to a userdata, because Lua may raise while they are
 * read. */
#define SPL_JSON "spherepay.json"

static struct sp_json *read_text(lua_State *L, int index,
                                 enum sp_status *status)
{
    static const struct sp_json_limits LIMITS = { 1000, INT32_MAX, SIZE_MAX };
    size_t len;
    const char *text = luaL_checklstring(L, index, &len);
    struct sp_json *json = spL_newblob(L, sizeof *json);
    struct sp_error error;

    memset(json, 0, sizeof *json);
    luaL_getmetatable(L, SPL_JSON);
    lua_setmetatable(L, -2);
    *status = sp_json_read(json, text, len, &LIMITS, &error);
    return json;
}

static int free_text(lua_State *L)
{
    sp_json_clear(luaL_checkudata(L, 1, SPL_JSON));
    return 0;
}

static bool is_object(const struct sp_json *json, uint32_t index)
{
    return json->tokens[index].type == SP_JSON_OBJECT;
}

/* The value of the last member called `name` of the object at `index`; 0
 * when there is none. */
static uint32_t find(const struct sp_json *json, uint32_t index,
                     const char *name)
{
    uint32_t left = json->tokens[index].as.count, found = 0;

    for (uint32_t at = index + 1; left > 0; left--) {
        size_t len;
        const char *text = sp_json_string(json, &json->tokens[at], &len);

        if (len == strlen(name) && memcmp(text, name, len) == 0)
            found = at + 1;
        at = sp_json_next(json, at + 1);
    }
    return found;
}

/* From the quote before the name to the last byte of the value. */
static void push_bytes(lua_State *L, const struct sp_json *json, uint32_t name)
{
    const struct sp_json_token *first = &json->tokens[name];
    const struct sp_json_token *last = &json->tokens[name + 1];
    uint32_t from = first->at - 1, to = last->at + last->len;

    if (last->type == SP_JSON_STRING)
        to++;
    lua_pushlstring(L, json->text + from, to - from);
}

/* { { name = "a", text = '"a":1' } ... }, in the order of the text. */
static void push_members(lua_State *L, const struct sp_json *json,
                         uint32_t object)
{
    uint32_t at = object + 1, count = json->tokens[object].as.count;

    lua_createtable(L, (int)count, 0);
    for (uint32_t i = 1; i <= count; i++) {
        size_t len;
        const char *name = sp_json_string(json, &json->tokens[at], &len);

        lua_createtable(L, 0, 2);
        lua_pushlstring(L, name, len);
        lua_setfield(L, -2, "name");
        push_bytes(L, json, at);
        lua_setfield(L, -2, "text");
        lua_rawseti(L, -2, (int)i);
        at = sp_json_next(json, at + 1);
    }
}

/* members(text, name ...): see core.d.lua. */
static int members(lua_State *L)
{
    int last = lua_gettop(L);
    enum sp_status status;
    struct sp_json *json = read_text(L, 1, &status);
    uint32_t object = 0;

    if (status == SP_ERR_NO_MEMORY)
        return spL_raise_memory(L);
    if (status != SP_OK)
        return 0;
    for (int i = 2; i <= last; i++) {
        if (!is_object(json, object))
            return 0;
        object = find(json, object, luaL_checkstring(L, i));
        if (object == 0)
            return 0;
    }
    if (!is_object(json, object))
        return 0;
    push_members(L, json, object);
    sp_json_clear(json);
    return 1;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "__gc", free_text },
    { NULL, NULL },
};
/* clang-format on */

void spL_open_members(lua_State *L)
{
    spL_newtype(L, SPL_JSON, METHODS);
    lua_pushcfunction(L, members);
    lua_setfield(L, -2, "members");
}
