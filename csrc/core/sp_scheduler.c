#include "sp_scheduler.h"

#include "sp_clock.h"
#include "sp_libcurl.h"
#include "sp_scout.h"

enum {
    STARTS_MAX = 8, /* requests begun at a time: the host has other work */
    POOL_MAX = 128  /* easy handles kept for the next calls */
};

void sp_scheduler_drop_pool(struct sp_engine *engine)
{
    while (engine->pool) {
        struct sp_exchange *next = engine->pool->next;

        sp_exchange_free(engine->pool);
        engine->pool = next;
    }
    engine->pool_count = 0;
}

/* ---- exchanges -------------------------------------------------------- */

static enum sp_status take_exchange(struct sp_engine *engine,
                                    struct sp_exchange **out,
                                    struct sp_error *error)
{
    if (!engine->pool)
        return sp_exchange_new(&engine->settings, &engine->sockets,
                               engine->sessions, out, error);
    *out = engine->pool;
    engine->pool = engine->pool->next;
    engine->pool_count--;
    return SP_OK;
}

/* After a failure the handle is not used again: before 8.17 libcurl keeps
 * count in it of what it has repeated, and whether a stream was refused. */
static void give_back(struct sp_engine *engine, struct sp_exchange *exchange,
                      bool went_well)
{
    if (!went_well || engine->pool_count >= POOL_MAX ||
        sp_libcurl_has(SP_LIBCURL_STALE_HEADER)) {
        sp_exchange_free(exchange);
        return;
    }
    sp_exchange_recycle(exchange);
    exchange->next = engine->pool;
    engine->pool = exchange;
    engine->pool_count++;
}

static int line_of(const struct sp_call *call)
{
    return call->repeat == SP_REPEAT_READ ? READS : WRITES;
}

/* The exchange is over, whatever came of it. A request that was given up
 * may still be on its way: its token comes back by itself. */
static void detach(struct sp_engine *engine, struct sp_exchange *exchange,
                   int64_t now_ms)
{
    if (sp_exchange_sent(exchange) != SP_SENT_MAYBE)
        sp_rate_arrived(exchange->rate, exchange->ticket, now_ms);
    if (exchange->multi)
        sp_multi_remove(exchange->multi, exchange);
    sp_scout_end(engine, exchange);
    engine->stats.in_flight--;
}

static void count_attempt(struct sp_engine *engine,
                          const struct sp_call *call,
                          const struct sp_exchange *exchange)
{
    const struct sp_attempt *attempt =
        &call->attempts[call->attempt_count - 1];

    engine->stats.attempts++;
    engine->stats.connections_opened += (uint64_t)exchange->opened;
    engine->stats.streams_repeated += (uint64_t)exchange->repeated;
    engine->stats.reused += attempt->timings.reused;
    engine->stats.bytes_in += attempt->bytes_in;
    engine->stats.bytes_out += attempt->bytes_out;
    if (attempt->timings.http_version != 0) {
        engine->http2 = attempt->timings.http_version == 20;
        engine->http1 = !engine->http2;
    }
}

void sp_scheduler_end(struct sp_engine *engine,
                         struct sp_exchange *exchange, CURLcode code)
{
    struct sp_call *call = exchange->owner;
    int64_t now = sp_clock_ms();

    detach(engine, exchange, now);
    sp_timers_unset(&engine->timers, &call->timer);
    if (sp_call_end(call, code, &engine->budget, &engine->backing_off,
                    &engine->done, now)) {
        int64_t wait = call->attempts[call->attempt_count - 1].wait_ms;

        engine->stats.retries++;
        engine->unreported++;
        if (sp_timers_set(&engine->timers, &call->timer,
                          sp_clock_after(now, wait)) != SP_OK)
            sp_call_fail(call, SP_KIND_TIMEOUT, "out of memory",
                         &engine->done, now);
    }
    count_attempt(engine, call, exchange);
    give_back(engine, exchange,
              call->attempts[call->attempt_count - 1].failed ==
                      SP_KIND_NONE && exchange->repeated == 0);
}

/* ---- starting --------------------------------------------------------- */

static enum sp_status start(struct sp_engine *engine, struct sp_call *call,
                            int64_t now_ms, struct sp_error *error)
{
    struct sp_exchange_request request = {
        .wait_for_connection = engine->http2 && sp_scout_has_path(engine),
    };
    struct sp_exchange *exchange;
    enum sp_status status = take_exchange(engine, &exchange, error);

    if (status != SP_OK)
        return status;
    status = sp_call_begin(call, exchange, &engine->running, now_ms,
                           &request);
    if (status != SP_OK) {
        give_back(engine, exchange, false);
        return sp_error_set(error, status, "the system has no random bytes");
    }
    /* It is set already, so this needs no memory. */
    sp_timers_set(&engine->timers, &call->timer,
                  sp_clock_after(now_ms, request.timeout_ms));
    exchange->rate = &engine->rate[line_of(call)];
    exchange->ticket = sp_rate_take(exchange->rate);
    engine->stats.in_flight++;
    sp_scout_begin(engine, call, exchange, now_ms);
    status = sp_exchange_prepare(exchange, &request);
    if (status == SP_OK)
        status = sp_multi_add(engine->multi, exchange);
    if (status != SP_OK)
        sp_scheduler_end(engine, exchange, status == SP_ERR_NO_MEMORY
                                            ? CURLE_OUT_OF_MEMORY
                                            : CURLE_FAILED_INIT);
    return SP_OK;
}

/* The call whose turn it is: the longest waiting of those whose rate limit
 * allows it. */
static struct sp_call *next_in_line(struct sp_engine *engine, int64_t now_ms)
{
    struct sp_call *next = NULL;

    for (int line = 0; line < LINES; line++) {
        struct sp_call *call = engine->pending[line].first;

        if (call && sp_rate_wait(&engine->rate[line], 0, now_ms) == 0 &&
            (!next || call->order < next->order))
            next = call;
    }
    return next;
}

/* The connections of retired handles count until they are closed. */
bool sp_scheduler_has_room(const struct sp_engine *engine)
{
    size_t most = (size_t)engine->settings.max_connections;

    if (engine->running.count >= (size_t)engine->settings.max_in_flight)
        return false;
    return !engine->retired ||
           sp_sockets_of_others(&engine->sockets, engine->multi) < most;
}

void sp_scheduler_start(struct sp_engine *engine)
{
    int64_t now = sp_clock_ms();
    struct sp_error error = { SP_OK, "" };
    struct sp_call *call;

    for (int i = 0; i < STARTS_MAX && sp_scheduler_has_room(engine) &&
                    (call = next_in_line(engine, now)) != NULL &&
                    !sp_scout_holds(engine, call, now); i++) {
        if (start(engine, call, now, &error) != SP_OK) {
            sp_timers_unset(&engine->timers, &call->timer);
            sp_call_fail(call, SP_KIND_NETWORK, error.message, &engine->done,
                         now);
        }
    }
}

static enum sp_kind late_kind(struct sp_engine *engine,
                              const struct sp_call *call, int64_t now_ms)
{
    struct sp_rate *rate = &engine->rate[line_of(call)];

    return sp_rate_wait(rate, 0, now_ms) > 0 ? SP_KIND_RATE_LIMITED
                                             : SP_KIND_TIMEOUT;
}

static void end_late(struct sp_engine *engine, struct sp_call *call,
                     enum sp_kind kind, int64_t now_ms)
{
    sp_timers_unset(&engine->timers, &call->timer);
    sp_call_fail(call, kind,
                 kind == SP_KIND_RATE_LIMITED
                     ? "the wait for the client's own rate limit does not "
                       "fit in the deadline"
                     : "the deadline passed while the call waited for its "
                       "turn",
                 &engine->done, now_ms);
}

/* Stands `call` in line, or ends it when its turn would come too late. */
enum sp_status sp_scheduler_line_up(struct sp_engine *engine,
                                    struct sp_call *call, int64_t now_ms)
{
    int line = line_of(call);
    int64_t wait = sp_rate_wait(&engine->rate[line],
                                engine->pending[line].count, now_ms);
    enum sp_status status;

    sp_call_pend(call, &engine->pending[line], now_ms);
    call->order = engine->order++;
    if (wait > 0 && sp_clock_after(now_ms, wait) >= call->due_ms) {
        end_late(engine, call, SP_KIND_RATE_LIMITED, now_ms);
        return SP_OK;
    }
    status = sp_timers_set(&engine->timers, &call->timer, call->due_ms);
    if (status != SP_OK)
        sp_call_list_remove(call);
    return status;
}

/* ---- silence ---------------------------------------------------------- */

/* Those that have sent nothing would wait for its connections. */
static void take_along(struct sp_engine *engine, struct sp_multi *old)
{
    struct sp_call *call = engine->running.first, *next;

    for (; call; call = next) {
        struct sp_exchange *exchange = call->exchange;

        next = call->next;
        if (exchange->multi != old || !exchange->is_unsent)
            continue;
        sp_multi_remove(old, exchange);
        if (sp_multi_add(engine->multi, exchange) != SP_OK)
            sp_scheduler_end(engine, exchange, CURLE_FAILED_INIT);
    }
}

/* Its exchanges go on, and nothing new is put on its connections. */
static void retire_multi(struct sp_engine *engine)
{
    struct sp_multi *old = engine->multi;
    struct sp_multi *next = sp_multi_new(engine->poll, &engine->sockets);

    if (!next)
        return; /* the old one has to do */
    old->next = engine->retired;
    engine->retired = old;
    engine->multi = next;
    sp_multi_limit(next, engine->settings.max_connections -
                             (int)sp_sockets_of_others(&engine->sockets,
                                                       next));
    take_along(engine, old);
}

/* An attempt has run out of time. When its connection brought nothing for
 * most of it, that may be dead, and with HTTP/2 all calls would go on joining
 * it. When no connection brought anything, all that are kept may be. */
static void mind_silence(struct sp_engine *engine,
                         const struct sp_exchange *exchange, int64_t now_ms)
{
    struct sp_call *call = exchange->owner;
    int64_t most_ms = (now_ms - call->attempt_began_ms) / 2;
    struct sp_multi *multi = exchange->multi;
    int64_t silence_ms = sp_exchange_silence(exchange, now_ms);

    if (silence_ms <= most_ms || multi != engine->multi)
        return;
    engine->stats.connections_suspected++;
    sp_sockets_tell(&engine->sockets, exchange->socket, SP_NEWS_SUSPECT);
    exchange->socket->doomed = true;
    call->fresh = !exchange->socket->multiplexed;
    if (exchange->socket->multiplexed ||
        now_ms - multi->heard_ms >= silence_ms)
        retire_multi(engine);
}

void sp_scheduler_run_timers(struct sp_engine *engine, int64_t now_ms)
{
    struct sp_timer *timer;

    while ((timer = sp_timers_due(&engine->timers, now_ms)) != NULL) {
        struct sp_call *call = timer->owner;

        if (call->state == SP_CALL_PENDING) {
            end_late(engine, call, late_kind(engine, call, now_ms), now_ms);
            continue;
        }
        if (call->state == SP_CALL_RUNNING) {
            mind_silence(engine, call->exchange, now_ms);
            sp_scheduler_end(engine, call->exchange, CURLE_OPERATION_TIMEDOUT);
            continue;
        }
        if (call->unreported)
            engine->unreported--;
        if (sp_scheduler_line_up(engine, call, now_ms) != SP_OK)
            sp_call_fail(call, SP_KIND_TIMEOUT, "out of memory",
                         &engine->done, now_ms);
    }
}

/* ---- ending ----------------------------------------------------------- */

void sp_scheduler_give_up(struct sp_engine *engine, struct sp_call *call,
                    enum sp_kind kind, const char *message)
{
    struct sp_exchange *exchange = call->exchange;
    int64_t now = sp_clock_ms();

    sp_timers_unset(&engine->timers, &call->timer);
    if (call->state == SP_CALL_BACKING_OFF && call->unreported)
        engine->unreported--;
    if (exchange)
        detach(engine, exchange, now);
    sp_call_fail(call, kind, message, &engine->done, now);
    if (exchange) {
        count_attempt(engine, call, exchange);
        give_back(engine, exchange, false);
    }
}
