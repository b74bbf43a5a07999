/* rules.c: the core's decisions, without the core: whether an attempt is
 * repeated, and when a request fits in the rate limit. For an imitation of
 * the engine that keeps a clock of its own (spherepay.testing), so that the
 * rules stand in one place. Times are seconds, as everywhere in Lua. */
#include "binding.h"

#include <string.h>

#include "sp_rate.h"
#include "sp_retry.h"

#define SPL_RATE "spherepay.rate"

/* ---- repeating -------------------------------------------------------- */

static enum sp_kind kind_field(lua_State *L)
{
    const char *name = spL_string_field(L, 1, "kind");

    for (int kind = SP_KIND_INVALID; name && kind <= SP_KIND_LAST; kind++)
        if (strcmp(name, sp_kind_name((enum sp_kind)kind)) == 0)
            return (enum sp_kind)kind;
    return SP_KIND_NONE;
}

static enum sp_sent sent_field(lua_State *L)
{
    const char *name = spL_string_field(L, 1, "sent");

    return name && strcmp(name, "yes") == 0     ? SP_SENT_YES
           : name && strcmp(name, "maybe") == 0 ? SP_SENT_MAYBE
                                                : SP_SENT_NO;
}

static enum sp_repeat repeat_field(lua_State *L)
{
    const char *name = spL_string_field(L, 1, "repeat_as");

    return name && strcmp(name, "read") == 0     ? SP_REPEAT_READ
           : name && strcmp(name, "update") == 0 ? SP_REPEAT_UPDATE
                                                 : SP_REPEAT_CREATE;
}

static double number_field(lua_State *L, const char *name)
{
    double number;

    lua_getfield(L, 1, name);
    number = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return number;
}

static bool true_field(lua_State *L, const char *name)
{
    bool found;

    lua_getfield(L, 1, name);
    found = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return found;
}

static void set_true(lua_State *L, const char *name, bool value)
{
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

/* retry(case): { again, reason, wait, retryable, maybe_applied, cost, budget,
 * retry_after }, see core.d.lua. */
static int retry(lua_State *L)
{
    struct sp_retry_budget budget;
    struct sp_retry_verdict verdict;
    struct sp_retry_case tried = { .repeat = SP_REPEAT_CREATE };
    const char *after;

    luaL_checktype(L, 1, LUA_TTABLE);
    after = spL_string_field(L, 1, "retry_after");
    budget.tokens = (int)spL_integer_field(L, 1, "budget", 0);
    tried.repeat = repeat_field(L);
    tried.attempt = (int)spL_integer_field(L, 1, "attempt", 1);
    tried.max_retries = (int)spL_integer_field(L, 1, "max_retries", 0);
    tried.failed = kind_field(L);
    tried.status = (int)spL_integer_field(L, 1, "status", 0);
    tried.sent = sent_field(L);
    tried.own_key = true_field(L, "own_key");
    tried.retry_after_ms =
        sp_retry_after(NULL, after, spL_string_field(L, 1, "date"),
                       (int64_t)number_field(L, "now"));
    tried.time_left_ms = spL_to_ms(number_field(L, "time_left"));
    tried.random = number_field(L, "random");
    sp_retry_decide(&tried, &budget, &verdict);
    lua_createtable(L, 0, 8);
    set_true(L, "again", verdict.again);
    set_true(L, "retryable", verdict.retryable);
    set_true(L, "maybe_applied", verdict.maybe_applied);
    spL_setstring(L, "reason", sp_retry_reason_name(verdict.reason));
    spL_setms(L, "wait", verdict.wait_ms);
    lua_pushinteger(L, verdict.cost);
    lua_setfield(L, -2, "cost");
    lua_pushinteger(L, budget.tokens);
    lua_setfield(L, -2, "budget");
    if (tried.retry_after_ms >= 0)
        spL_setms(L, "retry_after", tried.retry_after_ms);
    return 1;
}

/* retry_budget([tokens, cost]): what a success leaves of `tokens`; without
 * arguments what a client begins with. */
static int retry_budget(lua_State *L)
{
    struct sp_retry_budget budget;

    sp_retry_budget_init(&budget);
    if (!lua_isnoneornil(L, 1)) {
        budget.tokens = (int)luaL_checkinteger(L, 1);
        sp_retry_budget_success(&budget, (int)luaL_checkinteger(L, 2));
    }
    lua_pushinteger(L, budget.tokens);
    return 1;
}

/* ---- the rate limit --------------------------------------------------- */

static struct sp_rate *check_rate(lua_State *L)
{
    return luaL_checkudata(L, 1, SPL_RATE);
}

/* rate(limit): requests a second; 0 for none. */
static int new_rate(lua_State *L)
{
    int limit = (int)luaL_checkinteger(L, 1);
    struct sp_rate *rate;

    luaL_argcheck(L, limit >= 0 && limit <= 10000, 1, "0 to 10000");
    rate = spL_newblob(L, sizeof *rate);
    memset(rate, 0, sizeof *rate);
    luaL_getmetatable(L, SPL_RATE);
    lua_setmetatable(L, -2);
    if (sp_rate_init(rate, limit) != SP_OK)
        return spL_raise_memory(L);
    return 1;
}

/* rate:wait(ahead, now): seconds until a token is there. */
static int rate_wait(lua_State *L)
{
    const struct sp_rate *rate = check_rate(L);
    size_t ahead = (size_t)luaL_checkinteger(L, 2);

    lua_pushnumber(L, (lua_Number)sp_rate_wait(
                          rate, ahead, spL_to_ms(luaL_checknumber(L, 3))) /
                          1000);
    return 1;
}

/* rate:take(now): for a request that is issued and arrives now. */
static int rate_take(lua_State *L)
{
    struct sp_rate *rate = check_rate(L);
    int64_t now_ms = spL_to_ms(luaL_checknumber(L, 2));
    uint64_t ticket = sp_rate_take(rate);

    sp_rate_issued(rate, ticket, now_ms);
    sp_rate_arrived(rate, ticket, now_ms);
    return 0;
}

static int rate_gc(lua_State *L)
{
    sp_rate_clear(check_rate(L));
    return 0;
}

/* clang-format off */
static const luaL_Reg METHODS[] = {
    { "wait", rate_wait },
    { "take", rate_take },
    { "__gc", rate_gc },
    { NULL, NULL },
};
/* clang-format on */

void spL_open_rules(lua_State *L)
{
    spL_newtype(L, SPL_RATE, METHODS);
    lua_pushcfunction(L, retry);
    lua_setfield(L, -2, "retry");
    lua_pushcfunction(L, retry_budget);
    lua_setfield(L, -2, "retry_budget");
    lua_pushcfunction(L, new_rate);
    lua_setfield(L, -2, "rate");
}
