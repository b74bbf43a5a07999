/* sp_retry: whether a call is tried again, why, and after how long.
 *
 * Pure decisions: no clock, no random source and no I/O of their own. The
 * same function serves every way of waiting. */
#ifndef SP_RETRY_H
#define SP_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "sp_error.h"

/* What repeating the call could do. */
enum sp_repeat {
    SP_REPEAT_READ,   /* nothing: it only reads */
    SP_REPEAT_UPDATE, /* nothing new: it sets absolute values */
    SP_REPEAT_CREATE  /* a second customer: only when provably not done */
};

enum {
    SP_RETRY_BASE_MS = 250,        /* first back-off ceiling */
    SP_RETRY_CAP_MS = 10000,       /* largest back-off ceiling */
    SP_RETRY_SPREAD_MS = 1000,     /* at most, on top of a Retry-After */
    SP_RETRY_AFTER_MAX_MS = 60000, /* a longer Retry-After: give up */
    SP_RETRY_BUDGET_START = 500,
    SP_RETRY_COST = 14,
    SP_RETRY_COST_THROTTLED = 5, /* after a 429 */
    SP_RETRY_BACK_FIRST = 1      /* success at the first attempt */
};

/* The retry budget of a client. Zero-initialised is empty; start with
 * sp_retry_budget_init. */
struct sp_retry_budget {
    int tokens; /* 0 .. SP_RETRY_BUDGET_START */
};

void sp_retry_budget_init(struct sp_retry_budget *budget);

/* A call succeeded whose last retry had cost `cost` (0 when it needed none):
 * gives that back, or SP_RETRY_BACK_FIRST. Never above the start. */
void sp_retry_budget_success(struct sp_retry_budget *budget, int cost);

enum sp_retry_reason {
    SP_RETRY_NOT_NEEDED,    /* an answer that repeating does not change */
    SP_RETRY_BACK_OFF,      /* again, after full jitter */
    SP_RETRY_TOLD_WHEN,     /* again, after what the server asked for */
    SP_RETRY_NO_MORE,       /* max_retries reached */
    SP_RETRY_MAYBE_APPLIED, /* a create that may have arrived */
    SP_RETRY_OWN_KEY,       /* the caller's key has been seen: used up */
    SP_RETRY_TOLD_TOO_LONG, /* Retry-After above SP_RETRY_AFTER_MAX_MS */
    SP_RETRY_NO_TIME,       /* the wait would pass the deadline */
    SP_RETRY_NO_BUDGET      /* the client's retry budget is spent */
};

/* Static string for the attempt list and the hooks: "back_off",
 * "retry_after", "max_retries", "maybe_applied", "own_key",
 * "retry_after_too_long", "deadline", "budget"; "" for NOT_NEEDED. */
const char *sp_retry_reason_name(enum sp_retry_reason reason);

/* One finished attempt, as the decision sees it. */
struct sp_retry_case {
    enum sp_repeat repeat;
    int attempt;         /* attempts made so far, this one included: 1.. */
    int max_retries;     /* 0 switches repeats off */
    enum sp_kind failed; /* NONE: an answer with `status` came */
    bool hopeless;       /* whatever failed, it would fail again */
    int status;          /* 0 when there is none */
    enum sp_sent sent;
    bool own_key;           /* the caller chose the idempotency key */
    int64_t retry_after_ms; /* what the server asked for; -1: nothing */
    int64_t time_left_ms;   /* until the call's deadline */
    double random;          /* uniform in [0, 1) */
};

struct sp_retry_verdict {
    bool again;
    enum sp_retry_reason reason;
    int64_t wait_ms;    /* >= 0; 0 unless again */
    int cost;           /* taken from the budget when again */
    bool retryable;     /* the caller may sensibly try again later */
    bool maybe_applied; /* a write that may have taken effect unseen */
};

/* Whether it failed in a way that may have passed a moment later: `failed`,
 * `hopeless` and `status` say so. */
bool sp_retry_is_transient(const struct sp_retry_case *attempt);

/* Decides, and takes the cost from `budget` when the verdict is `again`.
 *
 * Transient are: NETWORK, TIMEOUT, and the statuses 408, 429, 500, 502, 503,
 * 504. A read or an update is repeated after any of them; a create only when
 * sent is NO, or after a 429. A write with the caller's own key only when
 * sent is NO: the server refuses a key that it has seen.
 * With Retry-After the wait is that and up to a quarter of it, or one second,
 * more; else it is full jitter: random * min(cap, base * 2^(attempt-1)). The
 * order of refusals is that of enum sp_retry_reason. */
void sp_retry_decide(const struct sp_retry_case *attempt,
                     struct sp_retry_budget *budget,
                     struct sp_retry_verdict *verdict);

/* Reads a wait in ms from header values (NULL when absent), or -1. In this
 * order: `after_ms` ("retry-after-ms", a number of milliseconds), `after`
 * ("Retry-After", seconds or an HTTP date); both may have a fraction. A date
 * is taken relative to `date`, the response's own Date, so that a wrong local
 * clock does no harm; without a readable Date relative to `now_s`, seconds
 * since the epoch. A date in the past is 0. Nonsense is -1. Saturates well
 * below INT64_MAX. */
int64_t sp_retry_after(const char *after_ms, const char *after,
                       const char *date, int64_t now_s);

#endif
