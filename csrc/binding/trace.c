/* trace.c: spherepay.trace, what came with an answer beside its value: the
 * headers, and how each attempt went. Few look at them, so they are kept as
 * one piece of plain memory and become tables when they are asked for. */
#include "binding.h"

#include <ctype.h>
#include <string.h>

/* Followed by the header fields, and those by their text. */
struct trace {
    size_t attempt_count, header_count;
    struct sp_attempt attempts[];
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

void spL_pushtrace(lua_State *L, const struct sp_answer *answer)
{
    const struct sp_headers *headers = &answer->headers;
    size_t count = (size_t)answer->attempt_count;
    struct trace *trace = spL_newblob(
        L, sizeof *trace + count * sizeof *answer->attempts +
               headers->count * sizeof *headers->items + headers->block.len);

    trace->attempt_count = count;
    trace->header_count = headers->count;
    memcpy(trace->attempts, answer->attempts,
           count * sizeof *answer->attempts);
    if (headers->count > 0) {
        memcpy(headers_of(trace), headers->items,
               headers->count * sizeof *headers->items);
        memcpy(text_of(trace), headers->block.data, headers->block.len);
    }
    luaL_getmetatable(L, SPL_TRACE);
    lua_setmetatable(L, -2);
}

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
    if (attempt->status != 0) {
        lua_pushinteger(L, attempt->status);
        lua_setfield(L, -2, "status");
    }
    set_string(L, "kind", sp_kind_name(attempt->failed));
    set_string(L, "message", attempt->detail);
    set_string(L, "sent", sp_sent_name(attempt->sent));
    set_string(L, "reason", sp_retry_reason_name(attempt->reason));
    set_boolean(L, "reused", attempt->timings.reused);
    if (attempt->reason == SP_RETRY_BACK_OFF ||
        attempt->reason == SP_RETRY_TOLD_WHEN)
        set_ms(L, "wait", attempt->wait_ms);
    push_timings(L, &attempt->timings);
    lua_setfield(L, -2, "timings");
}

static int push_attempts(lua_State *L, const struct sp_attempt *attempts,
                         int count)
{
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
        push_attempt(L, &attempts[i]);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* trace:attempts(), in order, each with its timings. */
static int trace_attempts(lua_State *L)
{
    const struct trace *trace = luaL_checkudata(L, 1, SPL_TRACE);

    return push_attempts(L, trace->attempts, (int)trace->attempt_count);
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
    return push_attempts(L, attempts, count);
}

static const luaL_Reg METHODS[] = {
    { "headers", trace_headers },
    { "attempts", trace_attempts },
    { "count", trace_count },
    { NULL, NULL },
};

void spL_open_trace(lua_State *L)
{
    spL_newtype(L, SPL_TRACE, METHODS);
    luaL_newmetatable(L, SPL_HEADERS);
    lua_pushcfunction(L, headers_index);
    lua_setfield(L, -2, "__index");
    lua_pop(L, 1);
}
