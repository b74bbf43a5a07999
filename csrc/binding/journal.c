/* journal.c: spherepay.journal, a file of lines for what outlives the
 * process. */
#include "binding.h"

#include <string.h>

#include "sp_journal.h"

/* journal(path): the journal and the text it holds; or nil and why not. */
static int open_journal(lua_State *L)
{
    size_t len;
    const char *path = luaL_checklstring(L, 1, &len);
    struct sp_error error = { SP_OK, "" };
    struct sp_journal *self;
    struct sp_buffer text;

    if (strlen(path) != len) {
        sp_error_set(&error, SP_ERR_SYSTEM, "its path holds a NUL");
        return spL_fail(L, &error);
    }
    self = spL_newuserdata(L, sizeof *self);
    self->fd = -1;
    luaL_getmetatable(L, SPL_JOURNAL);
    lua_setmetatable(L, -2);
    if (sp_journal_open(self, path, &text, &error) != SP_OK)
        return spL_fail(L, &error);
    lua_pushlstring(L, text.len > 0 ? text.data : "", text.len);
    sp_buffer_clear(&text);
    return 2;
}

/* journal:append(line): true once it is on the disk; or nil and why not. */
static int journal_append(lua_State *L)
{
    struct sp_journal *self = luaL_checkudata(L, 1, SPL_JOURNAL);
    struct sp_error error = { SP_OK, "" };
    size_t len;
    const char *line = luaL_checklstring(L, 2, &len);

    if (sp_journal_append(self, line, len, &error) != SP_OK)
        return spL_fail(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

static int journal_close(lua_State *L)
{
    sp_journal_close(luaL_checkudata(L, 1, SPL_JOURNAL));
    return 0;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "append", journal_append },
    { "close", journal_close },
    { "__gc", journal_close },
    { NULL, NULL },
};
/* clang-format on */

void spL_open_journal(lua_State *L)
{
    spL_newtype(L, SPL_JOURNAL, METHODS);
    lua_pushcfunction(L, open_journal);
    lua_setfield(L, -2, "journal");
}
