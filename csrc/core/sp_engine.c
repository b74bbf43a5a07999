/* sp_engine: the crank. A step waits on sp_poll, lets libcurl work at what is
 * ready (sp_transport), hands on what has ended, and starts what may start
 * (sp_scheduler). It is the one place that looks at the clock for them. */
#include "sp_engine.h"

#include <stdlib.h>
#include <string.h>

#include "sp_clock.h"
#include "sp_process.h"
#include "sp_scheduler.h"
#include "sp_transport_private.h"

enum {
    EVENTS_MAX = 64, /* sockets handled in one look */
    /* Timers wait for sockets that were not looked at in a step, so that an
     * answer that is there is not called late; but no longer than this. */
    GRACE_MS = 100
};

struct sp_engine {
    struct sp_settings settings;
    unsigned generation; /* of the process that opened it */
    struct sp_poll *poll;
    bool watched; /* a foreign loop has asked for the descriptor */
    struct sp_transport transport;
    struct sp_scheduler scheduler;
    uint64_t submitted; /* calls */
};

/* ---- opening, closing, forking ---------------------------------------- */

/* This process was forked off the one that opened the engine: what the parent
 * has opened is let go of, not closed. */
static void abandon(struct sp_engine *engine)
{
    engine->generation = (unsigned)sp_process_generation();
    engine->poll = NULL;
    engine->watched = false;
    sp_transport_abandon(&engine->transport);
    sp_scheduler_disown_all(&engine->scheduler,
                            "the call belongs to the parent process",
                            sp_clock_ms());
}

static void mind_fork(struct sp_engine *engine)
{
    if (engine->generation != (unsigned)sp_process_generation())
        abandon(engine);
}

static enum sp_status open_engine(struct sp_engine *engine,
                                  struct sp_error *error)
{
    enum sp_status status = SP_OK;

    mind_fork(engine);
    if (!engine->poll)
        status = sp_poll_new(&engine->poll, error);
    if (status == SP_OK &&
        sp_transport_open(&engine->transport, engine->poll) != SP_OK)
        status = sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    return status;
}

enum sp_status sp_engine_new(const struct sp_settings *settings,
                             struct sp_engine **out, struct sp_error *error)
{
    struct sp_engine *engine = calloc(1, sizeof *engine);

    *out = NULL;
    if (!engine)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    engine->generation = (unsigned)sp_process_generation();
    engine->transport.settings = &engine->settings;
    engine->transport.sockets.listening = settings->tells_news;
    engine->scheduler.calls.owner = engine;
    engine->scheduler.asks = settings->asks;
    if (sp_settings_copy(&engine->settings, settings) != SP_OK ||
        sp_scheduler_init(&engine->scheduler, &engine->transport,
                          settings->max_in_flight, settings->rate_read,
                          settings->rate_write) != SP_OK) {
        sp_engine_free(engine);
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    }
    *out = engine;
    return SP_OK;
}

void sp_engine_free(struct sp_engine *engine)
{
    if (!engine)
        return;
    mind_fork(engine);
    sp_engine_cancel_all(engine);
    while (sp_engine_take(engine)) {
        /* They stay the caller's. */
    }
    sp_transport_clear(&engine->transport);
    sp_poll_free(engine->poll);
    sp_scheduler_clear(&engine->scheduler);
    sp_settings_clear(&engine->settings);
    free(engine);
}

/* ---- calls ------------------------------------------------------------ */

enum sp_status sp_engine_submit(struct sp_engine *engine, struct sp_call *call,
                                struct sp_error *error)
{
    int64_t now = sp_clock_ms();
    enum sp_status status = open_engine(engine, error);

    if (status != SP_OK)
        return status;
    if (call->state != SP_CALL_NEW)
        return sp_error_set(error, SP_ERR_INVALID, "submitted twice");
    if (strlen(call->url) + call->lines.len > SP_REQUEST_HEAD_MAX)
        return sp_error_set(error, SP_ERR_TOO_LARGE,
                            "the URL and the headers are too large to be "
                            "sent");
    if (sp_scheduler_line_up(&engine->scheduler, call, now) != SP_OK)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    engine->submitted++;
    if (engine->watched)
        sp_poll_arm(engine->poll, now, now);
    return SP_OK;
}

/* The fork comes first: it may end the call. */
static void cancel_under_way(struct sp_engine *engine, struct sp_call *call)
{
    mind_fork(engine);
    if (sp_call_is_done(call))
        return;
    sp_scheduler_give_up(&engine->scheduler, call, SP_KIND_CANCELLED,
                         "cancelled", sp_clock_ms());
    if (engine->poll)
        sp_poll_arm(engine->poll, 0, 0); /* whoever watches learns of it */
}

void sp_engine_cancel(struct sp_call *call)
{
    if (!call || sp_call_is_done(call))
        return;
    if (call->calls)
        cancel_under_way(call->calls->owner, call);
    else
        sp_call_fail(call, SP_KIND_CANCELLED, "cancelled", NULL, 0);
}

void sp_engine_cancel_all(struct sp_engine *engine)
{
    mind_fork(engine);
    sp_scheduler_give_up_all(&engine->scheduler, SP_KIND_CANCELLED,
                             "cancelled", sp_clock_ms());
}

/* After an error of libcurl's socket interface the state of its transfers
 * is undefined: all attempts end, and the next opens anew. */
static void rebuild(struct sp_engine *engine)
{
    sp_scheduler_stop_all(&engine->scheduler,
                          sp_transport_why_broken(&engine->transport),
                          sp_clock_ms());
    sp_transport_shut(&engine->transport);
}

/* Nothing can go on: whatever is under way ends, and who has nothing under
 * way waits all the same, so that a host that steps in a loop does not spin.
 * A later call tries anew. */
static void fail_all(struct sp_engine *engine, int64_t timeout_ms,
                     const struct sp_error *error)
{
    sp_scheduler_give_up_all(
        &engine->scheduler, SP_KIND_NETWORK,
        error ? error->message : "the engine cannot be opened", sp_clock_ms());
    sp_transport_shut(&engine->transport);
    if (!engine->watched) {
        sp_poll_free(engine->poll);
        engine->poll = engine->transport.sockets.poll = NULL;
    }
    if (sp_engine_ready(engine) == 0)
        sp_clock_sleep(timeout_ms);
}

/* ---- the crank -------------------------------------------------------- */

static void collect(struct sp_engine *engine)
{
    struct sp_call *call;
    struct sp_attempt came;

    while ((call = sp_transport_ended(&engine->transport, &came)) != NULL)
        sp_scheduler_end(&engine->scheduler, call, &came, sp_clock_ms());
}

static int64_t next_due(const struct sp_engine *engine, int64_t now)
{
    int64_t here = sp_scheduler_due(&engine->scheduler, now);
    int64_t there = sp_transport_due(&engine->transport);

    return here < there ? here : there;
}

/* A look at the sockets, or a wait for them, unless there is nothing to be
 * seen yet and nobody else looks who would find the bell still ringing. */
static int look(struct sp_engine *engine, int64_t timeout_ms,
                struct sp_poll_event *events)
{
    return timeout_ms == 0 && !engine->watched &&
                   sp_transport_is_unbegun(&engine->transport)
               ? 0
               : sp_poll_wait(engine->poll, timeout_ms, events, EVENTS_MAX);
}

/* Waits for sockets or the next deadline, then lets libcurl work. Tells
 * whether it got to all that was ready. */
static enum sp_status turn(struct sp_engine *engine, int64_t timeout_ms,
                           bool *all, struct sp_error *error)
{
    struct sp_poll_event events[EVENTS_MAX];
    int count = look(engine, timeout_ms, events);
    int64_t now = sp_clock_ms();

    if (count < 0)
        return sp_error_set(error, SP_ERR_SYSTEM,
                            "the system refused to wait");
    *all = sp_transport_act(&engine->transport, events, count, now) &&
           count < EVENTS_MAX - SP_POLL_OWN;
    sp_transport_act_on_due(&engine->transport, *all, now);
    collect(engine);
    return SP_OK;
}

static int64_t patience(const struct sp_engine *engine, int64_t timeout_ms,
                        int64_t now)
{
    int64_t due = next_due(engine, now);
    int64_t left = due > now ? due - now : 0;

    if (due == SP_CLOCK_NEVER)
        return engine->scheduler.calls.running.count || timeout_ms > 0
                   ? timeout_ms
                   : 0;
    return timeout_ms < 0 || left < timeout_ms ? left : timeout_ms;
}

static void run_timers(struct sp_engine *engine, bool all, int64_t now)
{
    sp_scheduler_run_timers(&engine->scheduler, all ? now : now - GRACE_MS,
                            now);
    if (engine->transport.lost)
        collect(engine);
}

enum sp_status sp_engine_step(struct sp_engine *engine, int64_t timeout_ms,
                              struct sp_error *error)
{
    struct sp_transport *transport = &engine->transport;
    enum sp_status status = open_engine(engine, error);
    int64_t now = sp_clock_ms();
    bool all;

    if (status == SP_OK) {
        sp_transport_tidy(transport); /* what was cancelled may be the last */
        sp_scheduler_start(&engine->scheduler, now);
        status = turn(engine, patience(engine, timeout_ms, now), &all, error);
    }
    if (status != SP_OK) {
        fail_all(engine, timeout_ms, error);
        return status;
    }
    if (sp_transport_is_broken(transport))
        rebuild(engine);
    now = sp_clock_ms();
    run_timers(engine, all, now);
    sp_transport_tidy(transport);
    if (transport->multi)
        sp_scheduler_start(&engine->scheduler, now);
    if (engine->watched)
        sp_poll_arm(engine->poll, next_due(engine, now), now);
    return status;
}

/* ---- what is taken and asked ------------------------------------------ */

struct sp_call *sp_engine_take(struct sp_engine *engine)
{
    struct sp_call *call = engine->scheduler.calls.done.first;

    if (call)
        sp_call_take(call);
    return call;
}

size_t sp_engine_ready(const struct sp_engine *engine)
{
    return engine->scheduler.calls.done.count;
}

struct sp_call *sp_engine_take_retry(struct sp_engine *engine)
{
    return sp_scheduler_take_retry(&engine->scheduler);
}

struct sp_call *sp_engine_take_asking(struct sp_engine *engine)
{
    mind_fork(engine);
    return sp_scheduler_take_asking(&engine->scheduler);
}

void sp_engine_admit(struct sp_engine *engine, struct sp_call *call,
                     int64_t wait_ms)
{
    if (!sp_call_is_done(call))
        sp_scheduler_admit(&engine->scheduler, call, wait_ms, sp_clock_ms());
}

bool sp_engine_take_news(struct sp_engine *engine, struct sp_news_item *news)
{
    return sp_sockets_take_news(&engine->transport.sockets, news);
}

int sp_engine_arm(struct sp_engine *engine, struct sp_error *error)
{
    int64_t now = sp_clock_ms();
    int fd;

    if (open_engine(engine, error) != SP_OK)
        return -1;
    fd = sp_poll_fd(engine->poll);
    if (fd < 0)
        sp_error_set(error, SP_ERR_UNSUPPORTED,
                     "this system has no descriptor for all of an engine");
    else
        sp_poll_arm(engine->poll, next_due(engine, now), now);
    return fd;
}

int sp_engine_pollfd(struct sp_engine *engine, struct sp_error *error)
{
    int fd = sp_engine_arm(engine, error);

    engine->watched = engine->watched || fd >= 0;
    return fd;
}

int64_t sp_engine_timeout(struct sp_engine *engine)
{
    int64_t due, now = sp_clock_ms();

    mind_fork(engine);
    due = next_due(engine, now);
    if (due == SP_CLOCK_NEVER)
        return -1;
    return due > now ? due - now : 0;
}

void sp_engine_stats(const struct sp_engine *engine, struct sp_stats *stats)
{
    const struct sp_calls *calls = &engine->scheduler.calls;

    *stats = engine->transport.stats;
    stats->calls = engine->submitted;
    stats->retries = engine->scheduler.retries;
    stats->waiting =
        calls->pending[SP_READS].count + calls->pending[SP_WRITES].count +
        calls->backing_off.count + calls->asking.count + calls->asked.count;
    stats->done = stats->calls - stats->waiting - calls->running.count;
    stats->retry_budget = calls->budget.tokens;
}

int sp_engine_retry_budget(const struct sp_engine *engine)
{
    return engine->scheduler.calls.budget.tokens;
}

void sp_engine_set_retry_budget(struct sp_engine *engine, int tokens)
{
    if (tokens > SP_RETRY_BUDGET_START)
        tokens = SP_RETRY_BUDGET_START;
    engine->scheduler.calls.budget.tokens = tokens > 0 ? tokens : 0;
}

enum sp_status sp_engine_secrets(const struct sp_engine *engine,
                                 struct sp_secrets *secrets)
{
    return sp_secrets_add_proxies(secrets, &engine->settings);
}
