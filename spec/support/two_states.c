/*
 * A program that embeds Lua twice: two threads, each with a state of its own,
 * run the script that the first argument names at the same time. It exits
 * with 0 when both ended well. For ThreadSanitizer (make tsan).
 */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>

static void *run(void *path)
{
    lua_State *L = luaL_newstate();
    int failed = 1;

    if (L) {
        luaL_openlibs(L);
        failed = luaL_loadfile(L, path) || lua_pcall(L, 0, 0, 0);
        if (failed)
            fprintf(stderr, "%s\n", lua_tostring(L, -1));
        lua_close(L);
    }
    return failed ? path : NULL;
}

int main(int argc, char **argv)
{
    enum { THREADS = 2 };
    pthread_t threads[THREADS];
    int failed = argc < 2;

    for (int i = 0; i < THREADS && argc > 1; i++)
        failed |= pthread_create(&threads[i], NULL, run, argv[1]) != 0;
    for (int i = 0; i < THREADS && !failed; i++) {
        void *result = NULL;

        failed |= pthread_join(threads[i], &result) != 0 || result != NULL;
    }
    return failed ? 1 : 0;
}
