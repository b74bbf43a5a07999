#include "sp_transport_private.h"

#include <string.h>

#include "sp_clock.h"
#include "sp_libcurl.h"
#include "sp_scout.h"

enum {
    POOL_MAX = 128, /* exchanges kept for the next calls */
    /* No further socket is looked at after this: the host has other work too,
     * and one that shakes hands in TLS can take twice as long by itself. */
    LOOK_US = 500
};

/* ---- opening and closing ---------------------------------------------- */

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

enum sp_status sp_transport_open(struct sp_transport *transport,
                                 struct sp_poll *poll)
{
    transport->poll = transport->sockets.poll = poll;
    if (transport->multi)
        return SP_OK;
    if (!transport->sessions)
        transport->sessions = new_sessions();
    if (transport->sessions)
        transport->multi = sp_multi_new(poll, &transport->sockets);
    if (!transport->multi)
        return SP_ERR_NO_MEMORY;
    sp_multi_limit(transport->multi, transport->settings->max_connections);
    return SP_OK;
}

static void drop_pool(struct sp_transport *transport)
{
    while (transport->pool) {
        struct sp_exchange *next = transport->pool->next;

        sp_exchange_free(transport->pool);
        transport->pool = next;
    }
    transport->pool_count = 0;
}

/* The poll stays: a foreign loop may be watching its descriptor, and sockets
 * that close tell it so. */
void sp_transport_shut(struct sp_transport *transport)
{
    drop_pool(transport);
    while (transport->multi) {
        struct sp_multi *next = transport->retired;

        sp_multi_free(transport->multi);
        transport->multi = next;
        transport->retired = next ? next->next : NULL;
    }
    transport->http1 = transport->http2 = false;
    transport->scout = NULL;
}

void sp_transport_clear(struct sp_transport *transport)
{
    sp_transport_shut(transport);
    sp_origin_clear(&transport->origin);
    curl_share_cleanup(transport->sessions);
    transport->sessions = NULL;
    transport->poll = transport->sockets.poll = NULL;
    sp_sockets_clear(&transport->sockets);
}

/* The handles are the parent's: cleaning them up would write on the parent's
 * connections. */
void sp_transport_abandon(struct sp_transport *transport)
{
    transport->multi = transport->retired = NULL;
    transport->sessions = NULL;
    transport->poll = NULL;
    sp_sockets_clear(&transport->sockets);
    transport->pool = transport->lost = NULL;
    transport->pool_count = 0;
    transport->http1 = transport->http2 = false;
    transport->scout = NULL;
    transport->stats.in_flight = 0;
}

/* ---- an exchange begins ----------------------------------------------- */

/* The connections of retired handles count until they are closed. */
bool sp_transport_has_room(const struct sp_transport *transport)
{
    return !transport->retired ||
           sp_sockets_of_others(&transport->sockets, transport->multi) <
               (size_t)transport->settings->max_connections;
}

int64_t sp_transport_held_until(const struct sp_transport *transport,
                                const struct sp_call *call, int64_t now_ms)
{
    return sp_scout_holds(transport, call, now_ms) ? sp_scout_until(transport)
                                                   : 0;
}

static struct sp_exchange *take_from_pool(struct sp_transport *transport)
{
    struct sp_exchange *exchange = transport->pool;

    if (exchange) {
        transport->pool = exchange->next;
        transport->pool_count--;
    }
    return exchange;
}

enum sp_status sp_transport_take(struct sp_transport *transport,
                                 struct sp_exchange **out,
                                 struct sp_error *error)
{
    struct sp_exchange *exchange = take_from_pool(transport);
    enum sp_status status;

    if (!exchange)
        exchange = sp_exchange_new(transport->settings, &transport->sockets,
                                   transport->sessions);
    if (!exchange)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    status = sp_exchange_open(exchange, error);
    if (status != SP_OK)
        sp_exchange_free(exchange);
    else
        *out = exchange;
    return status;
}

/* After a failure the handle is not used again: before 8.17 libcurl keeps
 * count in it of what it has repeated, and whether a stream was refused. */
static void give_back(struct sp_transport *transport,
                      struct sp_exchange *exchange, bool went_well)
{
    if (!went_well || transport->pool_count >= POOL_MAX) {
        sp_exchange_free(exchange);
        return;
    }
    sp_exchange_recycle(exchange);
    exchange->next = transport->pool;
    transport->pool = exchange;
    transport->pool_count++;
}

static void count(struct sp_transport *transport,
                  const struct sp_exchange *exchange,
                  const struct sp_attempt *came)
{
    struct sp_stats *stats = &transport->stats;

    stats->in_flight--;
    stats->attempts++;
    stats->connections_opened += (uint64_t)exchange->opened;
    stats->streams_repeated += (uint64_t)exchange->repeated;
    stats->reused += came->timings.reused;
    stats->bytes_in += came->bytes_in;
    stats->bytes_out += came->bytes_out;
    if (came->timings.http_version != 0) {
        transport->http2 = came->timings.http_version == 20;
        transport->http1 = !transport->http2;
    }
}

/* The exchange has ended with libcurl's `code`, and is gone after this. */
static void finish(struct sp_transport *transport,
                   struct sp_exchange *exchange, CURLcode code,
                   struct sp_attempt *came)
{
    struct sp_call *call = exchange->owner;

    if (exchange->multi)
        sp_multi_remove(exchange->multi, exchange);
    sp_scout_end(transport, exchange);
    memset(came, 0, sizeof *came);
    sp_exchange_result(exchange, code, came);
    sp_exchange_hand_over(exchange, &call->answer);
    count(transport, exchange, came);
    give_back(transport, exchange,
              came->failed == SP_KIND_NONE && exchange->repeated == 0);
}

bool sp_transport_start(struct sp_transport *transport, struct sp_call *call,
                        struct sp_exchange_request *request, int64_t now_ms,
                        struct sp_attempt *came)
{
    struct sp_exchange *exchange = call->exchange;
    enum sp_status status;

    request->wait_for_connection =
        transport->http2 && sp_scout_has_path(transport, now_ms);
    exchange->owner = call;
    transport->stats.in_flight++;
    sp_origin_learn(&transport->origin, request->url);
    request->origin = &transport->origin;
    sp_scout_begin(transport, call, exchange, now_ms);
    status = sp_exchange_prepare(exchange, request);
    if (status == SP_OK)
        status = sp_multi_add(transport->multi, exchange);
    if (status == SP_OK)
        return true;
    finish(transport, exchange,
           status == SP_ERR_NO_MEMORY ? CURLE_OUT_OF_MEMORY
                                      : CURLE_FAILED_INIT,
           came);
    return false;
}

/* ---- silence ---------------------------------------------------------- */

/* An exchange that could not change handles is reported as soon as somebody
 * asks for what has ended. */
static void lose(struct sp_transport *transport, struct sp_exchange *exchange)
{
    sp_multi_remove(exchange->multi, exchange);
    exchange->next = transport->lost;
    transport->lost = exchange;
}

/* Those that have sent nothing would wait for its connections. */
static void take_along(struct sp_transport *transport, struct sp_multi *old)
{
    struct sp_exchange *exchange = old->first, *next;

    for (; exchange; exchange = next) {
        next = exchange->next;
        if (!exchange->is_unsent)
            continue;
        sp_multi_remove(old, exchange);
        if (sp_multi_add(transport->multi, exchange) != SP_OK)
            lose(transport, exchange);
    }
}

/* Its exchanges go on, and nothing new is put on its connections. */
static void retire_multi(struct sp_transport *transport)
{
    struct sp_multi *old = transport->multi;
    struct sp_multi *next = sp_multi_new(transport->poll, &transport->sockets);

    if (!next)
        return; /* the old one has to do */
    old->next = transport->retired;
    transport->retired = old;
    transport->multi = next;
    sp_multi_limit(next,
                   transport->settings->max_connections -
                       (int)sp_sockets_of_others(&transport->sockets, next));
    take_along(transport, old);
}

/* An attempt has run out of time. When its connection brought nothing for
 * most of it, that may be dead, and with HTTP/2 all calls would go on joining
 * it. When no connection brought anything, all that are kept may be. Tells
 * whether the next attempt needs a new connection. */
static bool mind_silence(struct sp_transport *transport,
                         const struct sp_exchange *exchange, int64_t now_ms)
{
    const struct sp_call *call = exchange->owner;
    int64_t most_ms = (now_ms - call->attempt_began_ms) / 2;
    struct sp_multi *multi = exchange->multi;
    int64_t silence_ms = sp_exchange_silence(exchange, now_ms);
    bool multiplexed;

    if (silence_ms <= most_ms || multi != transport->multi)
        return false;
    multiplexed = exchange->socket->multiplexed;
    transport->stats.connections_suspected++;
    sp_sockets_tell(&transport->sockets, exchange->socket, SP_NEWS_SUSPECT);
    exchange->socket->doomed = true;
    if (multiplexed || now_ms - multi->heard_ms >= silence_ms)
        retire_multi(transport);
    return !multiplexed;
}

/* ---- an exchange ends ------------------------------------------------- */

static void drop_lost(struct sp_transport *transport,
                      const struct sp_exchange *exchange)
{
    struct sp_exchange **link = &transport->lost;

    while (*link && *link != exchange)
        link = &(*link)->next;
    if (*link)
        *link = exchange->next;
}

void sp_transport_stop(struct sp_transport *transport, struct sp_call *call,
                       enum sp_stop why, int64_t now_ms,
                       struct sp_attempt *came)
{
    static const CURLcode CODES[] = {
        [SP_STOP_LATE] = CURLE_OPERATION_TIMEDOUT,
        [SP_STOP_GIVEN_UP] = CURLE_ABORTED_BY_CALLBACK,
        [SP_STOP_BROKEN] = CURLE_FAILED_INIT,
        [SP_STOP_STARVED] = CURLE_FAILED_INIT,
    };
    struct sp_exchange *exchange = call->exchange;
    bool needs_fresh =
        why == SP_STOP_LATE && mind_silence(transport, exchange, now_ms);

    if (why == SP_STOP_STARVED)
        exchange->fault = SP_ERR_NO_MEMORY;
    if (!exchange->multi)
        drop_lost(transport, exchange);
    finish(transport, exchange, CODES[why], came);
    came->needs_fresh = needs_fresh;
}

/* The attempt goes on with another connection. */
static bool add_again(struct sp_transport *transport,
                      struct sp_exchange *exchange)
{
    sp_multi_remove(exchange->multi, exchange);
    return sp_exchange_renew(exchange) &&
           sp_multi_add(transport->multi, exchange) == SP_OK;
}

static struct sp_exchange *next_ended(struct sp_transport *transport,
                                      CURLcode *code)
{
    struct sp_exchange *exchange = transport->lost;

    *code = CURLE_FAILED_INIT;
    if (exchange) {
        transport->lost = exchange->next;
        return exchange;
    }
    for (struct sp_multi *old = transport->retired; old; old = old->next)
        if ((exchange = sp_multi_ended(old, code)) != NULL)
            return exchange;
    return sp_multi_ended(transport->multi, code);
}

struct sp_call *sp_transport_ended(struct sp_transport *transport,
                                   struct sp_attempt *came)
{
    struct sp_exchange *exchange;
    CURLcode code;

    while ((exchange = next_ended(transport, &code)) != NULL) {
        struct sp_call *call = exchange->owner;

        if (exchange->multi && sp_exchange_dodge(exchange) &&
            add_again(transport, exchange))
            continue;
        finish(transport, exchange, code, came);
        return call;
    }
    return NULL;
}

/* ---- turning ---------------------------------------------------------- */

bool sp_transport_is_broken(const struct sp_transport *transport)
{
    const struct sp_multi *old = transport->retired;

    while (old && !old->broken)
        old = old->next;
    return old || transport->multi->broken;
}

enum sp_stop sp_transport_why_broken(const struct sp_transport *transport)
{
    bool starved = transport->multi->starved;

    for (struct sp_multi *old = transport->retired; old; old = old->next)
        starved = starved || old->starved;
    return starved ? SP_STOP_STARVED : SP_STOP_BROKEN;
}

int64_t sp_transport_due(const struct sp_transport *transport)
{
    int64_t due_ms = SP_CLOCK_NEVER;

    if (transport->multi)
        due_ms = sp_multi_due(transport->multi);
    for (struct sp_multi *old = transport->retired; old; old = old->next)
        if (sp_multi_due(old) < due_ms)
            due_ms = sp_multi_due(old);
    return due_ms;
}

bool sp_transport_is_unbegun(const struct sp_transport *transport)
{
    uint64_t in_flight = transport->stats.in_flight;

    return in_flight > 0 && transport->multi->unbegun == in_flight;
}

bool sp_transport_act(struct sp_transport *transport,
                      const struct sp_poll_event *events, int count,
                      int64_t now_ms)
{
    int64_t enough_us = count > 1 ? sp_clock_us() + LOOK_US : 0;

    for (int i = 0; i < count && !sp_transport_is_broken(transport); i++) {
        if (i > 0 && sp_clock_us() >= enough_us)
            return false;
        sp_multi_act(events[i].owner, events[i].fd, events[i].events, now_ms);
    }
    return true;
}

void sp_transport_act_on_due(struct sp_transport *transport, bool all,
                             int64_t now_ms)
{
    for (struct sp_multi *old = transport->retired; old; old = old->next)
        if (sp_multi_due(old) <= now_ms)
            sp_multi_act_on_timer(old, now_ms);
    if (sp_transport_is_broken(transport) ||
        sp_multi_due(transport->multi) > now_ms)
        return;
    transport->put_off = !all && !transport->put_off;
    if (!transport->put_off)
        sp_multi_act_on_timer(transport->multi, now_ms);
}

/* The connections of retired handles count among those there may be until
 * their exchanges have ended. */
void sp_transport_tidy(struct sp_transport *transport)
{
    struct sp_multi **link = &transport->retired;
    int most = transport->settings->max_connections;

    if (!*link)
        return;
    while (*link) {
        struct sp_multi *old = *link;

        if (old->first) {
            sp_sockets_hang_up_idle(&transport->sockets, old);
            link = &old->next;
            continue;
        }
        *link = old->next;
        sp_multi_free(old);
    }
    sp_multi_limit(transport->multi,
                   most - (int)sp_sockets_of_others(&transport->sockets,
                                                    transport->multi));
}
