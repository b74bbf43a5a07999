/* engine.c: spherepay.engine, the core's engine and the token, for Lua. */
#include "binding.h"

#include <string.h>

#include "sp_clock.h"
#include "sp_process.h"

static struct spL_engine *check_engine(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);

    if (!self->engine)
        luaL_error(L, "the engine is closed");
    return self;
}

/* ---- settings --------------------------------------------------------- */

static char *string_setting(lua_State *L, const char *name)
{
    /* The core copies them and changes none. */
    return (char *)(uintptr_t)spL_string_field(L, 1, name);
}

static enum sp_http http_setting(lua_State *L)
{
    const char *version = spL_string_field(L, 1, "http_version");

    if (!version || strcmp(version, "auto") == 0)
        return SP_HTTP_AUTO;
    return strcmp(version, "2") == 0 ? SP_HTTP_2 : SP_HTTP_1_1;
}

static void read_settings(lua_State *L, struct sp_settings *settings)
{
    const char *proxy = spL_string_field(L, 1, "proxy");
    const char *min_tls = spL_string_field(L, 1, "min_tls");

    memset(settings, 0, sizeof *settings);
    settings->max_body = (size_t)spL_integer_field(L, 1, "max_body", 0);
    settings->max_headers = (size_t)spL_integer_field(L, 1, "max_headers", 0);
    settings->max_connections =
        (int)spL_integer_field(L, 1, "max_connections", 1);
    settings->max_in_flight = (int)spL_integer_field(L, 1, "max_in_flight", 1);
    settings->rate_read = (int)spL_integer_field(L, 1, "rate_read", 0);
    settings->rate_write = (int)spL_integer_field(L, 1, "rate_write", 0);
    settings->connect_timeout_s =
        spL_integer_field(L, 1, "connect_timeout", 0);
    settings->http = http_setting(L);
    lua_getfield(L, 1, "tells_news");
    settings->tells_news = lua_toboolean(L, -1);
    lua_pop(L, 1);
    lua_getfield(L, 1, "asks");
    settings->asks = lua_toboolean(L, -1);
    lua_pop(L, 1);
    settings->min_tls = min_tls && strcmp(min_tls, "1.3") == 0 ? 13 : 12;
    settings->proxy_from_environment = proxy && strcmp(proxy, "env") == 0;
    if (!settings->proxy_from_environment)
        settings->proxy = string_setting(L, "proxy");
    settings->user_agent = string_setting(L, "user_agent");
    settings->ca_file = string_setting(L, "ca_file");
    settings->ca_path = string_setting(L, "ca_path");
    settings->proxy_ca_file = string_setting(L, "proxy_ca_file");
    settings->client_cert = string_setting(L, "client_cert");
    settings->client_key = string_setting(L, "client_key");
    settings->pinned_public_key = string_setting(L, "pinned_public_key");
}

static enum sp_status keep_token(lua_State *L, struct spL_engine *self)
{
    const char *token = spL_string_field(L, 1, "token");
    size_t len = token ? strlen(token) : 0;

    spL_checktoken(L, token, len);
    sp_buffer_init(&self->token, len);
    return len ? sp_buffer_append(&self->token, token, len) : SP_OK;
}

/* engine(settings): see lua/spherepay/core.d.lua for the fields. */
static int new_engine(lua_State *L)
{
    struct sp_settings settings;
    struct sp_error error = { SP_OK, "" };
    struct spL_engine *self;

    luaL_checktype(L, 1, LUA_TTABLE);
    read_settings(L, &settings);
    self = spL_newuserdata(L, sizeof *self);
    memset(self, 0, sizeof *self);
    luaL_getmetatable(L, SPL_ENGINE);
    lua_setmetatable(L, -2);
    lua_newtable(L);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, SPL_ANCHOR_ENGINE);
    spL_setanchor(L, -2);
    if (keep_token(L, self) != SP_OK)
        return spL_raise_memory(L);
    if (sp_engine_new(&settings, &self->engine, &error) != SP_OK)
        return error.status == SP_ERR_NO_MEMORY
                   ? spL_raise_memory(L)
                   : luaL_error(L, "%s", error.message);
    return 1;
}

/* ---- methods ---------------------------------------------------------- */

/* A client can be closed by a finalizer, at any allocation: that is no mistake
 * of whoever is in the middle of a call. */
static int refuse_closed(lua_State *L)
{
    lua_pushnil(L);
    lua_pushliteral(L, "the client is closed");
    lua_pushliteral(L, "closed");
    return 3;
}

/* engine:begin(template, step, deadline, own): the call, or nil, why not, and
 * of what kind that is if it is not the network. */
static int engine_begin(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);
    struct sp_error error = { SP_OK, "" };
    struct spL_call *made;

    lua_settop(L, 5);
    if (!self->engine)
        return refuse_closed(L);
    made = spL_newcall(L, self); /* ... call */
    spL_getanchor(L, 1);         /* ... call anchor */
    lua_pushvalue(L, -1);
    spL_setanchor(L, -3);
    lua_pushlightuserdata(L, made->call);
    lua_pushvalue(L, -3);
    lua_rawset(L, -3); /* anchor[address] = call */
    if (!self->engine ||
        sp_engine_submit(self->engine, made->call, &error) != SP_OK) {
        lua_pushlightuserdata(L, made->call);
        lua_pushnil(L);
        lua_rawset(L, -3);
        if (!self->engine)
            return refuse_closed(L);
        spL_fail(L, &error);
        if (error.status != SP_ERR_TOO_LARGE)
            return 2;
        lua_pushliteral(L, "invalid");
        return 3;
    }
    lua_pop(L, 1);
    return 1;
}

/* Pushes the Lua object of `call` (or nil), found in the anchor. */
static int push_call(lua_State *L, struct sp_call *call, bool finished)
{
    if (!call)
        return 0;
    spL_getanchor(L, 1);
    lua_pushlightuserdata(L, call);
    lua_rawget(L, -2);
    if (finished) {
        lua_pushlightuserdata(L, call);
        lua_pushnil(L);
        lua_rawset(L, -4);
    }
    return 1;
}

/* engine:take(): the next finished call, or nothing. */
static int engine_take(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);

    return self->engine ? push_call(L, sp_engine_take(self->engine), true) : 0;
}

/* engine:take_retry(): the next call that went into a back-off. */
static int engine_take_retry(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);

    return self->engine
               ? push_call(L, sp_engine_take_retry(self->engine), false)
               : 0;
}

/* engine:take_asking(): the next call that asks whether its request may go
 * again, and the line it stands in; or nothing. */
static int engine_take_asking(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);
    struct sp_call *call =
        self->engine ? sp_engine_take_asking(self->engine) : NULL;

    if (!push_call(L, call, false))
        return 0;
    lua_pushstring(L, sp_call_is_read(call) ? "read" : "write");
    return 2;
}

/* engine:admit(call, seconds): the answer; 0 lets it go now. */
static int engine_admit(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);
    const struct spL_call *asking = luaL_checkudata(L, 2, SPL_CALL);
    int64_t ms = spL_to_ms(luaL_checknumber(L, 3));

    if (self->engine && asking->call)
        sp_engine_admit(self->engine, asking->call, ms);
    return 0;
}

/* engine:take_news(): what happened to a connection, and its number; or
 * nothing. */
static int engine_take_news(lua_State *L)
{
    struct sp_news_item news;

    if (!sp_engine_take_news(check_engine(L)->engine, &news))
        return 0;
    lua_pushstring(L, sp_news_name(news.what));
    lua_pushinteger(L, (lua_Integer)news.number);
    return 2;
}

/* engine:ready(): how many finished calls can be taken. */
static int engine_ready(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);

    lua_pushinteger(
        L, self->engine ? (lua_Integer)sp_engine_ready(self->engine) : 0);
    return 1;
}

/* engine:step(seconds): true, or nil and why not. nil waits for ever. */
static int engine_step(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);
    struct sp_error error = { SP_OK, "" };
    int64_t ms =
        lua_isnoneornil(L, 2) ? -1 : spL_to_ms(luaL_checknumber(L, 2));

    if (!self->engine)
        return refuse_closed(L);
    if (sp_engine_step(self->engine, ms, &error) != SP_OK)
        return spL_fail(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

/* engine:run(call): steps until it is done, or until Lua has something to do:
 * another call has finished, a step has failed, or a hook was set, as that of
 * Ctrl-C is. Returns whether it is done. */
static int engine_run(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);
    const struct spL_call *waited = luaL_checkudata(L, 2, SPL_CALL);
    struct sp_error error = { SP_OK, "" };
    int hooks = lua_gethookmask(L);

    while (self->engine && !spL_isdone(waited) &&
           sp_engine_ready(self->engine) == 0 &&
           sp_engine_timeout(self->engine) >= 0)
        if (sp_engine_step(self->engine, -1, &error) != SP_OK ||
            lua_gethookmask(L) != hooks)
            break;
    lua_pushboolean(L, spL_isdone(waited));
    return 1;
}

/* engine:timeout(): seconds until a step is due, or nothing. */
static int engine_timeout(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);
    int64_t ms = self->engine ? sp_engine_timeout(self->engine) : -1;

    if (ms < 0)
        return 0;
    lua_pushnumber(L, (lua_Number)ms / 1000);
    return 1;
}

static int push_fd(lua_State *L, int fd, const struct sp_error *error)
{
    if (fd < 0)
        return spL_fail(L, error);
    lua_pushinteger(L, fd);
    return 1;
}

/* engine:pollfd(): a descriptor, or nil and why not. */
static int engine_pollfd(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);
    struct sp_error error = { SP_OK, "" };

    if (!self->engine)
        return refuse_closed(L);
    return push_fd(L, sp_engine_pollfd(self->engine, &error), &error);
}

/* engine:arm(): the descriptor, armed for one wait. */
static int engine_arm(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);
    struct sp_error error = { SP_OK, "" };

    if (!self->engine)
        return refuse_closed(L);
    return push_fd(L, sp_engine_arm(self->engine, &error), &error);
}

static void set_count(lua_State *L, const char *name, uint64_t count)
{
    lua_pushinteger(L, (lua_Integer)count);
    lua_setfield(L, -2, name);
}

/* engine:stats(): a table of counts. */
static int engine_stats(lua_State *L)
{
    struct sp_stats stats;

    sp_engine_stats(check_engine(L)->engine, &stats);
    lua_createtable(L, 0, 13);
    set_count(L, "calls", stats.calls);
    set_count(L, "done", stats.done);
    set_count(L, "attempts", stats.attempts);
    set_count(L, "retries", stats.retries);
    set_count(L, "reused", stats.reused);
    set_count(L, "bytes_in", stats.bytes_in);
    set_count(L, "bytes_out", stats.bytes_out);
    set_count(L, "connections_opened", stats.connections_opened);
    set_count(L, "connections_suspected", stats.connections_suspected);
    set_count(L, "streams_repeated", stats.streams_repeated);
    set_count(L, "in_flight", stats.in_flight);
    set_count(L, "waiting", stats.waiting);
    set_count(L, "retry_budget", (uint64_t)stats.retry_budget);
    return 1;
}

/* engine:retry_budget([tokens]): the tokens there are, first set if given. */
static int engine_retry_budget(lua_State *L)
{
    struct sp_engine *engine = check_engine(L)->engine;

    if (!lua_isnoneornil(L, 2))
        sp_engine_set_retry_budget(engine, (int)luaL_checkinteger(L, 2));
    lua_pushinteger(L, sp_engine_retry_budget(engine));
    return 1;
}

/* engine:cancel_all(): every call under way is done, kind "cancelled". */
static int engine_cancel_all(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);

    if (self->engine)
        sp_engine_cancel_all(self->engine);
    return 0;
}

/* engine:close(), __gc and __close: wipes the token and closes everything.
 * No harm when repeated. */
static int engine_close(lua_State *L)
{
    struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);

    sp_buffer_wipe(&self->token);
    sp_call_free(self->spare);
    self->spare = NULL;
    sp_engine_free(self->engine);
    self->engine = NULL;
    return 0;
}

static int engine_tostring(lua_State *L)
{
    const struct spL_engine *self = luaL_checkudata(L, 1, SPL_ENGINE);

    lua_pushfstring(L, "%s (%s)", SPL_ENGINE,
                    self->engine ? "open" : "closed");
    return 1;
}

/* now() and engine:now(): seconds of the monotonic clock. */
static int now(lua_State *L)
{
    lua_pushnumber(L, (lua_Number)sp_clock_ms() / 1000);
    return 1;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "template", spL_template },
    { "begin", engine_begin },
    { "step", engine_step },
    { "run", engine_run },
    { "take", engine_take },
    { "take_retry", engine_take_retry },
    { "take_asking", engine_take_asking },
    { "admit", engine_admit },
    { "take_news", engine_take_news },
    { "ready", engine_ready },
    { "timeout", engine_timeout },
    { "pollfd", engine_pollfd },
    { "arm", engine_arm },
    { "stats", engine_stats },
    { "retry_budget", engine_retry_budget },
    { "mask", spL_mask },
    { "now", now },
    { "cancel_all", engine_cancel_all },
    { "close", engine_close },
    { "__close", engine_close },
    { "__gc", engine_close },
    { "__tostring", engine_tostring },
    { NULL, NULL },
};
/* clang-format on */

/* generation(): how many forks this process is away from the first. */
static int fork_generation(lua_State *L)
{
    lua_pushinteger(L, sp_process_generation());
    return 1;
}

void spL_open_engine(lua_State *L)
{
    spL_newtype(L, SPL_ENGINE, METHODS);
    lua_pushcfunction(L, new_engine);
    lua_setfield(L, -2, "engine");
    lua_pushcfunction(L, now);
    lua_setfield(L, -2, "now");
    lua_pushcfunction(L, fork_generation);
    lua_setfield(L, -2, "generation");
}
