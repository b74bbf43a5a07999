/* json.c: JSON texts as Lua values.
 *
 * The core has read and checked the whole text before the first value is
 * made, so a table is born in the size that it will have, and nothing is
 * made of a text that is wrong. Values are made in a protected call: when
 * Lua runs out of memory half way, the tokens are still freed. */
#include "binding.h"

#include <limits.h>
#include <math.h>

#include "sp_json.h"

enum {
    DEPTH_MAX = 64,
    STACK_MAX = 2 * DEPTH_MAX + 8, /* a table and a name for each level */
    NAME_BYTES = 8                 /* for each value that is allowed */
};

/* An array or object that is being filled; it lies on the Lua stack, and
 * above it, for an object, the name of the next value. */
struct level {
    bool is_object;
    uint32_t left; /* items or members that are still to come */
    int place;     /* of the last item of an array */
};

struct maker {
    const struct sp_json *json;
    bool keep_nulls;
    int array_mt;            /* its place on the Lua stack */
    struct spL_names *names; /* of members, in the table at `name_table` */
    int name_table;
    int depth;
    struct level levels[DEPTH_MAX];
};

/* What a double holds without loss is an integer where Lua has those: it
 * prints the same on every Lua. */
static void push_number(lua_State *L, double number)
{
    if (SPL_HAS_INTEGERS && number == floor(number) &&
        fabs(number) <= 9007199254740992.0)
        lua_pushinteger(L, (lua_Integer)number);
    else
        lua_pushnumber(L, (lua_Number)number);
}

static void push_integer(lua_State *L, int64_t integer)
{
    if (SPL_HAS_INTEGERS)
        lua_pushinteger(L, (lua_Integer)integer);
    else
        lua_pushnumber(L, (lua_Number)integer);
}

static void push_string(lua_State *L, const struct sp_json *json,
                        const struct sp_json_token *token)
{
    size_t len = token->len;
    const char *text = json->text + token->at;

    if (token->escaped)
        text = sp_json_string(json, token, &len);
    lua_pushlstring(L, text, len);
}

static bool is_in_array(const struct maker *maker)
{
    return maker->depth > 0 && !maker->levels[maker->depth - 1].is_object;
}

static void push_name(lua_State *L, const struct maker *maker,
                      const struct sp_json_token *token)
{
    if (token->escaped)
        push_string(L, maker->json, token);
    else
        spL_pushname(L, maker->names, maker->name_table,
                     maker->json->text + token->at, token->len);
}

/* In an object null is nil, unless it is kept: so a null takes away what an
 * earlier member of the same name has set. In an array it stays, or places
 * would shift. cjson.null and ngx.null are the same light userdata. */
static void push_null(lua_State *L, const struct maker *maker)
{
    if (maker->keep_nulls || maker->depth == 0 ||
        !maker->levels[maker->depth - 1].is_object)
        lua_pushlightuserdata(L, NULL);
    else
        lua_pushnil(L);
}

static void push_table(lua_State *L, struct maker *maker,
                       const struct sp_json_token *token)
{
    bool is_object = token->type == SP_JSON_OBJECT;
    struct level *level;

    if (is_object) {
        lua_createtable(L, 0, (int)token->as.count);
    } else {
        lua_createtable(L, (int)token->as.count, 0);
        lua_pushvalue(L, maker->array_mt);
        lua_setmetatable(L, -2);
    }
    if (token->as.count == 0)
        return;
    level = &maker->levels[maker->depth++];
    level->is_object = is_object;
    level->left = token->as.count;
    level->place = 0;
}

static void push_value(lua_State *L, struct maker *maker,
                       const struct sp_json_token *token)
{
    switch (token->type) {
    case SP_JSON_STRING:
        if (is_in_array(maker))
            push_name(L, maker, token);
        else
            push_string(L, maker->json, token);
        break;
    case SP_JSON_INTEGER:
        push_integer(L, token->as.integer);
        break;
    case SP_JSON_NUMBER:
        push_number(L, token->as.number);
        break;
    case SP_JSON_FALSE:
    case SP_JSON_TRUE:
        lua_pushboolean(L, token->type == SP_JSON_TRUE);
        break;
    case SP_JSON_NULL:
        push_null(L, maker);
        break;
    case SP_JSON_ARRAY:
    case SP_JSON_OBJECT:
        push_table(L, maker, token);
        break;
    }
}

/* Puts the value on top into the table below it, and that one, when it is
 * full, into the next. */
static void store(lua_State *L, struct maker *maker)
{
    while (maker->depth > 0) {
        struct level *level = &maker->levels[maker->depth - 1];

        if (level->is_object)
            lua_rawset(L, -3);
        else
            lua_rawseti(L, -2, ++level->place);
        if (--level->left > 0)
            return;
        maker->depth--;
    }
}

/* (array_mt, maker) -> value */
static int make(lua_State *L)
{
    struct maker *maker = lua_touserdata(L, 2);
    const struct sp_json *json = maker->json;
    const struct sp_json_token *token = json->tokens;
    const struct sp_json_token *end = token + json->count;

    if (!lua_checkstack(L, STACK_MAX)) /* far below the most that Lua allows */
        spL_raise_memory(L);
    maker->names = spL_pushnames(L);
    maker->name_table = lua_gettop(L);
    for (; token < end; token++) {
        int depth = maker->depth;

        if (depth > 0 && maker->levels[depth - 1].is_object)
            push_name(L, maker, token++);
        push_value(L, maker, token);
        if (maker->depth == depth)
            store(L, maker);
    }
    return 1;
}

/* Lua 5.1 and LuaJIT do not collect before they give up, so what was half
 * made is still there. */
static enum sp_status fail_memory(lua_State *L, struct sp_error *error)
{
    lua_gc(L, LUA_GCCOLLECT, 0);
    return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
}

enum sp_status spL_pushjson(lua_State *L, const char *text, size_t len,
                            const struct spL_reading *reading,
                            struct sp_error *error)
{
    struct sp_json_limits limits = {
        .depth = DEPTH_MAX,
        .values = reading->max_values,
        .name_bytes = (size_t)reading->max_values * NAME_BYTES,
    };
    struct maker maker = { .keep_nulls = reading->keep_nulls, .array_mt = 1 };
    struct sp_json json;
    enum sp_status status;
    int made;

    lua_pushcfunction(L, make);
    lua_pushvalue(L, reading->array_mt);
    status = sp_json_read(&json, text, len, &limits, error);
    if (status == SP_OK)
        status = spL_checkstrings(&json, error);
    if (status != SP_OK) {
        sp_json_clear(&json);
        lua_pop(L, 2);
        return status;
    }
    maker.json = &json;
    lua_pushlightuserdata(L, &maker);
    made = lua_pcall(L, 2, 1, 0);
    sp_json_clear(&json);
    if (made == 0)
        return SP_OK;
    if (made != LUA_ERRMEM)
        lua_error(L); /* of a finalizer, which runs whenever memory is taken */
    lua_pop(L, 1);
    return fail_memory(L, error);
}

/* ---- for Lua ---------------------------------------------------------- */

void spL_checkreading(lua_State *L, int index, struct spL_reading *reading)
{
    lua_Number values = luaL_checknumber(L, index + 2);

    luaL_checktype(L, index, LUA_TTABLE);
    luaL_argcheck(L, values >= 1, index + 2, "must be positive");
    reading->array_mt = index;
    reading->keep_nulls = lua_toboolean(L, index + 1);
    reading->max_values = values < INT_MAX ? (uint32_t)values : INT_MAX;
}

const char *spL_jsonfault(enum sp_status status)
{
    if (status == SP_ERR_NO_MEMORY)
        return "memory";
    return status == SP_ERR_TOO_LARGE ? "limit" : "syntax";
}

/* decode(text, array_mt, keep_nulls, max_values): see core.d.lua. */
static int decode(lua_State *L)
{
    struct spL_reading reading;
    struct sp_error error = { SP_OK, "" };
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);

    spL_checkreading(L, 2, &reading);
    if (spL_pushjson(L, text, len, &reading, &error) == SP_OK)
        return 1;
    lua_pushnil(L);
    lua_pushstring(L, error.message);
    lua_pushstring(L, spL_jsonfault(error.status));
    return 3;
}

void spL_open_json(lua_State *L)
{
    lua_pushcfunction(L, decode);
    lua_setfield(L, -2, "decode");
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, -2, "null");
}
