/* sp_retry: the decision, and the reading of what the server asked for. */
#include "sp_retry.h"

#include <stddef.h>

#include "sp_ascii.h"
#include "sp_http_date.h"

void sp_retry_budget_init(struct sp_retry_budget *budget)
{
    budget->tokens = SP_RETRY_BUDGET_START;
}

void sp_retry_budget_success(struct sp_retry_budget *budget, int cost)
{
    budget->tokens += cost > 0 ? cost : SP_RETRY_BACK_FIRST;
    if (budget->tokens > SP_RETRY_BUDGET_START)
        budget->tokens = SP_RETRY_BUDGET_START;
}

const char *sp_retry_reason_name(enum sp_retry_reason reason)
{
    switch (reason) {
    case SP_RETRY_NOT_NEEDED:
        return "";
    case SP_RETRY_BACK_OFF:
        return "back_off";
    case SP_RETRY_TOLD_WHEN:
        return "retry_after";
    case SP_RETRY_NO_MORE:
        return "max_retries";
    case SP_RETRY_MAYBE_APPLIED:
        return "maybe_applied";
    case SP_RETRY_OWN_KEY:
        return "own_key";
    case SP_RETRY_TOLD_TOO_LONG:
        return "retry_after_too_long";
    case SP_RETRY_NO_TIME:
        return "deadline";
    case SP_RETRY_NO_BUDGET:
        return "budget";
    }
    return "";
}

/* The status of a whole answer, or 0: an answer that broke off proves
 * nothing. */
static int answered(const struct sp_retry_case *attempt)
{
    return attempt->failed == SP_KIND_NONE ? attempt->status : 0;
}

bool sp_retry_is_transient(const struct sp_retry_case *attempt)
{
    if (attempt->hopeless)
        return false;
    switch (answered(attempt)) {
    case 0:
        return attempt->failed == SP_KIND_NETWORK ||
               attempt->failed == SP_KIND_TIMEOUT;
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
        return true;
    default:
        return false;
    }
}

/* An answer below 500 says what became of the write; only 408 does not. */
static bool is_maybe_applied(const struct sp_retry_case *attempt)
{
    int status = answered(attempt);

    if (attempt->repeat == SP_REPEAT_READ || attempt->sent == SP_SENT_NO)
        return false;
    return status == 0 || status == 408 || status >= 500;
}

/* A create that may have been done is no matter of trying again later. */
static bool is_retryable(const struct sp_retry_case *attempt)
{
    if (attempt->repeat == SP_REPEAT_CREATE && is_maybe_applied(attempt))
        return false;
    return sp_retry_is_transient(attempt) ||
           attempt->failed == SP_KIND_RATE_LIMITED;
}

static int64_t full_jitter(int attempt, double random)
{
    int64_t ceiling = SP_RETRY_BASE_MS;

    for (; attempt > 1 && ceiling < SP_RETRY_CAP_MS; attempt--)
        ceiling *= 2;
    if (ceiling > SP_RETRY_CAP_MS)
        ceiling = SP_RETRY_CAP_MS;
    return (int64_t)(random * (double)ceiling);
}

/* What the server asked for, and a little more that differs from call to
 * call: many who are told the same would come back at the same moment, on
 * connections that the server closes just then. Not beyond the deadline. */
static int64_t asked_and_spread(const struct sp_retry_case *attempt)
{
    int64_t asked_ms = attempt->retry_after_ms;
    int64_t spread_ms = asked_ms / 4, most_ms = attempt->time_left_ms - 1;

    if (asked_ms <= 0 || asked_ms > SP_RETRY_AFTER_MAX_MS)
        return asked_ms;
    if (spread_ms > SP_RETRY_SPREAD_MS)
        spread_ms = SP_RETRY_SPREAD_MS;
    spread_ms = (int64_t)(attempt->random * (double)spread_ms);
    if (asked_ms + spread_ms > most_ms)
        return asked_ms > most_ms ? asked_ms : most_ms;
    return asked_ms + spread_ms;
}

/* Why a transient failure is not tried again, or why it is. */
static enum sp_retry_reason judge(const struct sp_retry_case *attempt,
                                  int tokens, int64_t wait_ms, int cost)
{
    if (attempt->attempt > attempt->max_retries)
        return SP_RETRY_NO_MORE;
    if (attempt->repeat == SP_REPEAT_CREATE && attempt->sent != SP_SENT_NO &&
        answered(attempt) != 429)
        return SP_RETRY_MAYBE_APPLIED;
    if (attempt->repeat != SP_REPEAT_READ && attempt->sent != SP_SENT_NO &&
        attempt->own_key)
        return SP_RETRY_OWN_KEY;
    if (attempt->retry_after_ms > SP_RETRY_AFTER_MAX_MS)
        return SP_RETRY_TOLD_TOO_LONG;
    /* An attempt that starts at the deadline cannot end in time either. */
    if (wait_ms >= attempt->time_left_ms)
        return SP_RETRY_NO_TIME;
    if (tokens < cost)
        return SP_RETRY_NO_BUDGET;
    return attempt->retry_after_ms >= 0 ? SP_RETRY_TOLD_WHEN
                                        : SP_RETRY_BACK_OFF;
}

void sp_retry_decide(const struct sp_retry_case *attempt,
                     struct sp_retry_budget *budget,
                     struct sp_retry_verdict *verdict)
{
    int64_t wait_ms = full_jitter(attempt->attempt, attempt->random);
    int cost =
        answered(attempt) == 429 ? SP_RETRY_COST_THROTTLED : SP_RETRY_COST;

    *verdict = (struct sp_retry_verdict){
        .reason = SP_RETRY_NOT_NEEDED,
        .retryable = is_retryable(attempt),
        .maybe_applied = is_maybe_applied(attempt),
    };
    if (!sp_retry_is_transient(attempt))
        return;
    if (wait_ms < asked_and_spread(attempt))
        wait_ms = asked_and_spread(attempt);
    verdict->reason = judge(attempt, budget->tokens, wait_ms, cost);
    if (verdict->reason == SP_RETRY_BACK_OFF ||
        verdict->reason == SP_RETRY_TOLD_WHEN) {
        verdict->again = true;
        verdict->wait_ms = wait_ms;
        verdict->cost = cost;
        budget->tokens -= cost;
    }
}

/* ---- Retry-After ---------------------------------------------------- */

/* Waits saturate here: 31,000 years, and far from any overflow. */
#define WAIT_MAX_MS INT64_C(1000000000000000)

static int64_t wait_for_date(const char *after, const char *date,
                             int64_t now_s)
{
    int64_t then_s;

    if (now_s < 0)
        now_s = 0;
    else if (now_s > SP_HTTP_DATE_MAX_S)
        now_s = SP_HTTP_DATE_MAX_S;
    if (date != NULL)
        (void)sp_http_date_read(date, now_s, &now_s);
    if (!sp_http_date_read(after, now_s, &then_s))
        return -1;
    return then_s > now_s ? (then_s - now_s) * 1000 : 0;
}

/* All digits that are there; saturates, -1 when there is none. */
static const char *read_digits(const char *at, int64_t *number)
{
    *number = sp_is_digit(*at) ? 0 : -1;
    for (; sp_is_digit(*at); at++) {
        *number = *number * 10 + (*at - '0');
        if (*number > WAIT_MAX_MS)
            *number = WAIT_MAX_MS;
    }
    return at;
}

/* A number of units of so many ms. A fraction is rounded up, because the wait
 * is at least what was asked. */
static int64_t read_wait(const char *text, int64_t unit_ms)
{
    int64_t whole, ms;

    text = read_digits(text, &whole);
    if (whole < 0)
        return -1;
    ms = whole > WAIT_MAX_MS / unit_ms ? WAIT_MAX_MS : whole * unit_ms;
    if (*text == '.') {
        int64_t worth = unit_ms, fraction = 0;
        bool rest = false;

        if (!sp_is_digit(*++text))
            return -1;
        for (; sp_is_digit(*text); text++) {
            worth /= 10;
            fraction += (*text - '0') * worth;
            rest = rest || (worth == 0 && *text != '0');
        }
        ms += fraction + rest;
    }
    return *text == '\0' ? ms : -1;
}

int64_t sp_retry_after(const char *after_ms, const char *after,
                       const char *date, int64_t now_s)
{
    int64_t wait_ms = after_ms != NULL ? read_wait(after_ms, 1) : -1;

    if (wait_ms < 0 && after != NULL) {
        wait_ms = read_wait(after, 1000);
        if (wait_ms < 0)
            wait_ms = wait_for_date(after, date, now_s);
    }
    return wait_ms;
}
