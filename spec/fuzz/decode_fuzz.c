/* JSON texts of any bytes as Lua values, in a Lua whose memory ends at any
 * point.
 *
 * Input: a byte for how many allocations succeed (255: all), one for the
 * options, then the text. */
#include "fuzz.h"

#include "binding.h"

static struct {
    long left; /* allocations; -1: no end */
    size_t used;
} memory = { -1, 0 };

static void *allocate(void *ud, void *block, size_t old, size_t size)
{
    void *result;

    (void)ud;
    if (!block)
        old = 0;
    if (size == 0) {
        memory.used -= old;
        free(block);
        return NULL;
    }
    if (size > old && memory.left == 0)
        return NULL;
    if (size > old && memory.left > 0)
        memory.left--;
    result = realloc(block, size);
    if (result)
        memory.used += size - old;
    return result;
}

struct task {
    const char *text;
    size_t len;
    struct spL_reading reading;
    enum sp_status status;
};

/* (task, array_mt) -> value? */
static int decode(lua_State *L)
{
    struct task *task = lua_touserdata(L, 1);
    struct sp_error error = { SP_OK, "" };

    task->status =
        spL_pushjson(L, task->text, task->len, &task->reading, &error);
    FUZZ_HOLDS(lua_gettop(L) == (task->status == SP_OK ? 3 : 2));
    FUZZ_HOLDS(task->status == SP_OK || error.message[0] != '\0');
    return task->status == SP_OK;
}

/* What a text became can be walked, and is not deeper than was allowed. */
static void walk(lua_State *L, int depth)
{
    FUZZ_HOLDS(depth <= 64);
    FUZZ_HOLDS(lua_checkstack(L, 4));
    if (!lua_istable(L, -1))
        return;
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        walk(L, depth + 1);
        lua_pop(L, 1);
    }
}

static void run(lua_State *L, struct task *task, long allocations)
{
    int status;

    lua_pushcfunction(L, decode);
    lua_pushlightuserdata(L, task);
    lua_newtable(L);
    memory.left = allocations;
    status = lua_pcall(L, 2, LUA_MULTRET, 0);
    memory.left = -1;
    FUZZ_HOLDS(status == LUA_OK || status == LUA_ERRMEM);
    FUZZ_HOLDS(status == LUA_OK || allocations >= 0);
    FUZZ_HOLDS(task->status != SP_ERR_NO_MEMORY || allocations >= 0);
    if (status == LUA_OK && task->status == SP_OK)
        walk(L, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    int allocations = fuzz_byte(&input), options = fuzz_byte(&input);
    char *text = malloc(input.left + 1);
    lua_State *L = lua_newstate(allocate, NULL);
    struct task task = { .len = input.left, .reading = { .array_mt = 2 } };

    if (!text || !L)
        abort();
    if (input.left > 0)
        memcpy(text, input.at, input.left);
    text[input.left] = '\0';
    spL_open_names(L);
    task.text = text;
    task.reading.keep_nulls = options & 1;
    task.reading.max_values = options & 2 ? 5 : 100000;
    run(L, &task, allocations == 255 ? -1 : allocations);
    lua_close(L);
    FUZZ_HOLDS(memory.used == 0);
    free(text);
    return 0;
}
