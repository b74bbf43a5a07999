/* fold.c: the form of a text, by which its spellings are compared. */
#include "binding.h"

#include <string.h>

#include "sp_fold.h"

#define SPL_FOLDED "spherepay.folded"

/* fold(text): see core.d.lua. The form lies in the upvalue, where it is freed
 * whatever Lua raises. */
static int fold(lua_State *L)
{
    struct sp_folded *folded = lua_touserdata(L, lua_upvalueindex(1));
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);
    enum sp_status status = sp_fold(folded, text, len);

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
    struct sp_folded *folded;

    spL_newtype(L, SPL_FOLDED, METHODS);
    folded = spL_newblob(L, sizeof *folded);
    memset(folded, 0, sizeof *folded);
    luaL_getmetatable(L, SPL_FOLDED);
    lua_setmetatable(L, -2);
    lua_pushcclosure(L, fold, 1);
    lua_setfield(L, -2, "fold");
}
