/* trace.c: spherepay.trace, what came with an answer beside its value: what
 * the call came to, the headers, and how each attempt went. Few look at them,
 * so they are kept as one piece of plain memory and become tables when they
 * are asked for. */
#include "binding.h"

#include <string.h>

/* One attempt, without its text. */
struct past {
    int64_t at_ms, took_ms, wait_ms;
    struct sp_timings timings;
    enum sp_kind failed;
    enum sp_sent sent;
    enum sp_retry_reason reason;
    int status;
};

/* Followed by the header fields, and those by their text, by the text of each
 * attempt, the message of the call and its key, each up to its NUL. Small,
 * because Lua collects the sooner the more memory it is asked for. */
struct trace {
    uint32_t attempt_count, header_count;
    size_t header_len;
    int64_t retry_after_ms; /* < 0: the server did not say */
    int status;
    enum sp_kind failed;
    enum sp_sent sent;
    bool maybe_applied, retryable;
    struct past attempts[];
};

static struct sp_header *headers_of(struct trace *trace)
{
    return (struct sp_header *)(void *)(trace->attempts +
                                        trace->attempt_count);
}

static char *text_of(struct trace *trace)
{
    return (char *)(headers_of(trace) + trace->header_count);
}

static size_t size_for(const struct sp_answer *answer)
{
    size_t size = sizeof(struct trace) +
                  answer->headers.count * sizeof(struct sp_header) +
                  answer->headers.block.len;

    for (int i = 0; i < answer->attempt_count; i++)
        size += sizeof(struct past) + strlen(answer->attempts[i].detail) + 1;
    return size + strlen(answer->message) + 1 + strlen(answer->key) + 1;
}

static char *add_text(char *to, const char *text)
{
    size_t size = strlen(text) + 1;

    return (char *)memcpy(to, text, size) + size;
}

static struct past past_of(const struct sp_attempt *attempt)
{
    return (struct past){
        .at_ms = attempt->at_ms,
        .took_ms = attempt->took_ms,
        .wait_ms = attempt->wait_ms,
        .timings = attempt->timings,
        .failed = attempt->failed,
        .sent = attempt->sent,
        .reason = attempt->reason,
        .status = attempt->status,
    };
}

void spL_pushtrace(lua_State *L, const struct sp_answer *answer)
{
    const struct sp_headers *headers = &answer->headers;
    struct trace *trace = spL_newblob(L, size_for(answer));
    char *text;

    trace->attempt_count = (uint32_t)answer->attempt_count;
    trace->header_count = (uint32_t)headers->count;
    trace->header_len = headers->block.len;
    trace->retry_after_ms = answer->retry_after_ms;
    trace->status = answer->status;
    trace->failed = answer->failed;
    trace->sent = answer->sent;
    trace->maybe_applied = answer->maybe_applied;
    trace->retryable = answer->retryable;
    text = text_of(trace);
    if (headers->count > 0) {
        memcpy(headers_of(trace), headers->items,
               headers->count * sizeof *headers->items);
        memcpy(text, headers->block.data, headers->block.len);
    }
    text += trace->header_len;
    for (int i = 0; i < answer->attempt_count; i++) {
        trace->attempts[i] = past_of(&answer->attempts[i]);
        text = add_text(text, answer->attempts[i].detail);
    }
    text = add_text(text, answer->message);
    add_text(text, answer->key);
    luaL_getmetatable(L, SPL_TRACE);
    lua_setmetatable(L, -2);
}

/* ---- what it came to -------------------------------------------------- */

/* False flags are left out. */
static void set_true(lua_State *L, const char *name, bool value)
{
    if (!value)
        return;
    lua_pushboolean(L, true);
    lua_setfield(L, -2, name);
}

void spL_pushraw(lua_State *L, int index)
{
    struct trace *trace = lua_touserdata(L, index);
    const char *text = text_of(trace) + trace->header_len;

    for (uint32_t i = 0; i < trace->attempt_count; i++)
        text += strlen(text) + 1;
    lua_createtable(L, 0, 8);
    spL_setstring(L, "message", text);
    spL_setstring(L, "idempotency_key", text + strlen(text) + 1);
    spL_setstring(L, "kind", sp_kind_name(trace->failed));
    spL_setstring(L, "sent", sp_sent_name(trace->sent));
    set_true(L, "maybe_applied", trace->maybe_applied);
    set_true(L, "retryable", trace->retryable);
    if (trace->retry_after_ms >= 0)
        spL_setms(L, "retry_after", trace->retry_after_ms);
    spL_setstatus(L, trace->status);
    lua_pushvalue(L, index);
    lua_setfield(L, -2, "trace");
}

/* trace:raw(): what the call came to, without its body: see core.d.lua. */
static int trace_raw(lua_State *L)
{
    luaL_checkudata(L, 1, SPL_TRACE);
    spL_pushraw(L, 1);
    return 1;
}

/* ---- headers ---------------------------------------------------------- */

/* By hand, because tolower depends on the locale of the host. */
static char lower_case(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a')
                                          : letter;
}

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
        lower[i] = lower_case(name[i]);
    lua_pushlstring(L, lower, len);
    lua_rawget(L, 1);
    return 1;
}

/* trace:headers(): lower-case names; a name that comes again is joined with
 * a comma. */
static int trace_headers(lua_State *L)
{
    struct trace *trace = luaL_checkudata(L, 1, SPL_TRACE);
    const char *text = text_of(trace);

    lua_createtable(L, 0, (int)trace->header_count);
    for (size_t i = 0; i < trace->header_count; i++) {
        const struct sp_header *item = &headers_of(trace)[i];

        lua_pushlstring(L, text + item->name_at, item->name_len);
        lua_pushvalue(L, -1);
        lua_rawget(L, -3);
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            lua_pushlstring(L, text + item->value_at, item->value_len);
        } else {
            lua_pushliteral(L, ", ");
            lua_pushlstring(L, text + item->value_at, item->value_len);
            lua_concat(L, 3);
        }
        lua_rawset(L, -3);
    }
    luaL_getmetatable(L, SPL_HEADERS);
    lua_setmetatable(L, -2);
    return 1;
}

/* ---- attempts --------------------------------------------------------- */

static void set_number(lua_State *L, const char *name, double value)
{
    lua_pushnumber(L, (lua_Number)value);
    lua_setfield(L, -2, name);
}

static void set_boolean(lua_State *L, const char *name, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
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
    spL_setstring(L, "http_version",
                  timings->http_version == 20   ? "2"
                  : timings->http_version == 11 ? "1.1"
                  : timings->http_version == 10 ? "1.0"
                                                : NULL);
}

static void push_attempt(lua_State *L, const struct past *attempt,
                         const char *detail)
{
    lua_createtable(L, 0, 10);
    spL_setms(L, "at", attempt->at_ms);
    spL_setms(L, "took", attempt->took_ms);
    spL_setstatus(L, attempt->status);
    spL_setstring(L, "kind", sp_kind_name(attempt->failed));
    spL_setstring(L, "message", detail);
    spL_setstring(L, "sent", sp_sent_name(attempt->sent));
    spL_setstring(L, "reason", sp_retry_reason_name(attempt->reason));
    set_boolean(L, "reused", attempt->timings.reused);
    if (attempt->reason == SP_RETRY_BACK_OFF ||
        attempt->reason == SP_RETRY_TOLD_WHEN)
        spL_setms(L, "wait", attempt->wait_ms);
    push_timings(L, &attempt->timings);
    lua_setfield(L, -2, "timings");
}

/* trace:attempts(), in order, each with its timings. */
static int trace_attempts(lua_State *L)
{
    struct trace *trace = luaL_checkudata(L, 1, SPL_TRACE);
    const char *detail = text_of(trace) + trace->header_len;

    lua_createtable(L, (int)trace->attempt_count, 0);
    for (uint32_t i = 0; i < trace->attempt_count; i++) {
        push_attempt(L, &trace->attempts[i], detail);
        lua_rawseti(L, -2, (int)i + 1);
        detail += strlen(detail) + 1;
    }
    return 1;
}

/* trace:count() of the attempts. */
static int trace_count(lua_State *L)
{
    const struct trace *trace = luaL_checkudata(L, 1, SPL_TRACE);

    lua_pushinteger(L, (lua_Integer)trace->attempt_count);
    return 1;
}

/* call:attempts(): those that have ended so far. */
int spL_attempts(lua_State *L)
{
    const struct spL_call *self = spL_checkcall(L);
    const struct sp_attempt *attempts;
    int count;

    luaL_argcheck(L, self->call, 1, "the answer has been taken");
    count = sp_call_attempts(self->call, &attempts);
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
        struct past attempt = past_of(&attempts[i]);

        push_attempt(L, &attempt, attempts[i].detail);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "raw", trace_raw },
    { "headers", trace_headers },
    { "attempts", trace_attempts },
    { "count", trace_count },
    { NULL, NULL },
};
/* clang-format on */

void spL_open_trace(lua_State *L)
{
    spL_newtype(L, SPL_TRACE, METHODS);
    luaL_newmetatable(L, SPL_HEADERS);
    lua_pushcfunction(L, headers_index);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
