/* sp_call on a clock that the spec moves: every transition, what becomes of
 * every attempt, and every deadline. */
#include "sp_call_private.h"

#include "alloc.h"
#include "check.h"
#include "sp_clock.h"

enum {
    START_MS = 1000,
    CONNECT_MS = 4000,
    TIMEOUT_MS = 10000,
    DEADLINE_MS = 60000,
    RETRIES = 2
};

static const unsigned char RANDOM[SP_KEY_BYTES] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
    0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
};
static const unsigned char OTHER[SP_KEY_BYTES] = { 1 };

static struct sp_calls calls;
static struct sp_exchange_request sent;
static char a_place; /* stands for an exchange, which nobody looks into */

static struct sp_exchange *exchange(void)
{
    return (struct sp_exchange *)(void *)&a_place;
}

static struct sp_call *new_call(enum sp_repeat repeat, const char *key)
{
    struct sp_buffer lines, body;
    struct sp_call *call = NULL;
    struct sp_request request = {
        .method = repeat == SP_REPEAT_READ ? "GET" : "POST",
        .url = "https://api.example.com/v2/customer",
        .lines = &lines,
        .body = &body,
        .repeat = repeat,
        .idempotency_key = key,
        .connect_timeout_ms = CONNECT_MS,
        .timeout_ms = TIMEOUT_MS,
        .deadline_ms = DEADLINE_MS,
        .max_retries = RETRIES,
    };

    sp_buffer_init(&lines, 1000);
    sp_buffer_init(&body, 1000);
    sp_buffer_append(&lines, "Authorization: Bearer sandbox_key",
                     sizeof "Authorization: Bearer sandbox_key");
    sp_buffer_append(&body, "{}", 2);
    CHECK_INT(sp_call_new(&request, NULL, &call, NULL), SP_OK);
    return call;
}

/* Empty lists, a full budget, and a call that is in line. */
static struct sp_call *in_line(enum sp_repeat repeat)
{
    struct sp_call *call = new_call(repeat, NULL);

    sp_retry_budget_init(&calls.budget);
    CHECK_INT(sp_call_pend(call, &calls, START_MS), SP_OK);
    return call;
}

static struct sp_call *under_way(enum sp_repeat repeat)
{
    struct sp_call *call = in_line(repeat);

    sp_call_begin(call, exchange(), RANDOM, START_MS, &sent);
    return call;
}

static void drop(struct sp_call *call)
{
    sp_call_free(call);
    sp_timers_clear(&calls.timers);
    calls = (struct sp_calls){ .order = 0 };
}

/* What attempts come to. */
static const struct sp_attempt OK = {
    .status = 200, .sent = SP_SENT_YES, .retry_after_ms = -1,
};
static const struct sp_attempt REFUSED = {
    .status = 422, .sent = SP_SENT_YES, .retry_after_ms = -1,
};
static const struct sp_attempt BUSY = {
    .status = 503, .sent = SP_SENT_YES, .retry_after_ms = -1,
};
static const struct sp_attempt THROTTLED = {
    .status = 429, .sent = SP_SENT_YES, .retry_after_ms = 2000,
};
static const struct sp_attempt UNSENT = {
    .failed = SP_KIND_NETWORK, .sent = SP_SENT_NO, .retry_after_ms = -1,
    .detail = "nobody listens",
};
static const struct sp_attempt LOST = {
    .failed = SP_KIND_NETWORK, .sent = SP_SENT_MAYBE, .retry_after_ms = -1,
    .detail = "the connection was lost",
};
static const struct sp_attempt SILENT = {
    .failed = SP_KIND_TIMEOUT, .sent = SP_SENT_MAYBE, .retry_after_ms = -1,
    .needs_fresh = true, .detail = "no answer came in time",
};
static const struct sp_attempt HOPELESS = {
    .failed = SP_KIND_NETWORK, .hopeless = true, .sent = SP_SENT_NO,
    .retry_after_ms = -1, .detail = "the proxy refused",
};

/* ---- into the line and out of it -------------------------------------- */

static void transitions(void)
{
    struct sp_call *call = new_call(SP_REPEAT_READ, NULL);
    struct sp_call *write = new_call(SP_REPEAT_CREATE, NULL);

    check_case("a new call is nowhere");
    CHECK_INT(call->state, SP_CALL_NEW);
    CHECK(!sp_call_is_done(call) && !call->list && !call->timer.place);

    check_case("it stands in the line of its kind, with its deadline set");
    sp_retry_budget_init(&calls.budget);
    CHECK_INT(sp_call_pend(call, &calls, START_MS), SP_OK);
    CHECK_INT(sp_call_pend(write, &calls, START_MS), SP_OK);
    CHECK_INT(call->state, SP_CALL_PENDING);
    CHECK(calls.pending[SP_READS].first == call);
    CHECK(calls.pending[SP_WRITES].first == write);
    CHECK_INT(call->timer.at_ms, START_MS + DEADLINE_MS);
    CHECK(call->order < write->order);

    check_case("an attempt moves it out of the line, with a time of its own");
    sp_call_begin(call, exchange(), RANDOM, 3000, &sent);
    CHECK_INT(call->state, SP_CALL_RUNNING);
    CHECK_INT(calls.pending[SP_READS].count, 0);
    CHECK(calls.running.first == call && call->exchange == exchange());
    CHECK_INT(call->timer.at_ms, 3000 + TIMEOUT_MS);

    check_case("a success ends it, gives its timer and wipes what it sent");
    CHECK(!sp_call_end(call, &OK, 0, 3100));
    CHECK(sp_call_is_done(call) && calls.done.first == call);
    CHECK_INT(calls.running.count, 0);
    CHECK(!call->timer.place && !call->exchange);
    CHECK_INT(call->lines.len + call->body.len, 0);
    CHECK_INT(call->attempts[0].at_ms, 2000);
    CHECK_INT(call->attempts[0].took_ms, 100);

    check_case("it is taken out of the finished ones");
    sp_call_take(call);
    CHECK(!calls.done.first && !call->calls);

    check_case("a call that is freed while it waits to be taken leaves");
    sp_call_fail(write, SP_KIND_CANCELLED, "cancelled", NULL, 3000);
    CHECK_INT(calls.done.count, 1);
    sp_call_free(write);
    CHECK_INT(calls.done.count, 0);
    drop(call);
}

static void back_offs(void)
{
    struct sp_call *call = under_way(SP_REPEAT_READ);

    check_case("a transient failure backs off, to a time that is its timer's");
    CHECK(sp_call_end(call, &BUSY, 0.5, 2000));
    CHECK_INT(call->state, SP_CALL_BACKING_OFF);
    CHECK(calls.backing_off.first == call);
    CHECK_INT(call->attempts[0].wait_ms, SP_RETRY_BASE_MS / 2);
    CHECK_INT(call->timer.at_ms, 2000 + SP_RETRY_BASE_MS / 2);
    CHECK_INT(calls.unreported, 1);

    check_case("it is reported once");
    sp_call_report(call);
    CHECK_INT(calls.unreported, 0);
    sp_call_report(call);
    CHECK_INT(calls.unreported, 0);

    check_case("it stands in line again, and its deadline stays what it was");
    CHECK_INT(sp_call_pend(call, &calls, 2125), SP_OK);
    CHECK_INT(call->state, SP_CALL_PENDING);
    CHECK_INT(call->timer.at_ms, START_MS + DEADLINE_MS);

    check_case("a back-off that nobody was told of is not told afterwards");
    sp_call_begin(call, exchange(), RANDOM, 2200, &sent);
    CHECK(sp_call_end(call, &BUSY, 0, 2300));
    CHECK_INT(calls.unreported, 1);
    sp_call_fail(call, SP_KIND_CANCELLED, "cancelled", NULL, 2400);
    CHECK_INT(calls.unreported, 0);
    CHECK_INT(call->answer.failed, SP_KIND_CANCELLED);
    CHECK(!call->answer.retryable);
    drop(call);
}

static void askings(void)
{
    struct sp_call *call = under_way(SP_REPEAT_READ);

    check_case("what asks is due at the deadline, and is heard once");
    CHECK(sp_call_end(call, &BUSY, 0.5, 2000));
    CHECK_INT(sp_call_ask(call), SP_OK);
    CHECK_INT(call->state, SP_CALL_ASKING);
    CHECK(calls.asking.first == call && calls.backing_off.count == 0);
    CHECK_INT(call->timer.at_ms, START_MS + DEADLINE_MS);
    sp_call_hear(call);
    CHECK_INT(call->state, SP_CALL_ASKING);
    CHECK(calls.asked.first == call && calls.asking.count == 0);

    check_case("put off, it backs off for so long, and is no news");
    sp_call_report(call);
    sp_call_put_off(call, 2700);
    CHECK_INT(call->state, SP_CALL_BACKING_OFF);
    CHECK_INT(call->timer.at_ms, 2700);
    CHECK_INT(calls.unreported, 0);

    check_case("admitted, it stands in line with the deadline it had");
    CHECK_INT(sp_call_ask(call), SP_OK);
    sp_call_hear(call);
    CHECK_INT(sp_call_pend(call, &calls, 2800), SP_OK);
    CHECK_INT(call->state, SP_CALL_PENDING);
    CHECK(calls.pending[SP_READS].first == call && calls.asked.count == 0);
    CHECK_INT(call->timer.at_ms, START_MS + DEADLINE_MS);

    check_case("given up while it asks, it has what its last attempt came to");
    sp_call_begin(call, exchange(), RANDOM, 2900, &sent);
    CHECK(sp_call_end(call, &BUSY, 0, 3000));
    CHECK_INT(sp_call_ask(call), SP_OK);
    sp_call_fail(call, SP_KIND_RATE_LIMITED, "no turn", NULL, 3100);
    CHECK_INT(call->state, SP_CALL_DONE);
    CHECK_INT(call->answer.status, 503);
    CHECK_INT(call->attempts[1].reason, SP_RETRY_NO_TIME);
    CHECK_INT(calls.asking.count + calls.asked.count, 0);
    drop(call);
}

/* ---- what becomes of attempts ----------------------------------------- */

static const struct verdict {
    const char *name;
    enum sp_repeat repeat;
    const struct sp_attempt *came;
    bool again;
    enum sp_retry_reason reason;
    bool retryable, maybe_applied;
} VERDICTS[] = {
    {"a success is not repeated", SP_REPEAT_CREATE, &OK,
     false, SP_RETRY_NOT_NEEDED, false, false},
    {"a refusal is not repeated", SP_REPEAT_READ, &REFUSED,
     false, SP_RETRY_NOT_NEEDED, false, false},
    {"a read is repeated after a 503", SP_REPEAT_READ, &BUSY,
     true, SP_RETRY_BACK_OFF, true, false},
    {"an update is repeated after a 503", SP_REPEAT_UPDATE, &BUSY,
     true, SP_RETRY_BACK_OFF, true, true},
    {"a create is not repeated after a 503", SP_REPEAT_CREATE, &BUSY,
     false, SP_RETRY_MAYBE_APPLIED, false, true},
    {"a create is repeated after a 429", SP_REPEAT_CREATE, &THROTTLED,
     true, SP_RETRY_TOLD_WHEN, true, false},
    {"a create that never left is repeated", SP_REPEAT_CREATE, &UNSENT,
     true, SP_RETRY_BACK_OFF, true, false},
    {"a create that may have left is not", SP_REPEAT_CREATE, &LOST,
     false, SP_RETRY_MAYBE_APPLIED, false, true},
    {"nor one that met silence", SP_REPEAT_CREATE, &SILENT,
     false, SP_RETRY_MAYBE_APPLIED, false, true},
    {"an update that met silence is", SP_REPEAT_UPDATE, &SILENT,
     true, SP_RETRY_BACK_OFF, true, true},
    {"what is hopeless is not repeated", SP_REPEAT_READ, &HOPELESS,
     false, SP_RETRY_NOT_NEEDED, false, false},
};

static void verdicts(void)
{
    for (size_t i = 0; i < sizeof VERDICTS / sizeof *VERDICTS; i++) {
        const struct verdict *want = &VERDICTS[i];
        struct sp_call *call = under_way(want->repeat);
        const struct sp_answer *answer = sp_call_answer(call);

        check_case(want->name);
        CHECK_INT(sp_call_end(call, want->came, 0.5, 2000), want->again);
        CHECK_INT(call->state,
                  want->again ? SP_CALL_BACKING_OFF : SP_CALL_DONE);
        CHECK_INT(call->attempts[0].reason, want->reason);
        CHECK_INT(answer->retryable, want->retryable);
        CHECK_INT(answer->maybe_applied, want->maybe_applied);
        CHECK_INT(answer->failed, want->came->failed);
        CHECK_INT(answer->status, want->came->status);
        CHECK_INT(answer->sent, want->came->sent);
        CHECK_INT(answer->retry_after_ms, want->came->retry_after_ms);
        CHECK_TEXT(answer->message, want->came->detail);
        drop(call);
    }
}

static void repeats(void)
{
    struct sp_call *call = under_way(SP_REPEAT_UPDATE);

    check_case("no attempt follows the last that is allowed");
    for (int i = 0; i < RETRIES; i++) {
        CHECK(sp_call_end(call, &LOST, 0, 2000));
        CHECK_INT(sp_call_pend(call, &calls, 2000), SP_OK);
        sp_call_begin(call, exchange(), OTHER, 2000, &sent);
    }
    CHECK(!sp_call_end(call, &UNSENT, 0, 2000));
    CHECK_INT(call->attempt_count, RETRIES + 1);
    CHECK_INT(call->attempts[RETRIES].reason, SP_RETRY_NO_MORE);

    check_case("how far it got is what the attempt that got furthest says");
    CHECK_INT(call->answer.sent, SP_SENT_MAYBE);
    CHECK(call->answer.maybe_applied);
    drop(call);

    check_case("a success takes back that it may have been applied");
    call = under_way(SP_REPEAT_UPDATE);
    CHECK(sp_call_end(call, &LOST, 0, 2000));
    CHECK_INT(calls.budget.tokens, SP_RETRY_BUDGET_START - SP_RETRY_COST);
    CHECK_INT(sp_call_pend(call, &calls, 2000), SP_OK);
    sp_call_begin(call, exchange(), OTHER, 2000, &sent);
    CHECK(!sp_call_end(call, &OK, 0, 2000));
    CHECK(!call->answer.maybe_applied);
    CHECK_TEXT(call->answer.message, "");

    check_case("and gives the budget back what the repeat had cost");
    CHECK_INT(calls.budget.tokens, SP_RETRY_BUDGET_START);
    drop(call);

    check_case("without a budget nothing is repeated");
    call = under_way(SP_REPEAT_READ);
    calls.budget.tokens = SP_RETRY_COST - 1;
    CHECK(!sp_call_end(call, &BUSY, 0, 2000));
    CHECK_INT(call->attempts[0].reason, SP_RETRY_NO_BUDGET);
    CHECK_INT(calls.budget.tokens, SP_RETRY_COST - 1);
    drop(call);
}

/* ---- keys ------------------------------------------------------------- */

static void keys(void)
{
    char first[64];
    struct sp_call *call = under_way(SP_REPEAT_READ);

    check_case("a read has no key");
    CHECK(!sent.key && !sp_call_needs_key(call));
    drop(call);

    check_case("a write has a version 4 UUID, of the bytes it is given");
    call = under_way(SP_REPEAT_CREATE);
    CHECK_TEXT(sent.key, "00112233-4455-4677-8899-aabbccddeeff");
    strcpy(first, sent.key);

    check_case("a key that never left is used again");
    CHECK(sp_call_end(call, &UNSENT, 0, 2000));
    CHECK(!sp_call_needs_key(call));
    CHECK_INT(sp_call_pend(call, &calls, 2000), SP_OK);
    sp_call_begin(call, exchange(), OTHER, 2000, &sent);
    CHECK_TEXT(sent.key, first);

    check_case("one that has been seen is not");
    CHECK(sp_call_end(call, &THROTTLED, 0, 2000));
    CHECK(sp_call_needs_key(call));
    CHECK_INT(sp_call_pend(call, &calls, 4000), SP_OK);
    sp_call_begin(call, exchange(), OTHER, 4000, &sent);
    CHECK(strcmp(sent.key, first) != 0);
    CHECK_TEXT(call->answer.key, sent.key);
    drop(call);

    check_case("the caller's own key stays, and is sent once");
    call = new_call(SP_REPEAT_UPDATE, "mine");
    sp_retry_budget_init(&calls.budget);
    CHECK_INT(sp_call_pend(call, &calls, START_MS), SP_OK);
    CHECK(!sp_call_needs_key(call));
    sp_call_begin(call, exchange(), RANDOM, START_MS, &sent);
    CHECK_TEXT(sent.key, "mine");
    CHECK(!sp_call_end(call, &BUSY, 0, 2000));
    CHECK_INT(call->attempts[0].reason, SP_RETRY_OWN_KEY);
    drop(call);
}

/* ---- deadlines -------------------------------------------------------- */

static void deadlines(void)
{
    enum { END_MS = START_MS + DEADLINE_MS };
    struct sp_call *call = in_line(SP_REPEAT_READ);

    check_case("an attempt has no more time than the call has left");
    sp_call_begin(call, exchange(), RANDOM, END_MS - 3000, &sent);
    CHECK_INT(sent.timeout_ms, 3000);
    CHECK_INT(sent.connect_timeout_ms, 3000);
    CHECK_INT(call->timer.at_ms, END_MS);

    check_case("a wait that would pass the deadline is not begun");
    CHECK(!sp_call_end(call, &THROTTLED, 0, END_MS - 2000));
    CHECK_INT(call->attempts[0].reason, SP_RETRY_NO_TIME);
    CHECK_INT(call->answer.status, 429);
    CHECK(call->answer.retryable);
    drop(call);

    check_case("with time enough an attempt has its own, and so has making "
               "a connection");
    call = under_way(SP_REPEAT_READ);
    CHECK_INT(sent.timeout_ms, TIMEOUT_MS);
    CHECK_INT(sent.connect_timeout_ms, CONNECT_MS);
    drop(call);

    check_case("an attempt that begins at the deadline has a millisecond");
    call = in_line(SP_REPEAT_READ);
    sp_call_begin(call, exchange(), RANDOM, END_MS + 5, &sent);
    CHECK_INT(sent.timeout_ms, 1);
    drop(call);

    check_case("a deadline that never comes does not overflow");
    call = new_call(SP_REPEAT_READ, NULL);
    call->deadline_ms = INT64_MAX;
    CHECK_INT(sp_call_pend(call, &calls, START_MS), SP_OK);
    CHECK_INT(call->timer.at_ms, SP_CLOCK_NEVER);
    sp_call_begin(call, exchange(), RANDOM, START_MS, &sent);
    CHECK_INT(sent.timeout_ms, TIMEOUT_MS);
    drop(call);

    check_case("the deadline in line, after an attempt, leaves its result");
    call = under_way(SP_REPEAT_READ);
    CHECK(sp_call_end(call, &BUSY, 0, 2000));
    CHECK_INT(sp_call_pend(call, &calls, 2000), SP_OK);
    sp_call_fail(call, SP_KIND_TIMEOUT, "too late", NULL, END_MS);
    CHECK_INT(call->answer.failed, SP_KIND_NONE);
    CHECK_INT(call->answer.status, 503);
    CHECK_INT(call->attempts[0].reason, SP_RETRY_NO_TIME);
    drop(call);

    check_case("without an attempt it is what became of the call");
    call = in_line(SP_REPEAT_CREATE);
    sp_call_fail(call, SP_KIND_RATE_LIMITED, "too late", NULL, END_MS);
    CHECK_INT(call->answer.failed, SP_KIND_RATE_LIMITED);
    CHECK_INT(call->answer.sent, SP_SENT_NO);
    CHECK(call->answer.retryable && !call->answer.maybe_applied);
    CHECK_TEXT(call->answer.message, "too late");
    CHECK_INT(call->attempt_count, 0);
    drop(call);
}

static void connections(void)
{
    struct sp_call *call = under_way(SP_REPEAT_READ);

    check_case("the first attempt takes any connection");
    CHECK(!sent.fresh_connection);
    CHECK_INT(sent.max_idle_ms, 0);

    check_case("after silence the next takes a new one, and only the next");
    CHECK(sp_call_end(call, &SILENT, 0, 2000));
    CHECK_INT(sp_call_pend(call, &calls, 2000), SP_OK);
    sp_call_begin(call, exchange(), RANDOM, 2000, &sent);
    CHECK(sent.fresh_connection);

    check_case("after a long wait none that was idle for half of it");
    CHECK(sp_call_end(call, &THROTTLED, 0, 2000));
    CHECK_INT(sp_call_pend(call, &calls, 4000), SP_OK);
    sp_call_begin(call, exchange(), RANDOM, 4000, &sent);
    CHECK(!sent.fresh_connection);
    CHECK_INT(sent.max_idle_ms, 1000);
    drop(call);
}

/* ---- ends of our own -------------------------------------------------- */

static void ends(void)
{
    struct sp_call *call = new_call(SP_REPEAT_CREATE, NULL);

    check_case("a call that was never under way can be cancelled");
    sp_call_fail(call, SP_KIND_CANCELLED, "cancelled", NULL, 0);
    CHECK(sp_call_is_done(call) && !call->list);
    CHECK_INT(call->answer.failed, SP_KIND_CANCELLED);
    drop(call);

    check_case("an attempt that is cut off is in the list, as what cut it");
    call = under_way(SP_REPEAT_CREATE);
    sp_call_fail(call, SP_KIND_CANCELLED, "cancelled", &LOST, 2500);
    CHECK_INT(call->attempt_count, 1);
    CHECK_INT(call->attempts[0].failed, SP_KIND_CANCELLED);
    CHECK_INT(call->attempts[0].took_ms, 1500);
    CHECK_TEXT(call->attempts[0].detail, "cancelled");
    CHECK(call->answer.maybe_applied && !call->answer.retryable);
    CHECK(!call->exchange && !call->timer.place);
    drop(call);

    check_case("cut off before it left, nothing was applied");
    call = under_way(SP_REPEAT_CREATE);
    sp_call_fail(call, SP_KIND_NETWORK, "no engine", &UNSENT, 2500);
    CHECK(!call->answer.maybe_applied && call->answer.retryable);
    CHECK_INT(call->answer.failed, SP_KIND_NETWORK);
    drop(call);

    check_case("of what another process goes on with nothing is known");
    call = under_way(SP_REPEAT_CREATE);
    sp_call_disown(call);
    sp_call_fail(call, SP_KIND_CLOSED, "the parent's", NULL, 2500);
    CHECK_INT(call->answer.sent, SP_SENT_MAYBE);
    CHECK(call->answer.maybe_applied && !call->answer.retryable);
    CHECK_INT(call->attempt_count, 0);
    drop(call);
}

static void memory(void)
{
    struct sp_call *call = new_call(SP_REPEAT_READ, NULL), *next = NULL;
    struct sp_buffer lines, body;
    struct sp_request request = {
        .method = "GET", .url = "https://api.example.com/v2/customer",
        .lines = &lines, .body = &body, .deadline_ms = DEADLINE_MS,
        .timeout_ms = TIMEOUT_MS, .connect_timeout_ms = CONNECT_MS,
    };

    sp_buffer_init(&lines, 1000);
    sp_buffer_init(&body, 1000);

    check_case("without memory for a timer it is in no line");
    alloc_fail(1);
    CHECK_INT(sp_call_pend(call, &calls, START_MS), SP_ERR_NO_MEMORY);
    alloc_fail(0);
    CHECK_INT(call->state, SP_CALL_NEW);
    CHECK(!call->list && !call->calls);
    CHECK_INT(calls.pending[SP_READS].count, 0);

    check_case("without memory there is no call");
    alloc_fail(1);
    CHECK_INT(sp_call_new(&request, NULL, &next, NULL), SP_ERR_NO_MEMORY);
    alloc_fail(0);
    CHECK(!next);

    check_case("a call that is done lends its memory to the next");
    sp_call_fail(call, SP_KIND_CANCELLED, "cancelled", NULL, 0);
    CHECK_INT(sp_call_new(&request, call, &next, NULL), SP_OK);
    CHECK(next == call);
    CHECK_INT(next->state, SP_CALL_NEW);
    CHECK_INT(next->attempt_count + (int)next->answer.failed, 0);
    CHECK_TEXT(next->answer.message, "");
    drop(next);
}

/* Room for one attempt is in the call; for more it is made at the first
 * back-off. */
static void room_for_attempts(void)
{
    struct sp_call *call = under_way(SP_REPEAT_READ);
    const struct sp_attempt *attempts;

    check_case("what the first attempt came to is there during its back-off");
    CHECK(sp_call_end(call, &LOST, 0, 2000));
    CHECK_INT(sp_call_attempts(call, &attempts), 1);
    CHECK_TEXT(attempts[0].detail, LOST.detail);
    CHECK_TEXT(call->answer.message, LOST.detail);
    CHECK(call->answer.attempts == attempts);

    check_case("and so are all behind the last");
    CHECK_INT(sp_call_pend(call, &calls, 2000), SP_OK);
    sp_call_begin(call, exchange(), RANDOM, 2000, &sent);
    alloc_fail(1);
    CHECK(!sp_call_end(call, &REFUSED, 0, 2100));
    CHECK_INT(alloc.failures, 0);
    alloc_fail(0);
    CHECK_INT(sp_call_attempts(call, &attempts), 2);
    CHECK_TEXT(attempts[0].detail, LOST.detail);
    CHECK_INT(attempts[1].status, 422);
    drop(call);

    check_case("without memory for another attempt it ends with the first");
    call = under_way(SP_REPEAT_READ);
    alloc_fail(1);
    CHECK(!sp_call_end(call, &LOST, 0, 2000));
    CHECK_INT(alloc.failures, 1);
    alloc_fail(0);
    CHECK(sp_call_is_done(call));
    CHECK_INT(call->answer.failed, SP_KIND_NETWORK);
    CHECK_TEXT(call->answer.message, LOST.detail);
    CHECK_INT(calls.unreported, 0);
    drop(call);
}

int main(void)
{
    transitions();
    back_offs();
    askings();
    verdicts();
    repeats();
    keys();
    deadlines();
    connections();
    ends();
    memory();
    room_for_attempts();
    return check_done();
}
