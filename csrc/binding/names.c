/* names.c: the names of members that came lately, and the strings of arrays,
 * which in answers are names of criteria, as Lua strings.
 *
 * Answers have the same few dozen names again and again. To make a Lua
 * string of one, Lua hashes all of its bytes and looks for it among all of
 * its strings; here a name is looked for in one place, by its length and
 * two bytes. The strings belong to a table, the places to a userdata in its
 * field 0, and the table to the registry. */
#include "binding.h"

#include <string.h>

enum {
    PLACES = 256,
    LENGTH_MAX = 40 /* longer ones are rare, and no names of the API */
};

struct spL_names {
    struct {
        const char *text; /* of the string in the table; NULL: none */
        size_t len;
    } at[PLACES];
};

static const char KEY; /* its address is the key in the registry */

struct spL_names *spL_pushnames(lua_State *L)
{
    struct spL_names *names;

    lua_pushlightuserdata(L, (void *)(uintptr_t)&KEY);
    lua_rawget(L, LUA_REGISTRYINDEX);
    lua_rawgeti(L, -1, 0);
    names = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return names;
}

/* Makes the string, and puts it into the place of another. */
static void push_new(lua_State *L, struct spL_names *names, int table,
                     unsigned place, const char *text, size_t len)
{
    lua_pushlstring(L, text, len);
    lua_pushvalue(L, -1);
    lua_rawseti(L, table, (int)place + 1);
    names->at[place].text = lua_tostring(L, -1);
    names->at[place].len = len;
}

void spL_pushname(lua_State *L, struct spL_names *names, int table,
                  const char *text, size_t len)
{
    unsigned place;

    if (len == 0 || len > LENGTH_MAX) {
        lua_pushlstring(L, text, len);
        return;
    }
    place = ((unsigned)len + (unsigned char)text[0] * 7u +
             (unsigned char)text[len / 2] * 101u +
             (unsigned char)text[len - 1] * 29u) %
            PLACES;
    if (names->at[place].len == len &&
        memcmp(names->at[place].text, text, len) == 0)
        lua_rawgeti(L, table, (int)place + 1);
    else
        push_new(L, names, table, place, text, len);
}

void spL_open_names(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)&KEY);
    lua_createtable(L, PLACES, 1);
    memset(spL_newblob(L, sizeof(struct spL_names)), 0,
           sizeof(struct spL_names));
    lua_rawseti(L, -2, 0);
    lua_rawset(L, LUA_REGISTRYINDEX);
}
