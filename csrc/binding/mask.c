/* mask.c: spherepay.mask, which cuts out of texts what a call knows by value:
 * the token and the proxy's credentials, which Lua never sees, and what was
 * sent. */
#include "binding.h"

#include <string.h>

#include "sp_echo.h"
#include "sp_secrets.h"

struct mask {
    struct sp_secrets secrets;
    struct sp_echo echo;
    struct sp_buffer plain, out; /* texts last made, until Lua has a copy */
};

/* ---- what it knows ------------------------------------------------------ */

static enum sp_status add_secrets(struct mask *self,
                                  const struct spL_engine *engine,
                                  const char *token, size_t len)
{
    enum sp_status status = sp_engine_secrets(engine->engine, &self->secrets);

    if (status == SP_OK)
        status = sp_secrets_add(&self->secrets, engine->token.data,
                                engine->token.len);
    if (status == SP_OK)
        status = sp_secrets_add(&self->secrets, token, len);
    return status;
}

/* The strings of the list at `index`. */
static enum sp_status add_values(lua_State *L, struct mask *self, int index)
{
    int count = lua_istable(L, index) ? (int)spL_rawlen(L, index) : 0;
    enum sp_status status = SP_OK;

    for (int i = 1; i <= count && status == SP_OK; i++) {
        size_t len = 0;
        const char *value;

        lua_rawgeti(L, index, i);
        value =
            lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &len) : NULL;
        if (value)
            status = sp_echo_add(&self->echo, value, len);
        lua_pop(L, 1);
    }
    return status;
}

/* mask(engine, token, values): see core.d.lua. */
int spL_mask(lua_State *L)
{
    const struct spL_engine *engine =
        lua_isnoneornil(L, 1) ? NULL : luaL_checkudata(L, 1, SPL_ENGINE);
    size_t len;
    const char *token = luaL_optlstring(L, 2, "", &len);
    struct mask *self;

    lua_settop(L, 3);
    self = spL_newblob(L, sizeof *self);
    memset(self, 0, sizeof *self);
    sp_buffer_init(&self->plain, SIZE_MAX / 2);
    sp_buffer_init(&self->out, SIZE_MAX / 2);
    luaL_getmetatable(L, SPL_MASK);
    lua_setmetatable(L, -2);
    if (engine &&
        (!engine->engine || add_secrets(self, engine, token, len) != SP_OK))
        return 0;
    return add_values(L, self, 3) == SP_OK ? 1 : 0;
}

/* ---- what it does ------------------------------------------------------- */

/* A text, and what became of it: itself, or one in the mask's memory. */
struct shown {
    const char *text;
    size_t len;
    bool changed;
};

static void take(struct shown *shown, const struct sp_buffer *out)
{
    shown->text = out->len > 0 ? out->data : "";
    shown->len = out->len;
    shown->changed = true;
}

static enum sp_status cut_secrets(struct mask *self, struct shown *shown)
{
    struct sp_buffer *out = &self->plain;
    enum sp_status status;

    if (!sp_secrets_has(&self->secrets, shown->text, shown->len))
        return SP_OK;
    sp_buffer_reset(out);
    status = sp_secrets_mask(&self->secrets, shown->text, shown->len, out);
    if (status == SP_OK)
        take(shown, out);
    return status;
}

static enum sp_status cut(struct mask *self, struct shown *shown)
{
    enum sp_status status = cut_secrets(self, shown);
    bool found = false;

    if (status != SP_OK)
        return status;
    if (shown->len > SP_ECHO_MAX_TEXT) {
        shown->len = SP_ECHO_MAX_TEXT;
        shown->changed = true;
    }
    sp_buffer_reset(&self->out);
    status =
        sp_echo_cut(&self->echo, shown->text, shown->len, &self->out, &found);
    if (status == SP_OK && found)
        take(shown, &self->out);
    return status;
}

/* mask(text): the text with "[redacted]" in place of what is known, or of all
 * of it when there is no memory to look. */
static int mask_call(lua_State *L)
{
    struct mask *self = luaL_checkudata(L, 1, SPL_MASK);
    struct shown shown = { .changed = false };

    shown.text = luaL_checklstring(L, 2, &shown.len);
    if (cut(self, &shown) != SP_OK)
        lua_pushliteral(L, "[redacted]");
    else if (shown.changed)
        lua_pushlstring(L, shown.text, shown.len);
    else
        lua_pushvalue(L, 2);
    return 1;
}

/* What stands between the steps of a place or a code. */
static bool is_between(char byte)
{
    return byte == '/' || byte == '.' || byte == '_' || byte == '-' ||
           byte == '#' || byte == '[' || byte == ']';
}

/* mask:is_clean(text): whether it holds nothing of it, also when that is
 * spread over several steps. */
static int mask_is_clean(lua_State *L)
{
    struct mask *self = luaL_checkudata(L, 1, SPL_MASK);
    char joined[SP_ECHO_MAX_TEXT];
    struct shown shown = { .changed = false };
    const char *text;
    size_t len, count = 0;
    bool is_clean;

    shown.text = text = luaL_checklstring(L, 2, &len);
    shown.len = len;
    is_clean =
        len <= sizeof joined && cut(self, &shown) == SP_OK && !shown.changed;
    for (size_t i = 0; is_clean && i < len; i++)
        if (!is_between(text[i]))
            joined[count++] = text[i];
    if (is_clean && count < len) {
        shown = (struct shown){ .text = joined, .len = count };
        is_clean = cut(self, &shown) == SP_OK && !shown.changed;
    }
    lua_pushboolean(L, is_clean);
    return 1;
}

static int mask_gc(lua_State *L)
{
    struct mask *self = luaL_checkudata(L, 1, SPL_MASK);

    sp_secrets_wipe(&self->secrets);
    sp_echo_wipe(&self->echo);
    sp_buffer_wipe(&self->plain);
    sp_buffer_wipe(&self->out);
    return 0;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "is_clean", mask_is_clean },
    { "__call", mask_call },
    { "__gc", mask_gc },
    { NULL, NULL },
};
/* clang-format on */

void spL_open_mask(lua_State *L)
{
    spL_newtype(L, SPL_MASK, METHODS);
    lua_pushcfunction(L, spL_mask);
    lua_setfield(L, -2, "mask");
}
