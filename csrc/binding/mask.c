/* mask.c: spherepay.mask, a function of texts that cuts the token and the
 * proxy's credentials out of them. Lua never sees what it looks for. */
#include "binding.h"

#include <string.h>

#include "sp_secrets.h"

struct mask {
    struct sp_secrets secrets;
    struct sp_buffer out; /* the text last made, until Lua has a copy */
};

static enum sp_status fill(struct mask *self, const struct spL_engine *engine,
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

/* engine:mask(token): the mask of the engine, and of the token of one call;
 * nothing when it is closed, for then it knows no secret any more, and when
 * there is no memory for them. */
int spL_mask(lua_State *L)
{
    const struct spL_engine *engine = luaL_checkudata(L, 1, SPL_ENGINE);
    size_t len;
    const char *token = luaL_optlstring(L, 2, "", &len);
    struct mask *self = spL_newuserdata(L, sizeof *self);

    memset(self, 0, sizeof *self);
    sp_buffer_init(&self->out, SIZE_MAX / 2);
    luaL_getmetatable(L, SPL_MASK);
    lua_setmetatable(L, -2);
    if (!engine->engine || fill(self, engine, token, len) != SP_OK)
        return 0;
    return 1;
}

/* mask(text): the text with "[redacted]" in place of each secret, or of all
 * of it when there is no memory to look. */
static int mask_call(lua_State *L)
{
    struct mask *self = luaL_checkudata(L, 1, SPL_MASK);
    size_t len;
    const char *text = luaL_checklstring(L, 2, &len);

    sp_buffer_reset(&self->out);
    if (sp_secrets_mask(&self->secrets, text, len, &self->out) != SP_OK)
        lua_pushliteral(L, "[redacted]");
    else
        lua_pushlstring(L, self->out.len > 0 ? self->out.data : "",
                        self->out.len);
    return 1;
}

static int mask_gc(lua_State *L)
{
    struct mask *self = luaL_checkudata(L, 1, SPL_MASK);

    sp_secrets_wipe(&self->secrets);
    sp_buffer_wipe(&self->out);
    return 0;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "__call", mask_call },
    { "__gc", mask_gc },
    { NULL, NULL },
};
/* clang-format on */

void spL_open_mask(lua_State *L)
{
    spL_newtype(L, SPL_MASK, METHODS);
}
