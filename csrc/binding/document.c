/* document.c: spherepay.document, a file as base64 text that Lua can hold
 * and put into params, but not read. */
#include "binding.h"

#include <string.h>

#include "sp_document.h"

/* document_file(path, max): a document, or nil and why not. */
static int document_file(lua_State *L)
{
    size_t len;
    const char *path = luaL_checklstring(L, 1, &len);
    lua_Number max = luaL_checknumber(L, 2);
    struct sp_error error = { SP_OK, "" };
    struct spL_document *document;

    if (strlen(path) != len) {
        sp_error_set(&error, SP_ERR_SYSTEM, "its path holds a NUL");
        return spL_fail(L, &error);
    }
    document = spL_newuserdata(L, sizeof *document);
    sp_buffer_init(&document->text, 0);
    luaL_getmetatable(L, SPL_DOCUMENT);
    lua_setmetatable(L, -2);
    if (sp_document_read(path, (size_t)max, &document->text, &error) != SP_OK)
        return spL_fail(L, &error);
    /* The collector sees a few bytes; this tells it of the others. */
    spL_gcstep(L, document->text.len);
    return 1;
}

static int document_len(lua_State *L)
{
    const struct spL_document *document = luaL_checkudata(L, 1, SPL_DOCUMENT);

    lua_pushnumber(L, (lua_Number)document->text.len);
    return 1;
}

static int document_tostring(lua_State *L)
{
    luaL_checkudata(L, 1, SPL_DOCUMENT);
    lua_pushliteral(L, SPL_DOCUMENT);
    return 1;
}

static int document_gc(lua_State *L)
{
    struct spL_document *document = luaL_checkudata(L, 1, SPL_DOCUMENT);

    sp_buffer_wipe(&document->text);
    return 0;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "__len", document_len }, /* bytes of the base64 text */
    { "__tostring", document_tostring },
    { "__gc", document_gc },
    { NULL, NULL },
};
/* clang-format on */

void spL_open_document(lua_State *L)
{
    spL_newtype(L, SPL_DOCUMENT, METHODS);
    lua_pushcfunction(L, document_file);
    lua_setfield(L, -2, "document_file");
}
