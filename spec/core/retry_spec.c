/* When sp_retry tries again, why not, and how long it waits. What the server
 * asked for is read in retry_after_spec.c. */
#include "sp_retry.h"

#include "check.h"

#define NONE SP_KIND_NONE
#define READ SP_REPEAT_READ
#define UPDATE SP_REPEAT_UPDATE
#define CREATE SP_REPEAT_CREATE
#define NO SP_SENT_NO
#define MAYBE SP_SENT_MAYBE
#define YES SP_SENT_YES

enum { AGAIN = 1, LATER = 2, DOUBT = 4 }; /* again, retryable, maybe_applied */

/* The first of three attempts failed; nothing else stands in the way. */
static const struct sp_retry_case FIRST = {
    .attempt = 1, .max_retries = 2, .retry_after_ms = -1,
    .time_left_ms = 60000, .random = 0.5,
};

static struct sp_retry_verdict decide(struct sp_retry_case attempt,
                                      int tokens)
{
    struct sp_retry_budget budget = {tokens};
    struct sp_retry_verdict verdict;

    sp_retry_decide(&attempt, &budget, &verdict);
    CHECK_INT(budget.tokens, tokens - verdict.cost);
    return verdict;
}

/* What happened, to which kind of call, and what comes of it. */
static const struct what_row {
    const char *name;
    enum sp_repeat repeat;
    enum sp_kind failed;
    int status;
    enum sp_sent sent;
    bool own_key;
    enum sp_retry_reason reason;
    int flags;
} WHAT[] = {
    {"a read that was answered is done",
     READ, NONE, 200, YES, false, SP_RETRY_NOT_NEEDED, 0},
    {"a create that was answered 201 is done",
     CREATE, NONE, 201, YES, false, SP_RETRY_NOT_NEEDED, 0},
    {"an update that was answered 204 is done",
     UPDATE, NONE, 204, YES, false, SP_RETRY_NOT_NEEDED, 0},
    {"a redirect is an answer",
     READ, NONE, 302, YES, false, SP_RETRY_NOT_NEEDED, 0},
    {"a 400 is an answer",
     CREATE, NONE, 400, YES, false, SP_RETRY_NOT_NEEDED, 0},
    {"a 401 is an answer",
     READ, NONE, 401, YES, false, SP_RETRY_NOT_NEEDED, 0},
    {"a 404 is an answer",
     READ, NONE, 404, YES, false, SP_RETRY_NOT_NEEDED, 0},
    {"a 409 is an answer",
     CREATE, NONE, 409, YES, true, SP_RETRY_NOT_NEEDED, 0},
    {"a 422 is an answer",
     UPDATE, NONE, 422, YES, false, SP_RETRY_NOT_NEEDED, 0},
    {"a 501 is an answer to a read",
     READ, NONE, 501, YES, false, SP_RETRY_NOT_NEEDED, 0},
    {"a 505 to a create leaves a doubt but is not transient",
     CREATE, NONE, 505, YES, false, SP_RETRY_NOT_NEEDED, DOUBT},
    {"a 599 to an update leaves a doubt but is not transient",
     UPDATE, NONE, 599, YES, false, SP_RETRY_NOT_NEEDED, DOUBT},

    {"a read is repeated after 408",
     READ, NONE, 408, YES, false, SP_RETRY_BACK_OFF, AGAIN | LATER},
    {"a read is repeated after 429",
     READ, NONE, 429, YES, false, SP_RETRY_BACK_OFF, AGAIN | LATER},
    {"a read is repeated after 500",
     READ, NONE, 500, YES, false, SP_RETRY_BACK_OFF, AGAIN | LATER},
    {"a read is repeated after 502",
     READ, NONE, 502, YES, false, SP_RETRY_BACK_OFF, AGAIN | LATER},
    {"a read is repeated after 503",
     READ, NONE, 503, YES, false, SP_RETRY_BACK_OFF, AGAIN | LATER},
    {"a read is repeated after 504",
     READ, NONE, 504, YES, false, SP_RETRY_BACK_OFF, AGAIN | LATER},
    {"an update is repeated after 408, though it may have been applied",
     UPDATE, NONE, 408, YES, false, SP_RETRY_BACK_OFF,
     AGAIN | LATER | DOUBT},
    {"an update is repeated after 429, which did not apply it",
     UPDATE, NONE, 429, YES, false, SP_RETRY_BACK_OFF, AGAIN | LATER},
    {"an update is not repeated after 429 used up the caller's own key",
     UPDATE, NONE, 429, YES, true, SP_RETRY_OWN_KEY, LATER},
    {"an update that may have arrived with the caller's own key is not",
     UPDATE, SP_KIND_TIMEOUT, 0, SP_SENT_MAYBE, true, SP_RETRY_OWN_KEY,
     LATER | DOUBT},
    {"an update that never left is repeated with the caller's own key",
     UPDATE, SP_KIND_NETWORK, 0, NO, true, SP_RETRY_BACK_OFF, AGAIN | LATER},
    {"an update is repeated after 500, though it may have been applied",
     UPDATE, NONE, 500, YES, false, SP_RETRY_BACK_OFF,
     AGAIN | LATER | DOUBT},
    {"a create is not repeated after 408",
     CREATE, NONE, 408, YES, false, SP_RETRY_MAYBE_APPLIED, DOUBT},
    {"a create is repeated after 429",
     CREATE, NONE, 429, YES, false, SP_RETRY_BACK_OFF, AGAIN | LATER},
    {"a create is not repeated after 429 used up the caller's own key",
     CREATE, NONE, 429, YES, true, SP_RETRY_OWN_KEY, LATER},
    {"a create is not repeated after 500",
     CREATE, NONE, 500, YES, false, SP_RETRY_MAYBE_APPLIED, DOUBT},
    {"a create is not repeated after 502",
     CREATE, NONE, 502, YES, false, SP_RETRY_MAYBE_APPLIED, DOUBT},
    {"a create is not repeated after 503",
     CREATE, NONE, 503, YES, false, SP_RETRY_MAYBE_APPLIED, DOUBT},
    {"a create is not repeated after 504",
     CREATE, NONE, 504, YES, false, SP_RETRY_MAYBE_APPLIED, DOUBT},
    {"a create is not repeated after 503 with the caller's own key",
     CREATE, NONE, 503, YES, true, SP_RETRY_MAYBE_APPLIED, DOUBT},
    {"a create is repeated after a 502 to what never left, as of a proxy",
     CREATE, NONE, 502, NO, false, SP_RETRY_BACK_OFF, AGAIN | LATER},

    {"a read is repeated when it never left",
     READ, SP_KIND_NETWORK, 0, NO, false, SP_RETRY_BACK_OFF, AGAIN | LATER},
    {"a read is repeated when it may have arrived",
     READ, SP_KIND_NETWORK, 0, MAYBE, false, SP_RETRY_BACK_OFF,
     AGAIN | LATER},
    {"a read is repeated when its answer broke off",
     READ, SP_KIND_NETWORK, 200, YES, false, SP_RETRY_BACK_OFF,
     AGAIN | LATER},
    {"a read is repeated when it took too long",
     READ, SP_KIND_TIMEOUT, 0, MAYBE, false, SP_RETRY_BACK_OFF,
     AGAIN | LATER},
    {"an update is repeated without doubt when it never left",
     UPDATE, SP_KIND_NETWORK, 0, NO, false, SP_RETRY_BACK_OFF,
     AGAIN | LATER},
    {"an update is repeated when it may have arrived",
     UPDATE, SP_KIND_TIMEOUT, 0, MAYBE, false, SP_RETRY_BACK_OFF,
     AGAIN | LATER | DOUBT},
    {"an update is repeated when its answer broke off",
     UPDATE, SP_KIND_NETWORK, 200, YES, false, SP_RETRY_BACK_OFF,
     AGAIN | LATER | DOUBT},
    {"a create is repeated when it never left",
     CREATE, SP_KIND_NETWORK, 0, NO, false, SP_RETRY_BACK_OFF,
     AGAIN | LATER},
    {"a create is repeated when connecting took too long",
     CREATE, SP_KIND_TIMEOUT, 0, NO, false, SP_RETRY_BACK_OFF,
     AGAIN | LATER},
    {"a create that never left is repeated with the caller's own key",
     CREATE, SP_KIND_NETWORK, 0, NO, true, SP_RETRY_BACK_OFF,
     AGAIN | LATER},
    {"a create is not repeated when it may have arrived",
     CREATE, SP_KIND_NETWORK, 0, MAYBE, false, SP_RETRY_MAYBE_APPLIED,
     DOUBT},
    {"a create is not repeated when it took too long",
     CREATE, SP_KIND_TIMEOUT, 0, MAYBE, false, SP_RETRY_MAYBE_APPLIED,
     DOUBT},
    {"a create is not repeated when its 201 broke off",
     CREATE, SP_KIND_NETWORK, 201, YES, false, SP_RETRY_MAYBE_APPLIED,
     DOUBT},
    {"a 429 that broke off proves nothing about a create",
     CREATE, SP_KIND_NETWORK, 429, YES, false, SP_RETRY_MAYBE_APPLIED,
     DOUBT},

    {"invalid data is final",
     CREATE, SP_KIND_INVALID, 0, NO, false, SP_RETRY_NOT_NEEDED, 0},
    {"a failure of TLS is final",
     READ, SP_KIND_TLS, 0, NO, false, SP_RETRY_NOT_NEEDED, 0},
    {"a breach of the protocol is final, and a create is in doubt",
     CREATE, SP_KIND_PROTOCOL, 0, YES, false, SP_RETRY_NOT_NEEDED, DOUBT},
    {"a breach of the protocol is final also with a 503",
     READ, SP_KIND_PROTOCOL, 503, YES, false, SP_RETRY_NOT_NEEDED, 0},
    {"a call that our own limit stopped is not tried now but may be later",
     CREATE, SP_KIND_RATE_LIMITED, 0, NO, false, SP_RETRY_NOT_NEEDED, LATER},
    {"a call cancelled before it left is final",
     UPDATE, SP_KIND_CANCELLED, 0, NO, false, SP_RETRY_NOT_NEEDED, 0},
    {"a create cancelled on its way is final and in doubt",
     CREATE, SP_KIND_CANCELLED, 0, MAYBE, false, SP_RETRY_NOT_NEEDED, DOUBT},
    {"an update on its way when the client closed is final and in doubt",
     UPDATE, SP_KIND_CLOSED, 0, MAYBE, false, SP_RETRY_NOT_NEEDED, DOUBT},
    {"a read cancelled on its way leaves no doubt",
     READ, SP_KIND_CANCELLED, 0, MAYBE, false, SP_RETRY_NOT_NEEDED, 0},
};

static void test_what_happened(void)
{
    for (size_t i = 0; i < sizeof WHAT / sizeof *WHAT; i++) {
        const struct what_row *row = &WHAT[i];
        struct sp_retry_case attempt = FIRST;
        struct sp_retry_verdict verdict;

        check_case(row->name);
        attempt.repeat = row->repeat;
        attempt.failed = row->failed;
        attempt.status = row->status;
        attempt.sent = row->sent;
        attempt.own_key = row->own_key;
        verdict = decide(attempt, SP_RETRY_BUDGET_START);
        CHECK_INT(verdict.reason, row->reason);
        CHECK_INT(verdict.again, (row->flags & AGAIN) != 0);
        CHECK_INT(verdict.retryable, (row->flags & LATER) != 0);
        CHECK_INT(verdict.maybe_applied, (row->flags & DOUBT) != 0);
    }
}

/* A read that failed on the network or was answered; the rest varies. */
static const struct limit_row {
    const char *name;
    int status; /* 0: the network failed */
    int attempt, max_retries;
    int64_t retry_after_ms, time_left_ms;
    int tokens;
    double random;
    enum sp_retry_reason reason;
    int64_t wait_ms;
    int cost;
} LIMITS[] = {
    {"the last allowed retry is made",
     0, 2, 2, -1, 60000, 500, 0.5, SP_RETRY_BACK_OFF, 250, 14},
    {"one more is not",
     0, 3, 2, -1, 60000, 500, 0.5, SP_RETRY_NO_MORE, 0, 0},
    {"max_retries of 0 switches repeats off",
     0, 1, 0, -1, 60000, 500, 0.5, SP_RETRY_NO_MORE, 0, 0},

    {"full jitter begins at nothing",
     500, 1, 9, -1, 60000, 500, 0.0, SP_RETRY_BACK_OFF, 0, 14},
    {"full jitter ends below the first ceiling",
     500, 1, 9, -1, 60000, 500, 0.9999, SP_RETRY_BACK_OFF, 249, 14},
    {"the ceiling doubles with the second attempt",
     500, 2, 9, -1, 60000, 500, 0.9999, SP_RETRY_BACK_OFF, 499, 14},
    {"the ceiling is 8 s at the sixth",
     500, 6, 9, -1, 60000, 500, 0.5, SP_RETRY_BACK_OFF, 4000, 14},
    {"the ceiling stops at the cap",
     500, 7, 9, -1, 60000, 500, 0.5, SP_RETRY_BACK_OFF, 5000, 14},
    {"the ceiling stays at the cap however often it was tried",
     500, 1000000, 2000000, -1, 60000, 500, 0.5, SP_RETRY_BACK_OFF, 5000,
     14},

    {"waits as long as the server asked for",
     503, 1, 2, 1000, 60000, 500, 0.0, SP_RETRY_TOLD_WHEN, 1000, 14},
    {"waits up to a quarter longer than that",
     503, 1, 2, 1000, 60000, 500, 0.9999, SP_RETRY_TOLD_WHEN, 1249, 14},
    {"waits up to a second longer",
     503, 1, 2, 40000, 60000, 500, 0.5, SP_RETRY_TOLD_WHEN, 40500, 14},
    {"waits a little longer only as far as the deadline allows",
     503, 1, 2, 1000, 1100, 500, 0.9999, SP_RETRY_TOLD_WHEN, 1099, 14},
    {"waits its own jitter when the server asked for less",
     503, 1, 2, 100, 60000, 500, 0.8, SP_RETRY_TOLD_WHEN, 200, 14},
    {"does not hurry back when the server says now",
     429, 1, 2, 0, 60000, 500, 0.5, SP_RETRY_TOLD_WHEN, 125, 5},
    {"waits what is asked up to the bound",
     503, 1, 2, 60000, 60001, 500, 0.5, SP_RETRY_TOLD_WHEN, 60000, 14},
    {"gives up when the server asks for more than the bound",
     503, 1, 2, 60001, 1000000, 500, 0.5, SP_RETRY_TOLD_TOO_LONG, 0, 0},
    {"gives up when the server asks for ages",
     429, 1, 2, INT64_MAX, INT64_MAX, 500, 0.5, SP_RETRY_TOLD_TOO_LONG, 0,
     0},

    {"begins a wait that ends before the deadline",
     503, 1, 2, 1000, 1001, 500, 0.5, SP_RETRY_TOLD_WHEN, 1000, 14},
    {"begins no wait that ends at the deadline",
     503, 1, 2, 1000, 1000, 500, 0.5, SP_RETRY_NO_TIME, 0, 0},
    {"begins no back-off that passes the deadline",
     0, 1, 2, -1, 100, 500, 0.5, SP_RETRY_NO_TIME, 0, 0},
    {"begins nothing when no time is left",
     0, 1, 2, -1, 0, 500, 0.0, SP_RETRY_NO_TIME, 0, 0},
    {"begins nothing after the deadline",
     0, 1, 2, -1, -50, 500, 0.0, SP_RETRY_NO_TIME, 0, 0},
    {"may wait for long when there is no deadline",
     0, 9, 9, -1, INT64_MAX, 500, 0.5, SP_RETRY_BACK_OFF, 5000, 14},

    {"a retry takes the last of the budget",
     0, 1, 2, -1, 60000, 14, 0.5, SP_RETRY_BACK_OFF, 125, 14},
    {"a spent budget fails at once",
     0, 1, 2, -1, 60000, 13, 0.5, SP_RETRY_NO_BUDGET, 0, 0},
    {"a throttled call takes less of the budget",
     429, 1, 2, -1, 60000, 5, 0.5, SP_RETRY_BACK_OFF, 125, 5},
    {"a budget can be too small for that, too",
     429, 1, 2, -1, 60000, 4, 0.5, SP_RETRY_NO_BUDGET, 0, 0},
    {"a budget of nothing fails at once",
     503, 1, 2, 10, 60000, 0, 0.5, SP_RETRY_NO_BUDGET, 0, 0},
};

static void test_limits(void)
{
    for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) {
        const struct limit_row *row = &LIMITS[i];
        struct sp_retry_verdict verdict;

        check_case(row->name);
        verdict = decide((struct sp_retry_case){
            .repeat = READ,
            .attempt = row->attempt,
            .max_retries = row->max_retries,
            .failed = row->status == 0 ? SP_KIND_NETWORK : NONE,
            .status = row->status,
            .sent = row->status == 0 ? MAYBE : YES,
            .retry_after_ms = row->retry_after_ms,
            .time_left_ms = row->time_left_ms,
            .random = row->random,
        }, row->tokens);
        CHECK_INT(verdict.reason, row->reason);
        CHECK_INT(verdict.wait_ms, row->wait_ms);
        CHECK_INT(verdict.cost, row->cost);
        CHECK_INT(verdict.again, row->cost > 0);
        CHECK(verdict.retryable);
    }
}

/* Everything stands against a retry; each step takes the first away. */
static void test_order(void)
{
    struct sp_retry_case attempt = {
        .repeat = CREATE, .attempt = 1, .max_retries = 0, .failed = NONE,
        .status = 503, .sent = YES, .own_key = true,
        .retry_after_ms = 60001, .time_left_ms = 0,
    };

    check_case("gives the first reason of those that hold");
    CHECK_INT(decide(attempt, 0).reason, SP_RETRY_NO_MORE);
    attempt.max_retries = 1;
    CHECK_INT(decide(attempt, 0).reason, SP_RETRY_MAYBE_APPLIED);
    attempt.status = 429;
    CHECK_INT(decide(attempt, 0).reason, SP_RETRY_OWN_KEY);
    attempt.own_key = false;
    CHECK_INT(decide(attempt, 0).reason, SP_RETRY_TOLD_TOO_LONG);
    attempt.retry_after_ms = 10;
    CHECK_INT(decide(attempt, 0).reason, SP_RETRY_NO_TIME);
    attempt.time_left_ms = 11;
    CHECK_INT(decide(attempt, 0).reason, SP_RETRY_NO_BUDGET);
    CHECK_INT(decide(attempt, 5).reason, SP_RETRY_TOLD_WHEN);
    attempt.retry_after_ms = -1;
    CHECK_INT(decide(attempt, 5).reason, SP_RETRY_BACK_OFF);

    check_case("keeps the doubt about a create whatever the reason");
    attempt.max_retries = 0;
    attempt.status = 503;
    CHECK(decide(attempt, 0).maybe_applied);
    CHECK(!decide(attempt, 0).retryable);
}

static void check_any(struct sp_retry_case attempt)
{
    struct sp_retry_verdict verdict = decide(attempt, 100);

    if (verdict.again) {
        CHECK(verdict.retryable);
        CHECK(verdict.cost > 0);
        CHECK(verdict.reason == SP_RETRY_BACK_OFF ||
              verdict.reason == SP_RETRY_TOLD_WHEN);
        CHECK(attempt.repeat != CREATE || attempt.sent == NO ||
              (attempt.failed == NONE && attempt.status == 429));
        CHECK(attempt.repeat == READ || attempt.sent == NO ||
              !attempt.own_key);
    } else {
        CHECK_INT(verdict.wait_ms, 0);
        CHECK_INT(verdict.cost, 0);
    }
    if (verdict.maybe_applied)
        CHECK(attempt.repeat != READ && attempt.sent != NO);
    if (attempt.repeat == CREATE && verdict.maybe_applied)
        CHECK(!verdict.retryable);
}

static void test_every_combination(void)
{
    struct sp_retry_case attempt = FIRST;

    check_case("never repeats a create that may have arrived, in any case");
    for (int each = 0; each < 3 * 3 * 2 * 9; each++) {
        attempt.repeat = (enum sp_repeat)(each % 3);
        attempt.sent = (enum sp_sent)(each / 3 % 3);
        attempt.own_key = each / 9 % 2 == 1;
        attempt.failed = (enum sp_kind)(each / 18);
        for (attempt.status = 0; attempt.status < 600; attempt.status++)
            check_any(attempt);
    }
}

static void test_budget(void)
{
    struct sp_retry_budget budget = {0};
    struct sp_retry_verdict verdict;
    struct sp_retry_case attempt = FIRST;
    int retries = 0;

    check_case("is empty when zeroed");
    attempt.failed = SP_KIND_NETWORK;
    sp_retry_decide(&attempt, &budget, &verdict);
    CHECK_INT(verdict.reason, SP_RETRY_NO_BUDGET);

    check_case("lasts for 35 retries in an outage");
    sp_retry_budget_init(&budget);
    CHECK_INT(budget.tokens, 500);
    do {
        sp_retry_decide(&attempt, &budget, &verdict);
        retries += verdict.again ? 1 : 0;
    } while (verdict.again && retries < 1000);
    CHECK_INT(retries, 35);
    CHECK_INT(budget.tokens, 10);

    check_case("gets one back for a success at the first attempt");
    sp_retry_budget_success(&budget, 0);
    CHECK_INT(budget.tokens, 11);

    check_case("gets the cost back for a success after a retry");
    sp_retry_budget_success(&budget, SP_RETRY_COST_THROTTLED);
    CHECK_INT(budget.tokens, 16);
    sp_retry_budget_success(&budget, SP_RETRY_COST);
    CHECK_INT(budget.tokens, 30);

    check_case("never holds more than at the start");
    budget.tokens = 490;
    sp_retry_budget_success(&budget, SP_RETRY_COST);
    CHECK_INT(budget.tokens, 500);
    sp_retry_budget_success(&budget, 0);
    CHECK_INT(budget.tokens, 500);
}

static void test_names(void)
{
    static const char *const NAMES[] = {
        [SP_RETRY_NOT_NEEDED] = "",
        [SP_RETRY_BACK_OFF] = "back_off",
        [SP_RETRY_TOLD_WHEN] = "retry_after",
        [SP_RETRY_NO_MORE] = "max_retries",
        [SP_RETRY_MAYBE_APPLIED] = "maybe_applied",
        [SP_RETRY_OWN_KEY] = "own_key",
        [SP_RETRY_TOLD_TOO_LONG] = "retry_after_too_long",
        [SP_RETRY_NO_TIME] = "deadline",
        [SP_RETRY_NO_BUDGET] = "budget",
    };

    check_case("names every reason");
    for (int i = SP_RETRY_NOT_NEEDED; i <= SP_RETRY_NO_BUDGET; i++)
        CHECK_TEXT(sp_retry_reason_name((enum sp_retry_reason)i), NAMES[i]);
}

int main(void)
{
    test_what_happened();
    test_limits();
    test_order();
    test_every_combination();
    test_budget();
    test_names();
    return check_done();
}
