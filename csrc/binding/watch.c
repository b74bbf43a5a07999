/* watch.c: spherepay.watch, the watcher thread of nginx's loop, for Lua. */
#include "binding.h"

#include <limits.h>

#include "sp_watch.h"

#define SPL_WATCH "spherepay.watch"

struct watch {
    struct sp_watch *watch; /* NULL: closed */
};

static struct sp_watch *check_watch(lua_State *L)
{
    const struct watch *self = luaL_checkudata(L, 1, SPL_WATCH);

    if (!self->watch)
        luaL_error(L, "the watch is closed");
    return self->watch;
}

/* watch(): one that listens, or nil and why not. */
static int new_watch(lua_State *L)
{
    struct sp_error error = { SP_OK, "" };
    struct watch *self = spL_newuserdata(L, sizeof *self);

    self->watch = NULL;
    luaL_getmetatable(L, SPL_WATCH);
    lua_setmetatable(L, -2);
    if (sp_watch_new(&self->watch, &error) != SP_OK)
        return spL_fail(L, &error);
    return 1;
}

/* watch:path(): where to connect to before start. */
static int watch_path(lua_State *L)
{
    lua_pushstring(L, sp_watch_path(check_watch(L)));
    return 1;
}

/* watch:start(seconds): true, or nil and why not. A tick comes after so
 * many seconds of nothing else. */
static int watch_start(lua_State *L)
{
    struct sp_watch *watch = check_watch(L);
    struct sp_error error = { SP_OK, "" };
    int64_t ms = spL_to_ms(luaL_checknumber(L, 2));

    luaL_argcheck(L, ms > 0 && ms <= INT_MAX, 2, "out of range");
    if (sp_watch_start(watch, (int)ms, &error) != SP_OK)
        return spL_fail(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

/* watch:arm(descriptor): true, or nil and why not. */
static int watch_arm(lua_State *L)
{
    struct sp_watch *watch = check_watch(L);
    struct sp_error error = { SP_OK, "" };

    if (sp_watch_arm(watch, (int)luaL_checkinteger(L, 2), &error) != SP_OK)
        return spL_fail(L, &error);
    lua_pushboolean(L, 1);
    return 1;
}

/* watch:close() and __gc. No harm when repeated. */
static int watch_close(lua_State *L)
{
    struct watch *self = luaL_checkudata(L, 1, SPL_WATCH);

    sp_watch_free(self->watch);
    self->watch = NULL;
    return 0;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "path", watch_path },
    { "start", watch_start },
    { "arm", watch_arm },
    { "close", watch_close },
    { "__gc", watch_close },
    { NULL, NULL },
};
/* clang-format on */

void spL_open_watch(lua_State *L)
{
    spL_newtype(L, SPL_WATCH, METHODS);
    lua_pushcfunction(L, new_watch);
    lua_setfield(L, -2, "watch");
}
