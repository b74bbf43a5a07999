/* signature.c: the signature of a webhook's body, for Lua. */
#include "binding.h"

#include "sp_signature.h"

/* Pushes nothing; fills `made` from the arguments 1 (body) and `secret`. */
static void make(lua_State *L, int secret, char made[SP_SIGNATURE_SIZE])
{
    size_t body_len, secret_len;
    const char *body = luaL_checklstring(L, 1, &body_len);
    const char *key = luaL_checklstring(L, secret, &secret_len);

    if (sp_signature_make(key, secret_len, body, body_len, made) != SP_OK)
        luaL_error(L, "libcrypto has no HMAC-SHA256");
}

/* sign(body, secret): 64 lower-case hexadecimal digits. */
static int sign(lua_State *L)
{
    char made[SP_SIGNATURE_SIZE];

    make(L, 2, made);
    lua_pushlstring(L, made, SP_SIGNATURE_SIZE - 1);
    return 1;
}

/* is_signed(body, signature, secret): whether they fit. */
static int is_signed(lua_State *L)
{
    char made[SP_SIGNATURE_SIZE];
    size_t len;
    const char *given = luaL_checklstring(L, 2, &len);

    make(L, 3, made);
    lua_pushboolean(L, sp_signature_equals(made, given, len));
    sp_wipe(made, sizeof made);
    return 1;
}

void spL_open_signature(lua_State *L)
{
    lua_pushcfunction(L, sign);
    lua_setfield(L, -2, "sign");
    lua_pushcfunction(L, is_signed);
    lua_setfield(L, -2, "is_signed");
}
