/* answer.c: a finished call as one Lua table. */
#include "binding.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* ---- headers ---------------------------------------------------------- */

/* headers[name], whatever the case of the name. */
static int headers_index(lua_State *L)
{
    char lower[256];
    size_t len;
    const char *name;

    luaL_checktype(L, 1, LUA_TTABLE);
    if (lua_type(L, 2) != LUA_TSTRING)
        return 0;
    name = lua_tolstring(L, 2, &len);
    if (len >= sizeof lower)
        return 0;
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)tolower((unsigned char)name[i]);
    lua_pushlstring(L, lower, len);
    lua_rawget(L, 1);
    return 1;
}

/* Lower-case names; a name that comes again is joined with a comma. */
static void push_headers(lua_State *L, const struct sp_headers *headers)
{
    lua_createtable(L, 0, (int)headers->count);
    for (size_t i = 0; i < headers->count; i++) {
        const struct sp_header *item = &headers->items[i];
        const char *data = headers->block.data;

        lua_pushlstring(L, data + item->name_at, item->name_len);
        lua_pushvalue(L, -1);
        lua_rawget(L, -3);
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            lua_pushlstring(L, data + item->value_at, item->value_len);
        } else {
            lua_pushliteral(L, ", ");
            lua_pushlstring(L, data + item->value_at, item->value_len);
            lua_concat(L, 3);
        }
        lua_rawset(L, -3);
    }
    luaL_getmetatable(L, SPL_HEADERS);
    lua_setmetatable(L, -2);
}

/* ---- the decoded body ------------------------------------------------- */

/* One pass over what lua-cjson made, so that every Lua and every lua-cjson
 * give the same: integers are integers, null is absent, and the fields that
 * the API documents as arrays are marked, for an empty one to be written
 * back as []. Inside `meta`, which is the user's, nothing is marked. */
struct tidy {
    int arrays;   /* index of the set of array field names */
    int array_mt; /* index of the metatable that marks them */
    bool keep_nulls;
};

static void tidy_table(lua_State *L, const struct tidy *tidy, bool mark);

/* Exactly what a double holds without loss. */
static bool is_integral(lua_Number number)
{
    return number == (lua_Number)floor((double)number) &&
           number >= -9007199254740992.0 && number <= 9007199254740992.0;
}

/* Whether the value under the name at `key` is documented as an array. */
static bool is_array_field(lua_State *L, const struct tidy *tidy, int key)
{
    bool found;

    if (lua_type(L, key) != LUA_TSTRING)
        return false;
    lua_pushvalue(L, key);
    lua_rawget(L, tidy->arrays);
    found = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return found;
}

/* An object under an array's name stays an object. */
static bool looks_like_array(lua_State *L, int table)
{
    if (spL_rawlen(L, table) > 0)
        return true;
    lua_pushnil(L);
    if (!lua_next(L, table))
        return true;
    lua_pop(L, 2);
    return false;
}

static void tidy_child(lua_State *L, const struct tidy *tidy, bool mark,
                       int key)
{
    bool is_meta = lua_type(L, key) == LUA_TSTRING &&
                   strcmp(lua_tostring(L, key), "meta") == 0;
    int value = lua_gettop(L);

    if (mark && is_array_field(L, tidy, key) && looks_like_array(L, value)) {
        lua_pushvalue(L, tidy->array_mt);
        lua_setmetatable(L, value);
    }
    tidy_table(L, tidy, mark && !is_meta);
}

/* The table on top of the stack. Assigning to fields that exist is allowed
 * while it is traversed. In an array null stays, or places would shift. */
static void tidy_table(lua_State *L, const struct tidy *tidy, bool mark)
{
    int table = lua_gettop(L), key = table + 1;

    luaL_checkstack(L, 8, "the body is nested too deeply");
    lua_pushnil(L);
    while (lua_next(L, table)) {
        int type = lua_type(L, -1);

        if (type == LUA_TTABLE) {
            tidy_child(L, tidy, mark, key);
        } else if (type == LUA_TLIGHTUSERDATA && !tidy->keep_nulls &&
                   lua_type(L, key) == LUA_TSTRING) {
            lua_pushvalue(L, key);
            lua_pushnil(L);
            lua_rawset(L, table);
        } else if (SPL_HAS_INTEGERS && type == LUA_TNUMBER &&
                   is_integral(lua_tonumber(L, -1))) {
            lua_pushvalue(L, key);
            lua_pushinteger(L, (lua_Integer)lua_tonumber(L, -2));
            lua_rawset(L, table);
        }
        lua_settop(L, key);
    }
}

/* Sets `body`, or `text` and `json_error`, in the table at `answer`; nothing
 * when the body is empty. The arguments of call:answer stand at 2 to 5. */
static void set_body(lua_State *L, int answer, const struct sp_buffer *body)
{
    struct tidy tidy = { .arrays = 3, .array_mt = 4 };

    if (body->len == 0)
        return;
    tidy.keep_nulls = lua_toboolean(L, 5);
    lua_pushlstring(L, body->data, body->len);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -2);
    if (lua_pcall(L, 1, 1, 0) != 0) {
        lua_setfield(L, answer, "json_error");
        lua_setfield(L, answer, "text");
        return;
    }
    if (lua_istable(L, -1)) {
        tidy_table(L, &tidy, true);
    } else if (SPL_HAS_INTEGERS && lua_type(L, -1) == LUA_TNUMBER &&
               is_integral(lua_tonumber(L, -1))) {
        lua_pushinteger(L, (lua_Integer)lua_tonumber(L, -1));
        lua_remove(L, -2);
    }
    lua_setfield(L, answer, "body");
    lua_pop(L, 1);
}

/* ---- the rest --------------------------------------------------------- */

static void set_number(lua_State *L, const char *name, double value)
{
    lua_pushnumber(L, (lua_Number)value);
    lua_setfield(L, -2, name);
}

static void set_ms(lua_State *L, const char *name, int64_t ms)
{
    set_number(L, name, (double)ms / 1000);
}

static void set_string(lua_State *L, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

static void set_boolean(lua_State *L, const char *name, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

static void set_status(lua_State *L, int status)
{
    if (status == 0)
        return;
    lua_pushinteger(L, status);
    lua_setfield(L, -2, "status");
}

static void push_timings(lua_State *L, const struct sp_timings *timings)
{
    lua_createtable(L, 0, 7);
    set_number(L, "dns", timings->dns);
    set_number(L, "connect", timings->connect);
    set_number(L, "tls", timings->tls);
    set_number(L, "first_byte", timings->first_byte);
    set_number(L, "total", timings->total);
    set_boolean(L, "reused", timings->reused);
    set_string(L, "http_version",
               timings->http_version == 20   ? "2"
               : timings->http_version == 11 ? "1.1"
               : timings->http_version == 10 ? "1.0" : NULL);
}

static void push_attempt(lua_State *L, const struct sp_attempt *attempt)
{
    lua_createtable(L, 0, 10);
    set_ms(L, "at", attempt->at_ms);
    set_ms(L, "took", attempt->took_ms);
    set_status(L, attempt->status);
    set_string(L, "kind", sp_kind_name(attempt->failed));
    set_string(L, "message", attempt->detail);
    set_string(L, "sent", sp_sent_name(attempt->sent));
    set_string(L, "reason", sp_retry_reason_name(attempt->reason));
    set_boolean(L, "reused", attempt->timings.reused);
    if (attempt->reason == SP_RETRY_BACK_OFF ||
        attempt->reason == SP_RETRY_TOLD_WHEN)
        set_ms(L, "wait", attempt->wait_ms);
}

static void push_attempts(lua_State *L, const struct sp_attempt *attempts,
                          int count)
{
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
        push_attempt(L, &attempts[i]);
        lua_rawseti(L, -2, i + 1);
    }
}

static void push_last_timings(lua_State *L, const struct sp_answer *answer)
{
    static const struct sp_timings NONE;

    push_timings(L, answer->attempt_count
                        ? &answer->attempts[answer->attempt_count - 1].timings
                        : &NONE);
}

static void set_progress(lua_State *L, const struct sp_answer *answer)
{
    set_string(L, "kind", sp_kind_name(answer->failed));
    set_string(L, "message", answer->message);
    set_string(L, "sent", sp_sent_name(answer->sent));
    set_string(L, "idempotency_key", answer->key);
    set_boolean(L, "maybe_applied", answer->maybe_applied);
    set_boolean(L, "retryable", answer->retryable);
    if (answer->retry_after_ms >= 0)
        set_ms(L, "retry_after", answer->retry_after_ms);
    push_attempts(L, answer->attempts, answer->attempt_count);
    lua_setfield(L, -2, "attempts");
}

static struct sp_call *check_call(lua_State *L)
{
    struct spL_call *self = luaL_checkudata(L, 1, SPL_CALL);

    luaL_argcheck(L, self->call, 1, "the call was never made");
    return self->call;
}

/* call:answer(decode, arrays, array_mt, keep_nulls): see core.d.lua. */
int spL_answer(lua_State *L)
{
    struct sp_call *call = check_call(L);
    const struct sp_answer *answer = sp_call_answer(call);

    luaL_argcheck(L, sp_call_is_done(call), 1, "the call is under way");
    luaL_checktype(L, 2, LUA_TFUNCTION);
    luaL_checktype(L, 3, LUA_TTABLE);
    luaL_checktype(L, 4, LUA_TTABLE);
    lua_settop(L, 5);
    lua_createtable(L, 0, 14);
    set_progress(L, answer);
    set_status(L, answer->status);
    push_headers(L, &answer->headers);
    lua_setfield(L, -2, "headers");
    push_last_timings(L, answer);
    lua_setfield(L, -2, "timings");
    if (answer->failed == SP_KIND_NONE)
        set_body(L, 6, &answer->body);
    return 1;
}

/* call:attempts(): those that have ended so far, each with its timings. */
int spL_attempts(lua_State *L)
{
    const struct sp_attempt *attempts;
    int count = sp_call_attempts(check_call(L), &attempts);

    push_attempts(L, attempts, count);
    for (int i = 0; i < count; i++) {
        lua_rawgeti(L, -1, i + 1);
        push_timings(L, &attempts[i].timings);
        lua_setfield(L, -2, "timings");
        lua_pop(L, 1);
    }
    return 1;
}

void spL_open_answer(lua_State *L)
{
    luaL_newmetatable(L, SPL_HEADERS);
    lua_pushcfunction(L, headers_index);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
