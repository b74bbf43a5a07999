/* module.c: the entry point, and the helpers that every file uses. */
#include "binding.h"

#include <math.h>

#include "sp_libcurl.h"
#include "sp_process.h"

void spL_newtype(lua_State *L, const char *name, const luaL_Reg *methods)
{
    luaL_newmetatable(L, name);
    spL_setfuncs(L, methods);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, name);
    lua_setfield(L, -2, "__name");
    lua_pushliteral(L, "protected");
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

int spL_fail(lua_State *L, const struct sp_error *error)
{
    lua_pushnil(L);
    lua_pushstring(L, error->message);
    return 2;
}

int spL_raise_memory(lua_State *L)
{
    lua_pushliteral(L, "not enough memory");
    return lua_error(L);
}

int64_t spL_to_ms(lua_Number seconds)
{
    lua_Number ms = (lua_Number)ceil((double)seconds * 1000.0);

    if (!(ms > 0))
        return 0;
    return ms < 1e15 ? (int64_t)ms : (int64_t)1e15;
}

const char *spL_string_field(lua_State *L, int index, const char *name)
{
    const char *text = NULL;

    lua_getfield(L, index, name);
    if (lua_type(L, -1) == LUA_TSTRING)
        text = lua_tostring(L, -1);
    else if (!lua_isnil(L, -1))
        luaL_error(L, "field '%s' must be a string", name);
    lua_pop(L, 1);
    return text;
}

int64_t spL_integer_field(lua_State *L, int index, const char *name,
                          int64_t otherwise)
{
    int64_t value = otherwise;

    lua_getfield(L, index, name);
    if (lua_type(L, -1) == LUA_TNUMBER)
        value = (int64_t)lua_tonumber(L, -1);
    else if (!lua_isnil(L, -1))
        luaL_error(L, "field '%s' must be a number", name);
    lua_pop(L, 1);
    return value;
}

int64_t spL_ms_field(lua_State *L, int index, const char *name)
{
    int64_t ms = 0;

    lua_getfield(L, index, name);
    if (lua_type(L, -1) == LUA_TNUMBER)
        ms = spL_to_ms(lua_tonumber(L, -1));
    lua_pop(L, 1);
    if (ms <= 0)
        luaL_error(L, "field '%s' must be a positive number", name);
    return ms;
}

void spL_setstring(lua_State *L, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

void spL_setms(lua_State *L, const char *name, int64_t ms)
{
    lua_pushnumber(L, (lua_Number)ms / 1000);
    lua_setfield(L, -2, name);
}

void spL_setstatus(lua_State *L, int status)
{
    if (status == 0)
        return;
    lua_pushinteger(L, status);
    lua_setfield(L, -2, "status");
}

static void set_version(lua_State *L, const char *name, unsigned version)
{
    if (version == 0)
        return;
    lua_pushfstring(L, "%d.%d.%d", (int)(version >> 16),
                    (int)(version >> 8 & 0xff), (int)(version & 0xff));
    lua_setfield(L, -2, name);
}

/* libcurl_faults(): those of the libcurl that runs, see core.d.lua. */
static int libcurl_faults(lua_State *L)
{
    int count = 0;

    lua_newtable(L);
    for (int i = 0; i < SP_LIBCURL_FAULTS; i++) {
        const struct sp_libcurl_entry *entry =
            sp_libcurl_entry((enum sp_libcurl_fault)i);

        if (!sp_libcurl_has((enum sp_libcurl_fault)i))
            continue;
        lua_createtable(L, 0, 5);
        spL_setstring(L, "name", entry->name);
        set_version(L, "since", entry->since);
        set_version(L, "until", entry->until);
        spL_setstring(L, "what", entry->what);
        spL_setstring(L, "remedy", entry->remedy);
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

/* The one symbol of the module that others see. */
__attribute__((visibility("default"))) int
luaopen_spherepay_core(lua_State *L);

/* require "spherepay.core": a table, or an error that names what this system
 * lacks. Nothing is opened and nothing is sent. */
int luaopen_spherepay_core(lua_State *L)
{
    struct sp_error error = { SP_OK, "" };

    if (sp_process_init(&error) != SP_OK)
        return luaL_error(L, "spherepay.core: %s", error.message);
    lua_newtable(L);
    spL_open_engine(L);
    spL_open_template(L);
    spL_open_call(L);
    spL_open_trace(L);
    spL_open_document(L);
    spL_open_upload(L);
    spL_open_journal(L);
    spL_open_rules(L);
    spL_open_signature(L);
    spL_open_json(L);
    spL_open_encode(L);
    spL_open_members(L);
    spL_open_names(L);
    spL_open_id(L);
    spL_open_mask(L);
    spL_open_fold(L);
    spL_open_suspects(L);
    spL_open_text(L);
    spL_open_watch(L);
    lua_pushstring(L, sp_process_versions());
    lua_setfield(L, -2, "versions");
    lua_pushcfunction(L, libcurl_faults);
    lua_setfield(L, -2, "libcurl_faults");
    return 1;
}
