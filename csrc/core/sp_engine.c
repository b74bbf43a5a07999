/* sp_engine: the crank. A step waits on sp_poll, hands libcurl what is ready
 * (sp_multi), collects what has ended, and starts what may start
 * (sp_scheduler). */
#include "sp_engine.h"

#include <stdlib.h>
#include <string.h>

#include "sp_clock.h"
#include "sp_scheduler.h"
#include "sp_process.h"
#include "sp_scout.h"

enum {
    EVENTS_MAX = 64, /* sockets handled in one look */
    /* No further one is looked at after this: the host has other work too,
     * and one that shakes hands in TLS can take twice as long by itself. */
    LOOK_US = 500,
    /* Timers wait for sockets that were not looked at in a step, so that an
     * answer that is there is not called late; but no longer than this. */
    GRACE_MS = 100
};

/* ---- opening, closing, forking ---------------------------------------- */

/* Nothing may be attached to the multi handle any more. The poll stays: a
 * foreign loop may be watching its descriptor, and sockets that close tell
 * it so. */
static void shut_curl(struct sp_engine *engine)
{
    sp_scheduler_drop_pool(engine);
    while (engine->multi) {
        struct sp_multi *next = engine->retired;

        sp_multi_free(engine->multi);
        engine->multi = next;
        engine->retired = next ? next->next : NULL;
    }
    engine->http1 = engine->http2 = false;
    engine->scout = NULL;
}

static void end_list(struct sp_engine *engine, struct sp_call_list *list,
                     enum sp_kind kind, const char *message)
{
    while (list->first) {
        sp_timers_unset(&engine->timers, &list->first->timer);
        sp_call_fail(list->first, kind, message, &engine->done,
                     sp_clock_ms());
    }
}

/* The parent goes on with it; what becomes of it is not known here. */
static void disown(struct sp_call *call)
{
    struct sp_exchange *exchange = call->exchange;

    sp_rate_arrived(exchange->rate, exchange->ticket, sp_clock_ms());
    call->exchange = NULL;
    call->answer.sent = SP_SENT_MAYBE;
    call->answer.maybe_applied = call->repeat != SP_REPEAT_READ;
}

/* This process was forked off the one that opened the engine. Its handles
 * are the parent's: cleaning them up would write on the parent's
 * connections, so they are let go of, not closed. */
static void abandon(struct sp_engine *engine)
{
    const char *why = "the call belongs to the parent process";

    engine->generation = (unsigned)sp_process_generation();
    engine->multi = engine->retired = NULL;
    engine->sessions = NULL;
    engine->poll = NULL;
    sp_sockets_clear(&engine->sockets);
    engine->pool = NULL;
    engine->pool_count = 0;
    engine->http1 = engine->http2 = false;
    engine->scout = NULL;
    for (struct sp_call *call = engine->running.first; call;
         call = call->next)
        disown(call);
    end_list(engine, &engine->running, SP_KIND_CLOSED, why);
    end_list(engine, &engine->backing_off, SP_KIND_CLOSED, why);
    for (int line = 0; line < LINES; line++)
        end_list(engine, &engine->pending[line], SP_KIND_CLOSED, why);
    engine->stats.in_flight = engine->unreported = 0;
    engine->watched = false;
}

static void mind_fork(struct sp_engine *engine)
{
    if (engine->generation != (unsigned)sp_process_generation())
        abandon(engine);
}

/* A new connection resumes the TLS session of an earlier one, whichever handle
 * made that. One thread uses it, so it needs no locks. */
static CURLSH *new_sessions(void)
{
    CURLSH *sessions = curl_share_init();

    if (sessions)
        curl_share_setopt(sessions, CURLSHOPT_SHARE,
                          CURL_LOCK_DATA_SSL_SESSION);
    return sessions;
}

static enum sp_status open_engine(struct sp_engine *engine,
                                  struct sp_error *error)
{
    enum sp_status status = SP_OK;

    mind_fork(engine);
    if (!engine->poll)
        status = sp_poll_new(&engine->poll, error);
    engine->sockets.poll = engine->poll;
    if (status != SP_OK || engine->multi)
        return status;
    if (!engine->sessions)
        engine->sessions = new_sessions();
    if (engine->sessions)
        engine->multi = sp_multi_new(engine->poll, &engine->sockets);
    if (!engine->multi)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    sp_multi_limit(engine->multi, engine->settings.max_connections);
    return SP_OK;
}

enum sp_status sp_engine_new(const struct sp_settings *settings,
                             struct sp_engine **out, struct sp_error *error)
{
    struct sp_engine *engine = calloc(1, sizeof *engine);

    *out = NULL;
    if (!engine)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    engine->generation = (unsigned)sp_process_generation();
    engine->sockets.listening = settings->tells_news;
    sp_retry_budget_init(&engine->budget);
    if (sp_settings_copy(&engine->settings, settings) != SP_OK ||
        sp_rate_init(&engine->rate[READS], settings->rate_read) != SP_OK ||
        sp_rate_init(&engine->rate[WRITES], settings->rate_write) != SP_OK) {
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
    shut_curl(engine);
    curl_share_cleanup(engine->sessions);
    sp_poll_free(engine->poll);
    sp_sockets_clear(&engine->sockets);
    sp_timers_clear(&engine->timers);
    sp_rate_clear(&engine->rate[READS]);
    sp_rate_clear(&engine->rate[WRITES]);
    sp_settings_clear(&engine->settings);
    free(engine);
}

/* ---- calls ------------------------------------------------------------ */

enum sp_status sp_engine_submit(struct sp_engine *engine,
                                struct sp_call *call, struct sp_error *error)
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
    call->engine = engine;
    if (sp_scheduler_line_up(engine, call, now) != SP_OK) {
        call->state = SP_CALL_NEW;
        call->engine = NULL;
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    }
    engine->stats.calls++;
    if (engine->watched)
        sp_poll_arm(engine->poll, now, now);
    return SP_OK;
}

void sp_engine_cancel(struct sp_engine *engine, struct sp_call *call)
{
    mind_fork(engine);
    if (call->state == SP_CALL_DONE || call->engine != engine)
        return;
    sp_scheduler_give_up(engine, call, SP_KIND_CANCELLED, "cancelled");
    if (engine->poll)
        sp_poll_arm(engine->poll, 0, 0); /* whoever watches learns of it */
}

static void give_up_all(struct sp_engine *engine, enum sp_kind kind,
                        const char *message)
{
    struct sp_call_list *lists[] = {
        &engine->running, &engine->backing_off, &engine->pending[READS],
        &engine->pending[WRITES],
    };

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        while (lists[i]->first)
            sp_scheduler_give_up(engine, lists[i]->first, kind, message);
}

void sp_engine_cancel_all(struct sp_engine *engine)
{
    mind_fork(engine);
    give_up_all(engine, SP_KIND_CANCELLED, "cancelled");
}

/* After an error of libcurl's socket interface the state of its transfers
 * is undefined: all attempts end, and the next opens anew. */
static void rebuild(struct sp_engine *engine)
{
    bool starved = engine->multi->starved;

    for (struct sp_multi *old = engine->retired; old; old = old->next)
        starved = starved || old->starved;
    while (engine->running.first) {
        struct sp_exchange *exchange = engine->running.first->exchange;

        if (starved)
            exchange->fault = SP_ERR_NO_MEMORY;
        sp_scheduler_end(engine, exchange, CURLE_FAILED_INIT);
    }
    shut_curl(engine);
}

/* Nothing can go on: whatever is under way ends, and who has nothing under
 * way waits all the same, so that a host that steps in a loop does not spin.
 * A later call tries anew. */
static void fail_all(struct sp_engine *engine, int64_t timeout_ms,
                     const struct sp_error *error)
{
    give_up_all(engine, SP_KIND_NETWORK,
                error ? error->message : "the engine cannot be opened");
    shut_curl(engine);
    if (!engine->watched) {
        sp_poll_free(engine->poll);
        engine->poll = engine->sockets.poll = NULL;
    }
    if (engine->done.count == 0)
        sp_clock_sleep(timeout_ms);
}

/* ---- the crank -------------------------------------------------------- */

/* The attempt goes on with another connection. */
static bool add_again(struct sp_engine *engine, struct sp_exchange *exchange)
{
    sp_multi_remove(exchange->multi, exchange);
    return sp_multi_add(engine->multi, exchange) == SP_OK;
}

static void collect(struct sp_engine *engine, struct sp_multi *multi)
{
    struct sp_exchange *exchange;
    CURLcode code;

    while ((exchange = sp_multi_ended(multi, &code)) != NULL)
        if (!sp_exchange_dodge(exchange) || !add_again(engine, exchange))
            sp_scheduler_end(engine, exchange, code);
}

static bool is_broken(const struct sp_engine *engine)
{
    const struct sp_multi *old = engine->retired;

    while (old && !old->broken)
        old = old->next;
    return old || engine->multi->broken;
}

static int64_t next_due(struct sp_engine *engine)
{
    int64_t due = sp_timers_next(&engine->timers);

    if (engine->multi && sp_multi_due(engine->multi) < due)
        due = sp_multi_due(engine->multi);
    for (struct sp_multi *old = engine->retired; old; old = old->next)
        if (sp_multi_due(old) < due)
            due = sp_multi_due(old);
    if (engine->done.count > 0)
        return 0;
    if (!sp_scheduler_has_room(engine))
        return due;
    for (int line = 0; line < LINES; line++) {
        int64_t now = sp_clock_ms(), at;

        if (!engine->pending[line].first)
            continue;
        at = sp_clock_after(now, sp_rate_wait(&engine->rate[line], 0, now));
        if (sp_scout_holds(engine, engine->pending[line].first, now) &&
            at < sp_scout_until(engine))
            at = sp_scout_until(engine);
        if (at < due)
            due = at;
    }
    return due;
}

/* Lets libcurl work at what is ready, one at least. Returns whether it got to
 * all of it; the next look finds the others still ready. */
static bool act_on(struct sp_engine *engine,
                   const struct sp_poll_event *events, int count)
{
    int64_t enough_us = sp_clock_us() + LOOK_US;

    for (int i = 0; i < count && !is_broken(engine); i++) {
        if (i > 0 && sp_clock_us() >= enough_us)
            return false;
        sp_multi_act(events[i].owner, events[i].fd, events[i].events);
    }
    return count < EVENTS_MAX - SP_POLL_OWN;
}

/* Its timers, which begin connections, in this step or, after a long look,
 * in the next. */
static void act_on_due(struct sp_engine *engine, bool all)
{
    for (struct sp_multi *old = engine->retired; old; old = old->next)
        if (sp_multi_due(old) <= sp_clock_ms())
            sp_multi_act_on_timer(old);
    if (is_broken(engine) || sp_multi_due(engine->multi) > sp_clock_ms())
        return;
    engine->put_off = !all && !engine->put_off;
    if (!engine->put_off)
        sp_multi_act_on_timer(engine->multi);
}

/* Waits for sockets or the next deadline, then lets libcurl work. Tells
 * whether it got to all that was ready. */
static enum sp_status turn(struct sp_engine *engine, int64_t timeout_ms,
                           bool *all, struct sp_error *error)
{
    struct sp_poll_event events[EVENTS_MAX];
    int count = sp_poll_wait(engine->poll, timeout_ms, events, EVENTS_MAX);

    if (count < 0)
        return sp_error_set(error, SP_ERR_SYSTEM,
                            "the system refused to wait");
    *all = act_on(engine, events, count);
    act_on_due(engine, *all);
    for (struct sp_multi *old = engine->retired; old; old = old->next)
        collect(engine, old);
    collect(engine, engine->multi);
    return SP_OK;
}

static int64_t patience(struct sp_engine *engine, int64_t timeout_ms)
{
    int64_t due = next_due(engine), now = sp_clock_ms();
    int64_t left = due > now ? due - now : 0;

    if (due == SP_CLOCK_NEVER)
        return engine->running.count || timeout_ms > 0 ? timeout_ms : 0;
    return timeout_ms < 0 || left < timeout_ms ? left : timeout_ms;
}

/* Frees the retired handles whose exchanges have ended; their connections
 * count among those there may be until then. */
static void free_retired(struct sp_engine *engine)
{
    struct sp_multi **link = &engine->retired;
    int most = engine->settings.max_connections;

    if (!*link)
        return;
    while (*link) {
        struct sp_multi *old = *link;

        if (old->exchanges > 0) {
            sp_sockets_hang_up_idle(&engine->sockets, old);
            link = &old->next;
            continue;
        }
        *link = old->next;
        sp_multi_free(old);
    }
    sp_multi_limit(engine->multi,
                   most - (int)sp_sockets_of_others(&engine->sockets,
                                                    engine->multi));
}

enum sp_status sp_engine_step(struct sp_engine *engine, int64_t timeout_ms,
                              struct sp_error *error)
{
    enum sp_status status = open_engine(engine, error);
    bool all;

    if (status == SP_OK) {
        free_retired(engine); /* what was cancelled may have been the last */
        sp_scheduler_start(engine);
        status = turn(engine, patience(engine, timeout_ms), &all, error);
    }
    if (status != SP_OK) {
        fail_all(engine, timeout_ms, error);
        return status;
    }
    if (is_broken(engine))
        rebuild(engine);
    sp_scheduler_run_timers(engine, sp_clock_ms() - (all ? 0 : GRACE_MS));
    free_retired(engine);
    if (engine->multi)
        sp_scheduler_start(engine);
    if (engine->watched)
        sp_poll_arm(engine->poll, next_due(engine), sp_clock_ms());
    return status;
}

struct sp_call *sp_engine_take(struct sp_engine *engine)
{
    struct sp_call *call = engine->done.first;

    if (call)
        sp_call_take(call);
    return call;
}

size_t sp_engine_ready(const struct sp_engine *engine)
{
    return engine->done.count;
}

struct sp_call *sp_engine_take_retry(struct sp_engine *engine)
{
    struct sp_call *call = engine->unreported ? engine->backing_off.first
                                              : NULL;

    while (call && !call->unreported)
        call = call->next;
    if (call) {
        call->unreported = false;
        engine->unreported--;
    }
    return call;
}

bool sp_engine_take_news(struct sp_engine *engine, struct sp_news_item *news)
{
    return sp_sockets_take_news(&engine->sockets, news);
}

int sp_engine_arm(struct sp_engine *engine, struct sp_error *error)
{
    int fd;

    if (open_engine(engine, error) != SP_OK)
        return -1;
    fd = sp_poll_fd(engine->poll);
    if (fd < 0)
        sp_error_set(error, SP_ERR_UNSUPPORTED,
                     "this system has no descriptor for all of an engine");
    else
        sp_poll_arm(engine->poll, next_due(engine), sp_clock_ms());
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
    due = next_due(engine);
    if (due == SP_CLOCK_NEVER)
        return -1;
    return due > now ? due - now : 0;
}

void sp_engine_stats(const struct sp_engine *engine, struct sp_stats *stats)
{
    *stats = engine->stats;
    stats->waiting = engine->pending[READS].count +
                     engine->pending[WRITES].count +
                     engine->backing_off.count;
    stats->done = stats->calls - stats->waiting - engine->running.count;
    stats->retry_budget = engine->budget.tokens;
}

int sp_engine_retry_budget(const struct sp_engine *engine)
{
    return engine->budget.tokens;
}

void sp_engine_set_retry_budget(struct sp_engine *engine, int tokens)
{
    if (tokens > SP_RETRY_BUDGET_START)
        tokens = SP_RETRY_BUDGET_START;
    engine->budget.tokens = tokens > 0 ? tokens : 0;
}

enum sp_status sp_engine_secrets(const struct sp_engine *engine,
                                 struct sp_secrets *secrets)
{
    return sp_secrets_add_proxies(secrets, &engine->settings);
}
