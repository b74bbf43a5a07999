/* upload.c: spherepay.upload, a form with a file that Lua can hold and send,
 * but not read. */
#include "binding.h"

#include <string.h>

#include "sp_upload.h"

static struct spL_upload *new_upload(lua_State *L)
{
    struct spL_upload *self = spL_newuserdata(L, sizeof *self);

    self->upload = NULL;
    luaL_getmetatable(L, SPL_UPLOAD);
    lua_setmetatable(L, -2);
    return self;
}

/* The upload on top; or nil and why not. */
static int finish(lua_State *L, enum sp_status status,
                  const struct sp_error *error)
{
    return status == SP_OK ? 1 : spL_fail(L, error);
}

/* upload_file(path, max): an upload, or nil and why not. */
static int upload_file(lua_State *L)
{
    size_t len;
    const char *path = luaL_checklstring(L, 1, &len);
    uint64_t max = (uint64_t)luaL_checknumber(L, 2);
    struct sp_error error = { SP_OK, "" };
    struct spL_upload *self = new_upload(L);

    if (strlen(path) != len)
        return finish(
            L, sp_error_set(&error, SP_ERR_SYSTEM, "its path holds a NUL"),
            &error);
    return finish(L, sp_upload_open(path, max, &self->upload, &error), &error);
}

/* upload_bytes(bytes, max): the same for bytes that are in memory. */
static int upload_bytes(lua_State *L)
{
    size_t len;
    const char *bytes = luaL_checklstring(L, 1, &len);
    uint64_t max = (uint64_t)luaL_checknumber(L, 2);
    struct sp_error error = { SP_OK, "" };
    struct spL_upload *self = new_upload(L);
    enum sp_status status =
        sp_upload_copy(bytes, len, max, &self->upload, &error);

    if (status == SP_OK) /* the collector sees a few bytes */
        spL_gcstep(L, len);
    return finish(L, status, &error);
}

static struct sp_upload *check_open(lua_State *L)
{
    struct spL_upload *self = luaL_checkudata(L, 1, SPL_UPLOAD);

    luaL_argcheck(L, self->upload, 1, "the upload has been sent");
    return self->upload;
}

/* upload:add(name, value): a field of the form. */
static int upload_add(lua_State *L)
{
    struct sp_upload *upload = check_open(L);
    const char *name = luaL_checkstring(L, 2);

    if (sp_upload_add(upload, name, luaL_checkstring(L, 3)) != SP_OK)
        return spL_raise_memory(L);
    return 0;
}

/* upload:rename(name): the name of the file, as it is sent. */
static int upload_rename(lua_State *L)
{
    if (sp_upload_rename(check_open(L), luaL_checkstring(L, 2)) != SP_OK)
        return spL_raise_memory(L);
    return 0;
}

/* upload:about(): its type by the first bytes, or nil; its size. */
static int upload_about(lua_State *L)
{
    const struct sp_upload *upload = check_open(L);

    lua_pushstring(L, upload->type);
    lua_pushnumber(L, (lua_Number)upload->size);
    return 2;
}

/* upload:close() and __gc: no harm when repeated, or when it was sent. */
static int upload_close(lua_State *L)
{
    struct spL_upload *self = luaL_checkudata(L, 1, SPL_UPLOAD);

    sp_upload_free(self->upload);
    self->upload = NULL;
    return 0;
}

static int upload_tostring(lua_State *L)
{
    luaL_checkudata(L, 1, SPL_UPLOAD);
    lua_pushliteral(L, SPL_UPLOAD);
    return 1;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "add", upload_add },
    { "rename", upload_rename },
    { "about", upload_about },
    { "close", upload_close },
    { "__gc", upload_close },
    { "__tostring", upload_tostring },
    { NULL, NULL },
};
/* clang-format on */

void spL_open_upload(lua_State *L)
{
    spL_newtype(L, SPL_UPLOAD, METHODS);
    lua_pushcfunction(L, upload_file);
    lua_setfield(L, -2, "upload_file");
    lua_pushcfunction(L, upload_bytes);
    lua_setfield(L, -2, "upload_bytes");
}
