/* fold.c: the form of a text, by which its spellings are compared. */
#include "binding.h"

#include <string.h>

#include "sp_fold.h"

#define SPL_FOLDED "spherepay.folded"

/* fold(text): see core.d.lua. The form has an owner of its own, who frees it
 * whatever Lua raises: while Lua copies it a finalizer may run, and fold. */
static int fold(lua_State *L)
{
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    struct sp_folded *folded = spL_newblob(L, sizeof *folded);
    enum sp_status status;

    memset(folded, 0, sizeof *folded);
    luaL_getmetatable(L, SPL_FOLDED);
    lua_setmetatable(L, -2);
    status = sp_fold(folded, text, len);
    if (status == SP_ERR_TOO_LARGE)
        return luaL_argerror(L, 1, "too long");
    if (status != SP_OK)
        return spL_raise_memory(L);
    lua_pushlstring(L, folded->len > 0 ? folded->form : "", folded->len);
    sp_fold_wipe(folded);
    return 1;
}

static int folded_gc(lua_State *L)
{
    sp_fold_wipe(luaL_checkudata(L, 1, SPL_FOLDED));
    return 0;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "__gc", folded_gc },
    { NULL, NULL },
};
/* clang-format on */

void spL_open_fold(lua_State *L)
{
    spL_newtype(L, SPL_FOLDED, METHODS);
    lua_pushcfunction(L, fold);
    lua_setfield(L, -2, "fold");
}
