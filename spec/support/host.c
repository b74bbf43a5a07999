/*
 * A program that embeds Lua, for specs only: runs the script on its standard
 * input, closes the Lua state, lives on for as many milliseconds as its
 * first argument says, and exits with 0 when the script ended well. What
 * comes back after the state is gone, such as a thread of a library, meets
 * a process that is still there.
 *
 *   cc -std=c11 -o host spec/support/host.c \
 *       $(pkg-config --cflags --libs lua5.4)
 */
#define _POSIX_C_SOURCE 200809L
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
    long ms = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
    struct timespec left = { ms / 1000, ms % 1000 * 1000000 };
    lua_State *L = luaL_newstate();
    int failed;

    if (!L)
        return 2;
    luaL_openlibs(L);
    failed = luaL_loadfile(L, NULL) || lua_pcall(L, 0, 0, 0);
    if (failed)
        fprintf(stderr, "%s\n", lua_tostring(L, -1));
    lua_close(L);
    nanosleep(&left, NULL);
    return failed ? 1 : 0;
}
