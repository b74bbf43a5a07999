/* answer.c: a finished call as one Lua table. What few ask for comes later:
 * see trace.c. */
#include "binding.h"

#include <math.h>
#include <string.h>

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

/* What is not so is absent. */
static void set_true(lua_State *L, const char *name, bool value)
{
    if (!value)
        return;
    lua_pushboolean(L, true);
    lua_setfield(L, -2, name);
}

static void set_progress(lua_State *L, const struct sp_answer *answer)
{
    spL_setstring(L, "kind", sp_kind_name(answer->failed));
    spL_setstring(L, "message", answer->message);
    spL_setstring(L, "sent", sp_sent_name(answer->sent));
    spL_setstring(L, "idempotency_key", answer->key);
    set_true(L, "maybe_applied", answer->maybe_applied);
    set_true(L, "retryable", answer->retryable);
    if (answer->retry_after_ms >= 0)
        spL_setms(L, "retry_after", answer->retry_after_ms);
    spL_setstatus(L, answer->status);
}

/* call:answer(decode, arrays, array_mt, keep_nulls): see core.d.lua. The
 * memory of the call is freed here, not when Lua comes to collect it: by
 * then there may be thousands. */
int spL_answer(lua_State *L)
{
    struct spL_call *self = spL_checkcall(L);
    const struct sp_answer *answer;

    luaL_argcheck(L, self->call, 1, "the answer has been taken");
    luaL_argcheck(L, sp_call_is_done(self->call), 1, "the call is under way");
    luaL_checktype(L, 2, LUA_TFUNCTION);
    luaL_checktype(L, 3, LUA_TTABLE);
    luaL_checktype(L, 4, LUA_TTABLE);
    lua_settop(L, 5);
    answer = sp_call_answer(self->call);
    lua_createtable(L, 0, 4);
    set_progress(L, answer);
    spL_pushtrace(L, answer);
    lua_setfield(L, -2, "trace");
    if (answer->failed == SP_KIND_NONE)
        set_body(L, 6, &answer->body);
    spL_endcall(L, 1);
    return 1;
}
