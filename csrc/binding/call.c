/* call.c: spherepay.call, one call of the API under way, for Lua. */
#include "binding.h"

#include <limits.h>
#include <string.h>

/* ---- from the arguments of engine:begin to the core's struct ---------- */

/* What Lua gives (see core.d.lua), and what is pushed behind it. */
enum { TEMPLATE = 2, STEP, DEADLINE, OWN, CALL, BODY, DOCUMENT };

/* A call in the making. From its first byte until the core has taken it over
 * nothing of Lua's is called that may raise, which would leave it behind, or
 * run a finalizer, which might make a call. */
struct parts {
    struct sp_buffer url, lines, body;
};

void spL_checktoken(lua_State *L, const char *token, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)token[i] <= ' ' || token[i] == 127)
            luaL_error(L, "the token holds a blank or a control character");
}

/* The header lines: that of the token, and those of the template. */
static enum sp_status add_lines(struct sp_buffer *lines, const char *token,
                                size_t len, const struct sp_buffer *common)
{
    static const char BEARER[] = "Authorization: Bearer ";
    enum sp_status status =
        sp_buffer_reserve(lines, sizeof BEARER + len + common->len);

    if (status == SP_OK && len > 0)
        status = sp_buffer_append(lines, BEARER, sizeof BEARER - 1);
    if (status == SP_OK && len > 0)
        status = sp_buffer_append(lines, token, len);
    if (status == SP_OK && len > 0)
        status = sp_buffer_append(lines, "", 1);
    if (status == SP_OK)
        status = sp_buffer_append(lines, common->data, common->len);
    return status;
}

static enum sp_status add_url(struct sp_buffer *url,
                              const struct spL_template *template,
                              const char *step, size_t len)
{
    const struct sp_buffer *before = &template->before;
    const struct sp_buffer *after = &template->after;
    enum sp_status status =
        sp_buffer_reserve(url, before->len + len + after->len);

    if (status == SP_OK)
        status = sp_buffer_append(url, before->data, before->len);
    if (status == SP_OK)
        status = sp_buffer_append(url, step, len);
    if (status == SP_OK)
        status = sp_buffer_append(url, after->data, after->len);
    return status;
}

/* Whether the value on top is a document. */
static bool is_document(lua_State *L)
{
    bool is = false;

    if (lua_type(L, -1) == LUA_TUSERDATA && lua_getmetatable(L, -1)) {
        is = lua_rawequal(L, -1, DOCUMENT);
        lua_pop(L, 1);
    }
    return is;
}

/* The string or the document on top. */
static enum sp_status add_part(lua_State *L, struct sp_buffer *body)
{
    if (lua_type(L, -1) == LUA_TSTRING) {
        size_t len;
        const char *text = lua_tolstring(L, -1, &len);

        return sp_buffer_append(body, text, len);
    }
    if (is_document(L)) {
        const struct spL_document *document = lua_touserdata(L, -1);

        return sp_buffer_append(body, document->text.data, document->text.len);
    }
    return SP_ERR_INVALID;
}

/* A string, or a list of strings and documents to be joined. */
static enum sp_status add_body(lua_State *L, struct sp_buffer *body)
{
    enum sp_status status = SP_OK;
    int count;

    lua_pushvalue(L, BODY);
    if (lua_istable(L, -1)) {
        count = (int)spL_rawlen(L, -1);
        for (int i = 1; status == SP_OK && i <= count; i++) {
            lua_rawgeti(L, -1, i);
            status = add_part(L, body);
            lua_pop(L, 1);
        }
    } else if (!lua_isnil(L, -1)) {
        status = add_part(L, body);
    }
    lua_pop(L, 1);
    return status;
}

/* A form stays the table's until there is a call that takes it over. */
static struct spL_upload *upload_field(lua_State *L)
{
    struct spL_upload *found = NULL;

    lua_getfield(L, OWN, "upload");
    if (!lua_isnil(L, -1)) {
        found = luaL_checkudata(L, -1, SPL_UPLOAD);
        luaL_argcheck(L, found->upload, OWN, "the upload has been sent");
    }
    lua_pop(L, 1);
    return found;
}

/* What the call has of its own, beside its step. */
struct own {
    const char *token, *key;
    struct spL_upload *upload;
};

/* Pushes the body and what documents are known by. */
static struct own read_own(lua_State *L)
{
    struct own own = { NULL, NULL, NULL };

    if (lua_isnoneornil(L, OWN))
        return own;
    own.token = spL_string_field(L, OWN, "token");
    if (own.token)
        spL_checktoken(L, own.token, strlen(own.token));
    own.key = spL_string_field(L, OWN, "idempotency_key");
    lua_getfield(L, OWN, "body");
    luaL_getmetatable(L, SPL_DOCUMENT);
    own.upload = upload_field(L); /* last: another call might take it */
    return own;
}

static enum sp_status gather(lua_State *L, const struct spL_engine *engine,
                             const struct spL_template *template,
                             const struct own *own, struct parts *parts)
{
    const char *token = own->token ? own->token : engine->token.data;
    size_t len = own->token ? strlen(own->token) : engine->token.len;
    size_t step_len;
    const char *step = lua_tolstring(L, STEP, &step_len);
    enum sp_status status =
        add_lines(&parts->lines, token, len, &template->lines);

    if (status == SP_OK)
        status = add_url(&parts->url, template, step, step_len);
    if (status == SP_OK && lua_gettop(L) >= BODY)
        status = add_body(L, &parts->body);
    return status;
}

static enum sp_status make(struct spL_engine *engine,
                           const struct spL_template *template,
                           const struct own *own, struct parts *parts,
                           int64_t deadline_ms, struct sp_call **out)
{
    struct sp_call *spare = engine->spare;
    struct sp_request request = {
        .method = template->method,
        .url = parts->url.data,
        .lines = &parts->lines,
        .body = &parts->body,
        .upload = own->upload ? own->upload->upload : NULL,
        .repeat = template->repeat,
        .idempotency_key = own->key,
        .connect_timeout_ms = template->connect_timeout_ms,
        .timeout_ms = template->timeout_ms,
        .deadline_ms = deadline_ms,
        .max_retries = template->max_retries,
    };
    enum sp_status status;

    engine->spare = NULL;
    status = sp_call_new(&request, spare, out, NULL);
    if (status == SP_OK && own->upload)
        own->upload->upload = NULL;
    return status;
}

struct spL_call *spL_newcall(lua_State *L, struct spL_engine *engine)
{
    const struct spL_template *template = spL_checktemplate(L, TEMPLATE);
    int64_t deadline_ms = spL_to_ms(luaL_checknumber(L, DEADLINE));
    struct spL_call *self;
    struct parts parts;
    struct own own;
    enum sp_status status;

    luaL_checkstring(L, STEP);
    self = spL_newuserdata(L, sizeof *self);
    self->call = NULL;
    luaL_getmetatable(L, SPL_CALL);
    lua_setmetatable(L, CALL);
    own = read_own(L);
    sp_buffer_init(&parts.url, INT_MAX);
    sp_buffer_init(&parts.lines, INT_MAX);
    sp_buffer_init(&parts.body, INT_MAX);
    status = gather(L, engine, template, &own, &parts);
    if (status == SP_OK)
        status =
            make(engine, template, &own, &parts, deadline_ms, &self->call);
    sp_buffer_wipe(&parts.url);
    sp_buffer_wipe(&parts.lines);
    sp_buffer_wipe(&parts.body);
    lua_settop(L, CALL);
    if (status == SP_ERR_INVALID)
        luaL_error(L, "a body holds neither text nor a document");
    if (status != SP_OK)
        spL_raise_memory(L);
    return self;
}

/* ---- methods ---------------------------------------------------------- */

struct spL_call *spL_checkcall(lua_State *L)
{
    return luaL_checkudata(L, 1, SPL_CALL);
}

bool spL_isdone(const struct spL_call *call)
{
    return !call->call || sp_call_is_done(call->call);
}

/* Takes the finished call from the engine, unless that was done before. */
void spL_endcall(lua_State *L, int index)
{
    struct spL_call *self = lua_touserdata(L, index);
    struct spL_engine *engine;

    spL_getanchor(L, index);
    lua_pushlightuserdata(L, self->call);
    lua_pushnil(L);
    lua_rawset(L, -3);
    lua_rawgeti(L, -1, SPL_ANCHOR_ENGINE);
    engine = lua_touserdata(L, -1);
    lua_pop(L, 2);
    sp_call_take(self->call);
    if (engine->engine && !engine->spare)
        engine->spare = self->call;
    else
        sp_call_free(self->call);
    self->call = NULL;
}

/* call:done(): whether it has ended. */
static int call_done(lua_State *L)
{
    lua_pushboolean(L, spL_isdone(spL_checkcall(L)));
    return 1;
}

/* call:cancel(): ends it now, at any stage. No harm when it has ended. */
static int call_cancel(lua_State *L)
{
    const struct spL_call *self = spL_checkcall(L);

    sp_engine_cancel(self->call);
    return 0;
}

/* call:uploaded(): bytes of the file that were sent, and all; 0 and 0 for
 * another call, nothing once the answer has been taken. */
static int call_uploaded(lua_State *L)
{
    const struct spL_call *self = spL_checkcall(L);
    uint64_t sent, total;

    if (!self->call)
        return 0;
    sp_call_uploaded(self->call, &sent, &total);
    lua_pushnumber(L, (lua_Number)sent);
    lua_pushnumber(L, (lua_Number)total);
    return 2;
}

static int call_gc(lua_State *L)
{
    struct spL_call *self = spL_checkcall(L);

    sp_engine_cancel(self->call);
    sp_call_free(self->call);
    self->call = NULL;
    return 0;
}

static int call_tostring(lua_State *L)
{
    const struct spL_call *self = spL_checkcall(L);

    lua_pushfstring(L, "%s (%s)", SPL_CALL,
                    spL_isdone(self) ? "done" : "under way");
    return 1;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "done", call_done },
    { "cancel", call_cancel },
    { "uploaded", call_uploaded },
    { "finish", spL_finish },
    { "attempts", spL_attempts },
    { "__gc", call_gc },
    { "__tostring", call_tostring },
    { NULL, NULL },
};
/* clang-format on */

void spL_open_call(lua_State *L)
{
    spL_newtype(L, SPL_CALL, METHODS);
}
