/* call.c: spherepay.call, one call of the API under way, for Lua. */
#include "binding.h"

#include <limits.h>
#include <string.h>

/* ---- from the arguments of engine:begin to the core's struct ---------- */

/* What Lua gives: see core.d.lua. */
enum { TEMPLATE = 2, STEP, DEADLINE, OWN };

static void append(lua_State *L, struct sp_buffer *buffer, const void *bytes,
                   size_t len)
{
    if (sp_buffer_append(buffer, bytes, len) != SP_OK)
        luaL_error(L, "out of memory");
}

void spL_checktoken(lua_State *L, const char *token, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)token[i] <= ' ' || token[i] == 127)
            luaL_error(L, "the token holds a blank or a control character");
}

/* The header lines: that of the token, which is `own` or that which was kept,
 * and those of the template. */
static void add_lines(lua_State *L, struct spL_call *self, const char *own,
                      const struct sp_buffer *kept,
                      const struct sp_buffer *common)
{
    static const char BEARER[] = "Authorization: Bearer ";
    const char *token = own ? own : kept->data;
    size_t len = own ? strlen(own) : kept->len;

    if (own)
        spL_checktoken(L, own, len);
    if (sp_buffer_reserve(&self->lines, sizeof BEARER + len + common->len) !=
        SP_OK)
        luaL_error(L, "out of memory");
    if (len > 0) {
        append(L, &self->lines, BEARER, sizeof BEARER - 1);
        append(L, &self->lines, token, len);
        append(L, &self->lines, "", 1);
    }
    append(L, &self->lines, common->data, common->len);
}

static void add_part(lua_State *L, int index, struct spL_call *self)
{
    size_t len;
    const char *text;

    if (lua_type(L, index) == LUA_TUSERDATA) {
        const struct spL_document *document =
            luaL_checkudata(L, index, SPL_DOCUMENT);

        append(L, &self->body, document->text.data, document->text.len);
        return;
    }
    text = luaL_checklstring(L, index, &len);
    append(L, &self->body, text, len);
}

/* body: a string, or a list of strings and documents to be joined. */
static void add_body(lua_State *L, struct spL_call *self)
{
    lua_getfield(L, OWN, "body");
    if (lua_istable(L, -1)) {
        int count = (int)spL_rawlen(L, -1);

        for (int i = 1; i <= count; i++) {
            lua_rawgeti(L, -1, i);
            add_part(L, lua_gettop(L), self);
            lua_pop(L, 1);
        }
    } else if (!lua_isnil(L, -1)) {
        add_part(L, lua_gettop(L), self);
    }
    lua_pop(L, 1);
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

static void add_url(lua_State *L, const struct spL_template *template,
                    struct spL_call *self)
{
    size_t len;
    const char *step = luaL_checklstring(L, STEP, &len);
    const struct sp_buffer *before = &template->before;
    const struct sp_buffer *after = &template->after;

    append(L, &self->url, before->data, before->len);
    append(L, &self->url, step, len);
    append(L, &self->url, after->data, after->len);
}

static void read_template(lua_State *L, const struct spL_template *template,
                          struct spL_call *self, struct sp_request *request)
{
    memset(request, 0, sizeof *request);
    request->method = template->method;
    request->url = self->url.data;
    request->lines = &self->lines;
    request->body = &self->body;
    request->repeat = template->repeat;
    request->connect_timeout_ms = template->connect_timeout_ms;
    request->timeout_ms = template->timeout_ms;
    request->deadline_ms = spL_to_ms(luaL_checknumber(L, DEADLINE));
    request->max_retries = template->max_retries;
}

/* What is put together belongs to the new object alone: whatever Lua does in
 * between, such as a finalizer that makes a call, comes upon nothing half
 * done. */
struct spL_call *spL_newcall(lua_State *L, struct spL_engine *engine)
{
    const struct spL_template *template = spL_checktemplate(L, TEMPLATE);
    bool has_own = !lua_isnoneornil(L, OWN);
    struct sp_error error = { SP_OK, "" };
    struct spL_call *self = spL_newuserdata(L, sizeof *self);
    struct spL_upload *upload = NULL;
    struct sp_request request;
    struct sp_call *spare;

    self->call = NULL;
    sp_buffer_init(&self->url, INT_MAX);
    sp_buffer_init(&self->lines, INT_MAX);
    sp_buffer_init(&self->body, INT_MAX);
    luaL_getmetatable(L, SPL_CALL);
    lua_setmetatable(L, -2);
    add_lines(L, self, has_own ? spL_string_field(L, OWN, "token") : NULL,
              &engine->token, &template->lines);
    add_url(L, template, self);
    read_template(L, template, self, &request);
    if (has_own) {
        add_body(L, self);
        request.idempotency_key = spL_string_field(L, OWN, "idempotency_key");
        upload = upload_field(L);
        request.upload = upload ? upload->upload : NULL;
    }
    spare = engine->spare;
    engine->spare = NULL;
    if (sp_call_new(&request, spare, &self->call, &error) != SP_OK)
        luaL_error(L, "%s", error.message);
    if (upload)
        upload->upload = NULL;
    sp_buffer_wipe(&self->url);
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
    sp_buffer_wipe(&self->url);
    sp_buffer_wipe(&self->lines);
    sp_buffer_wipe(&self->body);
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
