#include "sp_scheduler.h"

#include "sp_clock.h"

/* Requests begun at a time: the host has other work. */
enum { STARTS_MAX = 8 };

/* ---- birth and death -------------------------------------------------- */

enum sp_status sp_scheduler_init(struct sp_scheduler *scheduler,
                                 struct sp_transport *transport,
                                 int max_in_flight, int rate_read,
                                 int rate_write)
{
    enum sp_status status =
        sp_rate_init(&scheduler->rate[SP_READS], rate_read);

    if (status == SP_OK)
        status = sp_rate_init(&scheduler->rate[SP_WRITES], rate_write);
    scheduler->transport = transport;
    scheduler->max_in_flight = (size_t)max_in_flight;
    sp_retry_budget_init(&scheduler->calls.budget);
    return status;
}

void sp_scheduler_clear(struct sp_scheduler *scheduler)
{
    sp_timers_clear(&scheduler->calls.timers);
    sp_rate_clear(&scheduler->rate[SP_READS]);
    sp_rate_clear(&scheduler->rate[SP_WRITES]);
}

static struct sp_rate *rate_of(struct sp_scheduler *scheduler,
                               const struct sp_call *call)
{
    return &scheduler->rate[sp_call_line(call)];
}

/* ---- standing in line ------------------------------------------------- */

static void end_late(struct sp_call *call, enum sp_kind kind, int64_t now_ms)
{
    sp_call_fail(call, kind,
                 kind == SP_KIND_RATE_LIMITED
                     ? "the wait for the client's own rate limit does not "
                       "fit in the deadline"
                     : "the deadline passed while the call waited for its "
                       "turn",
                 NULL, now_ms);
}

enum sp_status sp_scheduler_line_up(struct sp_scheduler *scheduler,
                                    struct sp_call *call, int64_t now_ms)
{
    size_t ahead = scheduler->calls.pending[sp_call_line(call)].count;
    int64_t wait = sp_rate_wait(rate_of(scheduler, call), ahead, now_ms);
    enum sp_status status = sp_call_pend(call, &scheduler->calls, now_ms);

    if (status == SP_OK && wait > 0 &&
        sp_clock_after(now_ms, wait) >= call->due_ms)
        end_late(call, SP_KIND_RATE_LIMITED, now_ms);
    return status;
}

/* The call whose turn it is: the longest waiting of those whose rate limit
 * allows it. */
static struct sp_call *next_in_line(struct sp_scheduler *scheduler,
                                    int64_t now_ms)
{
    struct sp_call *next = NULL;

    for (int line = 0; line < SP_LINES; line++) {
        struct sp_call *call = scheduler->calls.pending[line].first;

        if (call && sp_rate_wait(&scheduler->rate[line], 0, now_ms) == 0 &&
            (!next || call->order < next->order))
            next = call;
    }
    return next;
}

/* ---- starting --------------------------------------------------------- */

static bool has_room(const struct sp_scheduler *scheduler)
{
    return scheduler->calls.running.count < scheduler->max_in_flight &&
           sp_transport_has_room(scheduler->transport);
}

static enum sp_status start(struct sp_scheduler *scheduler,
                            struct sp_call *call, int64_t now_ms,
                            struct sp_error *error)
{
    struct sp_exchange_request request;
    struct sp_exchange *exchange;
    struct sp_attempt came;
    unsigned char random[SP_KEY_BYTES];
    enum sp_status status;

    if (sp_call_needs_key(call) && sp_clock_random(random, sizeof random) != 0)
        return sp_error_set(error, SP_ERR_SYSTEM,
                            "the system has no random bytes");
    status = sp_transport_take(scheduler->transport, &exchange, error);
    if (status != SP_OK)
        return status;
    sp_call_begin(call, exchange, random, now_ms, &request);
    request.rate = rate_of(scheduler, call);
    request.ticket = call->ticket = sp_rate_take(request.rate);
    if (!sp_transport_start(scheduler->transport, call, &request, now_ms,
                            &came))
        sp_scheduler_end(scheduler, call, &came, now_ms);
    return SP_OK;
}

void sp_scheduler_start(struct sp_scheduler *scheduler, int64_t now_ms)
{
    struct sp_error error = { SP_OK, "" };
    struct sp_call *call;

    for (int i = 0;
         i < STARTS_MAX && has_room(scheduler) &&
         (call = next_in_line(scheduler, now_ms)) != NULL &&
         sp_transport_held_until(scheduler->transport, call, now_ms) == 0;
         i++) {
        /* The host may step long after the deadline has passed. */
        if (call->due_ms <= now_ms)
            end_late(call, SP_KIND_TIMEOUT, now_ms);
        else if (start(scheduler, call, now_ms, &error) != SP_OK)
            sp_call_fail(call, SP_KIND_NETWORK, error.message, NULL, now_ms);
    }
}

/* ---- what is due ------------------------------------------------------ */

static enum sp_kind late_kind(struct sp_scheduler *scheduler,
                              const struct sp_call *call, int64_t now_ms)
{
    return sp_rate_wait(rate_of(scheduler, call), 0, now_ms) > 0
               ? SP_KIND_RATE_LIMITED
               : SP_KIND_TIMEOUT;
}

/* What is late by now needs no leave to end. */
static enum sp_status end_back_off(struct sp_scheduler *scheduler,
                                   struct sp_call *call, int64_t now_ms)
{
    if (scheduler->asks && now_ms < call->due_ms)
        return sp_call_ask(call);
    return sp_scheduler_line_up(scheduler, call, now_ms);
}

void sp_scheduler_run_timers(struct sp_scheduler *scheduler, int64_t due_ms,
                             int64_t now_ms)
{
    struct sp_timer *timer;
    struct sp_attempt came;

    while ((timer = sp_timers_due(&scheduler->calls.timers, due_ms)) != NULL) {
        struct sp_call *call = timer->owner;

        if (call->state == SP_CALL_PENDING) {
            end_late(call, late_kind(scheduler, call, now_ms), now_ms);
        } else if (call->state == SP_CALL_RUNNING) {
            sp_transport_stop(scheduler->transport, call, SP_STOP_LATE, due_ms,
                              &came);
            sp_scheduler_end(scheduler, call, &came, now_ms);
        } else if (call->state == SP_CALL_ASKING) {
            end_late(call, SP_KIND_RATE_LIMITED, now_ms);
        } else if (end_back_off(scheduler, call, now_ms) != SP_OK) {
            sp_call_fail(call, SP_KIND_TIMEOUT, "out of memory", NULL, now_ms);
        }
    }
}

int64_t sp_scheduler_due(const struct sp_scheduler *scheduler, int64_t now_ms)
{
    const struct sp_calls *calls = &scheduler->calls;
    int64_t due_ms = sp_timers_next(&calls->timers);

    if (calls->done.count > 0 || calls->asking.count > 0)
        return 0;
    if (!has_room(scheduler))
        return due_ms;
    for (int line = 0; line < SP_LINES; line++) {
        const struct sp_call *call = calls->pending[line].first;
        int64_t at_ms, held_until_ms;

        if (!call)
            continue;
        at_ms = sp_clock_after(
            now_ms, sp_rate_wait(&scheduler->rate[line], 0, now_ms));
        held_until_ms =
            sp_transport_held_until(scheduler->transport, call, now_ms);
        if (at_ms < held_until_ms)
            at_ms = held_until_ms;
        if (at_ms < due_ms)
            due_ms = at_ms;
    }
    return due_ms;
}

/* ---- ending ----------------------------------------------------------- */

/* A request that was given up may still be on its way: its token comes back
 * by itself. */
static void return_token(struct sp_scheduler *scheduler,
                         const struct sp_call *call,
                         const struct sp_attempt *came, int64_t now_ms)
{
    if (came->sent != SP_SENT_MAYBE)
        sp_rate_arrived(rate_of(scheduler, call), call->ticket, now_ms);
}

void sp_scheduler_end(struct sp_scheduler *scheduler, struct sp_call *call,
                      const struct sp_attempt *came, int64_t now_ms)
{
    /* Random bytes are a system call. */
    double jitter = sp_attempt_is_transient(came) ? sp_clock_jitter() : 0;

    return_token(scheduler, call, came, now_ms);
    if (sp_call_end(call, came, jitter, now_ms))
        scheduler->retries++;
}

void sp_scheduler_stop_all(struct sp_scheduler *scheduler, enum sp_stop why,
                           int64_t now_ms)
{
    struct sp_call *call;
    struct sp_attempt came;

    while ((call = scheduler->calls.running.first) != NULL) {
        sp_transport_stop(scheduler->transport, call, why, now_ms, &came);
        sp_scheduler_end(scheduler, call, &came, now_ms);
    }
}

void sp_scheduler_give_up(struct sp_scheduler *scheduler, struct sp_call *call,
                          enum sp_kind kind, const char *message,
                          int64_t now_ms)
{
    struct sp_attempt came;

    if (call->state != SP_CALL_RUNNING) {
        sp_call_fail(call, kind, message, NULL, now_ms);
        return;
    }
    sp_transport_stop(scheduler->transport, call, SP_STOP_GIVEN_UP, now_ms,
                      &came);
    return_token(scheduler, call, &came, now_ms);
    sp_call_fail(call, kind, message, &came, now_ms);
}

void sp_scheduler_give_up_all(struct sp_scheduler *scheduler,
                              enum sp_kind kind, const char *message,
                              int64_t now_ms)
{
    struct sp_calls *calls = &scheduler->calls;
    struct sp_call_list *lists[] = {
        &calls->running, &calls->backing_off,       &calls->asking,
        &calls->asked,   &calls->pending[SP_READS], &calls->pending[SP_WRITES],
    };

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        while (lists[i]->first)
            sp_scheduler_give_up(scheduler, lists[i]->first, kind, message,
                                 now_ms);
}

void sp_scheduler_disown_all(struct sp_scheduler *scheduler,
                             const char *message, int64_t now_ms)
{
    struct sp_call *call;

    while ((call = scheduler->calls.running.first) != NULL) {
        sp_rate_arrived(rate_of(scheduler, call), call->ticket, now_ms);
        sp_call_disown(call);
        sp_call_fail(call, SP_KIND_CLOSED, message, NULL, now_ms);
    }
    sp_scheduler_give_up_all(scheduler, SP_KIND_CLOSED, message, now_ms);
}

/* ---- telling and asking ----------------------------------------------- */

struct sp_call *sp_scheduler_take_asking(struct sp_scheduler *scheduler)
{
    struct sp_call *call = scheduler->calls.asking.first;

    if (call)
        sp_call_hear(call);
    return call;
}

void sp_scheduler_admit(struct sp_scheduler *scheduler, struct sp_call *call,
                        int64_t wait_ms, int64_t now_ms)
{
    int64_t until_ms = sp_clock_after(now_ms, wait_ms);

    if (call->state != SP_CALL_ASKING)
        return;
    if (until_ms >= call->due_ms)
        end_late(call, SP_KIND_RATE_LIMITED, now_ms);
    else if (wait_ms > 0)
        sp_call_put_off(call, until_ms);
    else if (sp_scheduler_line_up(scheduler, call, now_ms) != SP_OK)
        sp_call_fail(call, SP_KIND_TIMEOUT, "out of memory", NULL, now_ms);
}

struct sp_call *sp_scheduler_take_retry(struct sp_scheduler *scheduler)
{
    struct sp_calls *calls = &scheduler->calls;
    struct sp_call *call = calls->unreported ? calls->backing_off.first : NULL;

    while (call && !call->unreported)
        call = call->next;
    if (call)
        sp_call_report(call);
    return call;
}
