/* answer.c: a finished call as one Lua table. What few ask for comes later:
 * see trace.c. */
#include "binding.h"

/* False flags are left out. */
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

/* call:answer(array_mt, keep_nulls, max_values, keep_text): see core.d.lua.
 * The memory of the call is freed here, not when Lua comes to collect it:
 * by then there may be thousands. */
int spL_answer(lua_State *L)
{
    struct spL_call *self = spL_checkcall(L);
    const struct sp_answer *answer;
    struct spL_reading reading;

    luaL_argcheck(L, self->call, 1, "the answer has been taken");
    luaL_argcheck(L, sp_call_is_done(self->call), 1, "the call is under way");
    spL_checkreading(L, 2, &reading);
    lua_settop(L, 5);
    answer = sp_call_answer(self->call);
    lua_createtable(L, 0, 4);
    set_progress(L, answer);
    spL_pushtrace(L, answer);
    lua_setfield(L, -2, "trace");
    if (answer->failed == SP_KIND_NONE)
        set_body(L, &answer->body, &reading, lua_toboolean(L, 5));
    spL_endcall(L, 1);
    return 1;
}
