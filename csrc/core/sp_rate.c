/* sp_rate: tokens in the order in which they come back.
 *
 * Any token that is back serves any request, so one request that hangs
 * before it goes out holds its own token and nobody else's. A ticket names a
 * token and how often it had been taken: 16 bits and the rest. */
#include "sp_rate.h"

#include <stdlib.h>

#include "sp_clock.h"

enum { LIMIT_MAX = 10000, INDEX_BITS = 16 };

struct sp_token {
    struct sp_timer timer; /* at_ms: when it comes back */
    uint64_t ticket;       /* of the request that holds it */
};

enum sp_status sp_rate_init(struct sp_rate *rate, int limit)
{
    *rate = (struct sp_rate){ 0 };
    if (limit < 0 || limit > LIMIT_MAX)
        return SP_ERR_INVALID;
    if (limit == 0)
        return SP_OK;
    rate->tokens = calloc((size_t)limit, sizeof *rate->tokens);
    rate->scratch = calloc((size_t)limit, sizeof *rate->scratch);
    if (!rate->tokens || !rate->scratch) {
        sp_rate_clear(rate);
        return SP_ERR_NO_MEMORY;
    }
    for (int i = 0; i < limit; i++) {
        rate->tokens[i].timer.owner = &rate->tokens[i];
        rate->tokens[i].ticket = UINT64_MAX;
        if (sp_timers_set(&rate->order, &rate->tokens[i].timer, INT64_MIN) !=
            SP_OK) {
            sp_rate_clear(rate);
            return SP_ERR_NO_MEMORY;
        }
    }
    rate->limit = limit;
    return SP_OK;
}

void sp_rate_clear(struct sp_rate *rate)
{
    sp_timers_clear(&rate->order);
    free(rate->tokens);
    free(rate->scratch);
    *rate = (struct sp_rate){ 0 };
}

/* The `nth` smallest of `count` times (Hoare's selection). */
static int64_t select_nth(int64_t *times, int count, int nth)
{
    int low = 0, high = count - 1;

    while (low < high) {
        int64_t pivot = times[low + (high - low) / 2];
        int i = low, j = high;

        while (i <= j) {
            while (times[i] < pivot)
                i++;
            while (times[j] > pivot)
                j--;
            if (i <= j) {
                int64_t swap = times[i];

                times[i++] = times[j];
                times[j--] = swap;
            }
        }
        if (nth <= j)
            high = j;
        else if (nth >= i)
            low = i;
        else
            break;
    }
    return times[nth];
}

/* When the token with `nth` others before it comes back. One that is held
 * does so a window from now at the earliest. */
static int64_t nth_return(const struct sp_rate *rate, int nth, int64_t now_ms)
{
    int64_t at_ms = sp_timers_next(&rate->order);

    if (nth > 0) {
        for (int i = 0; i < rate->limit; i++)
            rate->scratch[i] = rate->tokens[i].timer.at_ms;
        at_ms = select_nth(rate->scratch, rate->limit, nth);
    }
    return at_ms == SP_CLOCK_NEVER ? sp_clock_after(now_ms, SP_RATE_WINDOW_MS)
                                   : at_ms;
}

int64_t sp_rate_wait(const struct sp_rate *rate, size_t ahead, int64_t now_ms)
{
    size_t limit = (size_t)rate->limit;
    int64_t at_ms;

    if (limit == 0)
        return 0;
    /* Those ahead take whole rounds of tokens, a window each at best. */
    at_ms = nth_return(rate, (int)(ahead % limit), now_ms);
    return (at_ms > now_ms ? at_ms - now_ms : 0) +
           (int64_t)(ahead / limit) * SP_RATE_WINDOW_MS;
}

uint64_t sp_rate_take(struct sp_rate *rate)
{
    struct sp_token *token;

    rate->taken++;
    if (rate->limit == 0)
        return 0;
    token = rate->order.heap[0]->owner;
    token->ticket =
        rate->taken << INDEX_BITS | (uint64_t)(token - rate->tokens);
    /* It is set already, so this needs no memory. */
    sp_timers_set(&rate->order, &token->timer, SP_CLOCK_NEVER);
    return token->ticket;
}

/* Never later than was known already. */
static void comes_back(struct sp_rate *rate, uint64_t ticket,
                       int64_t return_ms)
{
    uint64_t index = ticket & ((1u << INDEX_BITS) - 1);
    struct sp_token *token;

    if (index >= (uint64_t)rate->limit)
        return;
    token = &rate->tokens[index];
    /* Nobody's ticket, or a later request has the token. */
    if (token->ticket != ticket)
        return;
    if (return_ms < token->timer.at_ms)
        sp_timers_set(&rate->order, &token->timer, return_ms);
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
