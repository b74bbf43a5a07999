/* answer.c: a finished call as Lua values. What few ask for comes later: see
 * trace.c. */
#include "binding.h"

enum { PARTIAL_CONTENT = 206 };

/* A success of which all has come, so that the value is what matters. */
static bool went_well(const struct sp_answer *answer)
{
    return answer->failed == SP_KIND_NONE && answer->status >= 200 &&
           answer->status < 300 && answer->status != PARTIAL_CONTENT &&
           answer->body.len > 0;
}

/* Sets `body`, or `json_error`, `json_fault` and, unless memory is short,
 * `text`, in the table on top; nothing when the body is empty. `keep_text`
 * sets the text beside the body. */
static void set_body(lua_State *L, const struct sp_buffer *body,
                     const struct spL_reading *reading, bool keep_text)
{
    struct sp_error error = { SP_OK, "" };
    enum sp_status status;

    if (body->len == 0)
        return;
    status = spL_pushjson(L, body->data, body->len, reading, &error);
    if (status == SP_OK) {
        lua_setfield(L, -2, "body");
    } else {
        spL_setstring(L, "json_error", error.message);
        spL_setstring(L, "json_fault", spL_jsonfault(status));
    }
    if (status == SP_OK ? keep_text : status != SP_ERR_NO_MEMORY) {
        lua_pushlstring(L, body->data, body->len);
        lua_setfield(L, -2, "text");
    }
}

/* call:finish(array_mt, keep_nulls, max_values, keep_text): see core.d.lua.
 * The memory of the call is freed here, not when Lua comes to collect it:
 * by then there may be thousands. */
int spL_finish(lua_State *L)
{
    enum { KEEP_TEXT = 5, TRACE, RESULT };
    struct spL_call *self = spL_checkcall(L);
    struct sp_error ignored = { SP_OK, "" };
    const struct sp_answer *answer;
    struct spL_reading reading;

    luaL_argcheck(L, self->call, 1, "the answer has been taken");
    luaL_argcheck(L, sp_call_is_done(self->call), 1, "the call is under way");
    spL_checkreading(L, 2, &reading);
    lua_settop(L, KEEP_TEXT);
    answer = sp_call_answer(self->call);
    spL_pushtrace(L, answer);
    if (went_well(answer) && !lua_toboolean(L, KEEP_TEXT) &&
        spL_pushjson(L, answer->body.data, answer->body.len, &reading,
                     &ignored) == SP_OK) {
        lua_pushinteger(L, answer->status);
        lua_pushvalue(L, TRACE);
        spL_endcall(L, 1);
        return 3;
    }
    spL_pushraw(L, TRACE);
    if (answer->failed == SP_KIND_NONE)
        set_body(L, &answer->body, &reading, lua_toboolean(L, KEEP_TEXT));
    lua_pushnil(L);
    lua_pushnil(L);
    lua_pushvalue(L, RESULT);
    spL_endcall(L, 1);
    return 3;
}
