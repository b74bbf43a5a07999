// Counts which lines of lua/ run. A Lua module: its one function, given a
// directory, sets the hook on the thread that calls it, and threads that this
// one makes inherit it. What was seen is written when the process exits, as
// lines "path:line", to a file of the process's own in the directory.

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SOURCES                                                               \
    8192 // of which a process that runs all specs loads some hundreds
#define LINES 4096 // of one file; lua/ has none near

typedef struct {
    char *name; // as Lua has it; NULL: a free place
    const char
        *path; // from "lua/spherepay/" on, in `name`; NULL: none of ours
    unsigned char *lines; // LINES of them, 1: has run
} source_t;

static source_t sources[SOURCES];
static char directory[1024];

static void write_all(void)
{
    char path[1200];
    (void)snprintf(path, sizeof path, "%s/%ld-%ld.lines", directory,
                   (long)getpid(), (long)time(NULL));
    FILE *file = fopen(path, "a");
    if (file == NULL)
        return;
    for (const source_t *s = sources; s < sources + SOURCES; s++) {
        for (int line = 0; s->path != NULL && line < LINES; line++) {
            if (s->lines[line])
                (void)fprintf(file, "%s:%d\n", s->path, line);
        }
    }
    (void)fclose(file);
}

static int fill(source_t *place, const char *name)
{
    place->name = strdup(name);
    if (place->name == NULL)
        return 0;
    if (name[0] != '@')
        return 1;
    const char *path = strstr(place->name, "lua/spherepay/");
    if (path == NULL)
        return 1;
    place->lines = calloc(LINES, 1);
    if (place->lines != NULL)
        place->path = path;
    return 1;
}

// Text given to load() can be of any length: only names of files are looked up
// by their text.
static source_t *source_of(const char *name)
{
    if (name[0] != '@')
        return NULL;
    uint32_t hash = 2166136261U;
    for (const char *c = name; *c != '\0'; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619U;
    for (uint32_t i = 0; i < SOURCES; i++) {
        source_t *place = &sources[(hash + i) % SOURCES];
        if (place->name == NULL)
            return fill(place, name) ? place : NULL;
        if (strcmp(place->name, name) == 0)
            return place;
    }
    return NULL;
}

static void on_line(lua_State *L, lua_Debug *ar)
{
    if (!lua_getinfo(L, "S", ar))
        return;
    source_t *source = source_of(ar->source);
    if (source == NULL || source->path == NULL)
        return;
    if (ar->currentline > 0 && ar->currentline < LINES)
        source->lines[ar->currentline] = 1;
}

static int start(lua_State *L)
{
    const char *where = luaL_checkstring(L, 1);
    if (directory[0] == '\0') {
        (void)snprintf(directory, sizeof directory, "%s", where);
        (void)atexit(write_all);
    }
    lua_sethook(L, on_line, LUA_MASKLINE, 0);
    return 0;
}

int luaopen_coverage_lines(lua_State *L);
int luaopen_coverage_lines(lua_State *L)
{
    lua_pushcfunction(L, start);
    return 1;
}
