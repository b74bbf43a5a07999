/* sp_rate: tokens in a ring.
 *
 * Request n takes the token of request n - limit, so tokens come back in
 * the order in which they were taken and both looking and taking cost the
 * same for any limit. What this costs: an answer that is slow to come can
 * hold up the requests behind it, by SP_RATE_TRAVEL_MS at most. */
#include "sp_rate.h"

#include <stdlib.h>

#include "sp_clock.h"

enum { LIMIT_MAX = 10000 };

static int64_t *slot(const struct sp_rate *rate, uint64_t ticket)
{
    return &rate->return_ms[ticket % (uint64_t)rate->limit];
}

enum sp_status sp_rate_init(struct sp_rate *rate, int limit)
{
    *rate = (struct sp_rate){0};
    if (limit < 0 || limit > LIMIT_MAX)
        return SP_ERR_INVALID;
    if (limit == 0)
        return SP_OK;
    rate->return_ms = calloc((size_t)limit, sizeof *rate->return_ms);
    if (rate->return_ms == NULL)
        return SP_ERR_NO_MEMORY;
    rate->limit = limit;
    return SP_OK;
}

void sp_rate_clear(struct sp_rate *rate)
{
    free(rate->return_ms);
    *rate = (struct sp_rate){0};
}

int64_t sp_rate_wait(const struct sp_rate *rate, size_t ahead, int64_t now_ms)
{
    uint64_t limit = (uint64_t)rate->limit;
    uint64_t first;
    int64_t wait_ms = 0;

    if (limit == 0)
        return 0;
    /* Those ahead take whole rounds of tokens, a window each at best; then
     * it is the turn of a token whose return is known by now, or that is
     * held and comes back in a window at the earliest. */
    first = rate->taken + ahead % limit;
    if (first >= limit && *slot(rate, first) == SP_CLOCK_NEVER)
        wait_ms = SP_RATE_WINDOW_MS;
    else if (first >= limit && *slot(rate, first) > now_ms)
        wait_ms = *slot(rate, first) - now_ms;
    return wait_ms + (int64_t)(ahead / limit) * SP_RATE_WINDOW_MS;
}

uint64_t sp_rate_take(struct sp_rate *rate)
{
    if (rate->limit > 0)
        *slot(rate, rate->taken) = SP_CLOCK_NEVER;
    return rate->taken++;
}

/* Never later than was known already. */
static void comes_back(struct sp_rate *rate, uint64_t ticket,
                       int64_t return_ms)
{
    /* Out of range: nobody's ticket, or a later request has the token. */
    if (ticket >= rate->taken || rate->taken - ticket > (uint64_t)rate->limit)
        return;
    if (return_ms < *slot(rate, ticket))
        *slot(rate, ticket) = return_ms;
}

void sp_rate_issued(struct sp_rate *rate, uint64_t ticket, int64_t now_ms)
{
    comes_back(rate, ticket,
               sp_clock_after(now_ms, SP_RATE_TRAVEL_MS + SP_RATE_WINDOW_MS));
}

void sp_rate_arrived(struct sp_rate *rate, uint64_t ticket, int64_t now_ms)
{
    comes_back(rate, ticket, sp_clock_after(now_ms, SP_RATE_WINDOW_MS));
}
