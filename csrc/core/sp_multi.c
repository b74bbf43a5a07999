#include "sp_multi.h"

#include <stdlib.h>

#include "sp_clock.h"
#include "sp_exchange.h"
#include "sp_libcurl.h"
#include "sp_poll.h"
#include "sp_sockets.h"

enum { KICK_MS = 250 };

/* ---- what libcurl wants ----------------------------------------------- */

/* Refusing here would end all transfers, so trouble is noted for later. */
static int on_want(CURL *easy, curl_socket_t fd, int what, void *self,
                   void *unused)
{
    struct sp_multi *multi = self;
    int events = what == CURL_POLL_IN      ? SP_POLL_IN
                 : what == CURL_POLL_OUT   ? SP_POLL_OUT
                 : what == CURL_POLL_INOUT ? SP_POLL_IN | SP_POLL_OUT
                                           : 0;

    (void)easy, (void)unused;
    if (events == 0 && sp_poll_owner(multi->poll, fd) != multi)
        return 0; /* a late word about a number that is another's by now */
    /* What libcurl keeps for itself is closed without a word: its number may
     * be another socket at once, and a child may hold the old one open. */
    if (events == 0 && !sp_sockets_has(multi->sockets, fd))
        sp_poll_closed(multi->poll, fd);
    else if (sp_poll_want(multi->poll, fd, events, multi) != SP_OK)
        multi->broken = multi->starved = true;
    return 0;
}

static int on_timer(CURLM *curl, long timeout_ms, void *self)
{
    struct sp_multi *multi = self;

    (void)curl;
    multi->due_ms = timeout_ms < 0 ? SP_CLOCK_NEVER
                                   : sp_clock_after(sp_clock_ms(), timeout_ms);
    return 0;
}

/* ---- birth and death -------------------------------------------------- */

/* By their numbers, because the headers may be older than what runs. */
static void unbind_resolver(CURLM *curl)
{
    enum { RESOLVE_THREADS_MAX = 20, QUICK_EXIT = 21 };

    if (!sp_libcurl_has(SP_LIBCURL_RESOLVER_POOL))
        return;
    curl_multi_setopt(curl, (CURLMoption)RESOLVE_THREADS_MAX, 1000L);
    curl_multi_setopt(curl, (CURLMoption)QUICK_EXIT, 1L);
}

struct sp_multi *sp_multi_new(struct sp_poll *poll, struct sp_sockets *sockets)
{
    struct sp_multi *multi = calloc(1, sizeof *multi);

    if (multi)
        multi->curl = curl_multi_init();
    if (!multi || !multi->curl) {
        free(multi);
        return NULL;
    }
    multi->poll = poll;
    multi->sockets = sockets;
    multi->due_ms = SP_CLOCK_NEVER;
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETFUNCTION, on_want);
    curl_multi_setopt(multi->curl, CURLMOPT_SOCKETDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi->curl, CURLMOPT_TIMERDATA, multi);
    curl_multi_setopt(multi->curl, CURLMOPT_PIPELINING,
                      (long)CURLPIPE_MULTIPLEX);
    unbind_resolver(multi->curl);
    return multi;
}

void sp_multi_free(struct sp_multi *multi)
{
    if (!multi)
        return;
    curl_multi_cleanup(multi->curl);
    free(multi);
}

void sp_multi_limit(struct sp_multi *multi, int connections)
{
    long most = connections > 1 ? connections : 1;

    curl_multi_setopt(multi->curl, CURLMOPT_MAXCONNECTS, most);
    curl_multi_setopt(multi->curl, CURLMOPT_MAX_TOTAL_CONNECTIONS, most);
}

/* ---- exchanges -------------------------------------------------------- */

static void append(struct sp_multi *multi, struct sp_exchange *exchange)
{
    exchange->next = NULL;
    exchange->previous = multi->last;
    if (multi->last)
        multi->last->next = exchange;
    else
        multi->first = exchange;
    multi->last = exchange;
}

static void unlink_exchange(struct sp_multi *multi,
                            struct sp_exchange *exchange)
{
    if (exchange->previous)
        exchange->previous->next = exchange->next;
    else
        multi->first = exchange->next;
    if (exchange->next)
        exchange->next->previous = exchange->previous;
    else
        multi->last = exchange->previous;
    exchange->next = exchange->previous = NULL;
}

enum sp_status sp_multi_add(struct sp_multi *multi,
                            struct sp_exchange *exchange)
{
    CURLMcode code;

    exchange->multi = multi;
    exchange->is_unsent = true;
    append(multi, exchange);
    multi->unbegun++;
    if (multi->unsent++ == 0)
        multi->kick_ms = sp_clock_after(sp_clock_ms(), KICK_MS);
    code = curl_multi_add_handle(multi->curl, exchange->easy);
    if (code == CURLM_OK)
        return SP_OK;
    return code == CURLM_OUT_OF_MEMORY ? SP_ERR_NO_MEMORY : SP_ERR_SYSTEM;
}

void sp_multi_remove(struct sp_multi *multi, struct sp_exchange *exchange)
{
    sp_multi_sent(exchange);
    curl_multi_remove_handle(multi->curl, exchange->easy);
    exchange->multi = NULL;
    unlink_exchange(multi, exchange);
}

void sp_multi_sent(struct sp_exchange *exchange)
{
    if (exchange->is_unsent)
        exchange->multi->unsent--;
    exchange->is_unsent = false;
}

void sp_multi_act(struct sp_multi *multi, int fd, int seen, int64_t now_ms)
{
    int running, what = (seen & SP_POLL_IN ? CURL_CSELECT_IN : 0) |
                        (seen & SP_POLL_OUT ? CURL_CSELECT_OUT : 0) |
                        (seen & SP_POLL_ERROR ? CURL_CSELECT_ERR : 0);
    CURLMcode code;

    multi->now_ms = now_ms;
    multi->unbegun = 0;
    code = curl_multi_socket_action(multi->curl, fd, what, &running);
    if (code != CURLM_OK)
        multi->broken = true;
    if (code == CURLM_OUT_OF_MEMORY)
        multi->starved = true;
}

int64_t sp_multi_due(const struct sp_multi *multi)
{
    return multi->unsent > 0 && multi->kick_ms < multi->due_ms ? multi->kick_ms
                                                               : multi->due_ms;
}

/* Some versions of libcurl, 7.88 among them, set no timer for the next address
 * of a name when they give the one before up: they go on when something has
 * them run the transfer, which the easy interface does once a second. */
static void kick(struct sp_multi *multi, int64_t now_ms)
{
    int running;
    CURLMcode code;

    multi->now_ms = now_ms;
    multi->unbegun = 0;
    multi->kick_ms = sp_clock_after(now_ms, KICK_MS);
    CURL_IGNORE_DEPRECATION(code =
                                curl_multi_socket_all(multi->curl, &running);)
    multi->broken |= code != CURLM_OK;
    multi->starved |= code == CURLM_OUT_OF_MEMORY;
}

/* libcurl tells its timer only when it changes, so a deadline that stays the
 * same after it has rung must be asked for. */
void sp_multi_act_on_timer(struct sp_multi *multi, int64_t now_ms)
{
    long left = -1;
    bool rang = multi->due_ms <= now_ms;

    if (rang) {
        multi->due_ms = SP_CLOCK_NEVER;
        sp_multi_act(multi, CURL_SOCKET_TIMEOUT, 0, now_ms);
    }
    if (multi->unsent > 0 && multi->kick_ms <= now_ms)
        kick(multi, now_ms);
    if (rang && multi->due_ms == SP_CLOCK_NEVER &&
        curl_multi_timeout(multi->curl, &left) == CURLM_OK && left >= 0)
        multi->due_ms = sp_clock_after(sp_clock_ms(), left);
}

struct sp_exchange *sp_multi_ended(struct sp_multi *multi, CURLcode *code)
{
    struct sp_exchange *exchange = NULL;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi->curl, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        *code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
        return exchange;
    }
    return NULL;
}
