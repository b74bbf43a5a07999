#define _POSIX_C_SOURCE 200809L

#include "sp_exchange_private.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sp_clock.h"
#include "sp_libcurl.h"
#include "sp_multi.h"
#include "sp_refusal.h"
#include "sp_tls.h"
#include "sp_whole.h"

#if LIBCURL_VERSION_NUM < 0x075700
#error "libcurl 7.87 or newer is needed"
#endif

enum {
    PATIENCE_MIN_S = 5, /* some retransmissions on a bad link */
    PATIENCE_MAX_S = 300,
    DEAD_MAX = 3,     /* then a new connection, whatever is kept */
    REPEATED_MAX = 10 /* of a refused request; then it is a failure */
};

/* ---- callbacks: copy or count, and return ---------------------------- */

/* It came after libcurl was let to work: a clock for each line of a header
 * would tell no more. */
static void note_heard(struct sp_exchange *exchange)
{
    struct sp_multi *multi = exchange->multi;

    multi->heard_ms = multi->now_ms;
    if (exchange->socket)
        exchange->socket->heard_ms = multi->now_ms;
}

/* libcurl's own log, which costs something while it is on; see on_debug. */
static void trace(struct sp_exchange *exchange, bool on)
{
    curl_easy_setopt(exchange->easy, CURLOPT_VERBOSE, on ? 1L : 0L);
}

/* What has to be known of a body before it comes. False: its end could not be
 * told. */
static bool expect_body(struct sp_exchange *exchange)
{
    int64_t length;
    enum sp_framing framing =
        sp_framing_of(&exchange->headers, exchange->asked_head, &length);

    if (framing == SP_FRAMING_LENGTH &&
        sp_framing_is_identity(&exchange->headers))
        exchange->length = length;
    if (framing == SP_FRAMING_CLOSE && exchange->https)
        trace(exchange, true);
    if (framing == SP_FRAMING_BROKEN)
        exchange->complaint = SP_WHOLE_BROKEN;
    return framing != SP_FRAMING_BROKEN;
}

/* Whether a body has come that libcurl would not end. */
bool sp_exchange_is_complete(const struct sp_exchange *exchange)
{
    return exchange->length >= 0 &&
           exchange->body.len >= (uint64_t)exchange->length;
}

/* Of HTTP/2 the rest of the block is still to come, and when that is long the
 * whole connection breaks at it. */
void sp_exchange_blame_headers(struct sp_exchange *exchange)
{
    if (exchange->socket)
        exchange->socket->doomed = exchange->socket->flooded = true;
}

static size_t on_header(char *line, size_t size, size_t count, void *self)
{
    struct sp_exchange *exchange = self;

    if (exchange->socket && size * count > 6 && memcmp(line, "HTTP/2", 6) == 0)
        exchange->socket->multiplexed = true;
    note_heard(exchange);
    exchange->too_large = SP_HEADERS_TOO_LARGE;
    exchange->fault = sp_headers_line(&exchange->headers, line, size * count);
    if (exchange->fault != SP_OK) {
        sp_exchange_blame_headers(exchange);
        return 0;
    }
    if (exchange->issued > 0 && sp_headers_is_final(&exchange->headers) &&
        !expect_body(exchange))
        return 0;
    return sp_exchange_is_complete(exchange) ? 0 : size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *self)
{
    struct sp_exchange *exchange = self;
    size_t len = size * count, wanted = len;

    note_heard(exchange);
    if (exchange->length >= 0 &&
        len > (uint64_t)exchange->length - exchange->body.len)
        wanted = (size_t)exchange->length - exchange->body.len;
    exchange->too_large = SP_BODY_TOO_LARGE;
    exchange->fault = sp_buffer_append(&exchange->body, bytes, wanted);
    if (exchange->fault != SP_OK)
        return 0;
    return sp_exchange_is_complete(exchange) ? 0 : len;
}

/* The connection is no longer busy with it, and what libcurl says from now on
 * is about another one, or none. */
void sp_exchange_leave_connection(struct sp_exchange *exchange)
{
    sp_socket_let_go(exchange->socket);
    exchange->socket = NULL;
    exchange->stream = -1;
}

/* A message of a TLS handshake (RFC 8446, section 4), by its first byte. A
 * session that is resumed needs no certificate. */
static void note_handshake(struct sp_exchange *exchange, char message)
{
    enum { SERVER_HELLO = 2, CERTIFICATE = 11 };

    if (message == SERVER_HELLO) {
        exchange->shook_hands = true;
        exchange->showed_certificate = false;
    } else if (message == CERTIFICATE) {
        exchange->showed_certificate = true;
    }
}

/* A line of libcurl's log, which is read and not kept. */
static int on_debug(CURL *easy, curl_infotype type, char *text, size_t size,
                    void *self)
{
    struct sp_exchange *exchange = self;
    int64_t number;

    (void)easy;
    if (type == CURLINFO_SSL_DATA_IN && size == 2 && text[1] == 0)
        exchange->goodbye = true; /* a close_notify */
    if (type == CURLINFO_SSL_DATA_IN && size > 4)
        note_handshake(exchange, text[0]);
    if (type != CURLINFO_TEXT || exchange->issued == 0)
        return 0; /* it would be about connecting */
    switch (sp_refusal_read(text, size, &number)) {
    case SP_REFUSAL_STREAM:
        exchange->stream = number;
        if (exchange->socket)
            exchange->socket->multiplexed = true;
        break;
    case SP_REFUSAL_REFUSED:
        exchange->refused = true;
        break;
    case SP_REFUSAL_GOAWAY:
        if (exchange->socket && exchange->stream >= 0)
            exchange->socket->last_stream = number;
        break;
    case SP_REFUSAL_AGAIN:
        if (exchange->repeats_refused_only &&
            sp_libcurl_has(SP_LIBCURL_SILENT_REFUSAL))
            exchange->refused = true;
        sp_exchange_leave_connection(exchange);
        break;
    case SP_REFUSAL_NOTHING:
        break;
    }
    return 0;
}

/* Whether libcurl made a connection for what it wants to send. */
static bool is_new(struct sp_exchange *exchange)
{
    long connects = 0, known = exchange->opened - exchange->opened_before;

    curl_easy_getinfo(exchange->easy, CURLINFO_NUM_CONNECTS, &connects);
    exchange->opened = exchange->opened_before + connects;
    return connects > known;
}

static bool is_too_idle(const struct sp_exchange *exchange)
{
    return exchange->max_idle_ms > 0 &&
           sp_socket_idle_ms(exchange->socket, sp_clock_ms()) >=
               exchange->max_idle_ms;
}

/* A kept connection that must not be used again, nor be kept any longer. */
static bool is_unusable(struct sp_exchange *exchange, bool new)
{
    if (new || (sp_socket_usable(exchange->socket) && !is_too_idle(exchange)))
        return false;
    curl_easy_setopt(exchange->easy, CURLOPT_FORBID_REUSE, 1L);
    return true;
}

/* Whether the request may go out although it has gone out before: the server
 * did nothing with it then, and nothing has come back. */
static bool may_repeat(const struct sp_exchange *exchange)
{
    return exchange->refused && exchange->headers.seen == 0 &&
           !exchange->detail[0];
}

/* Whether it goes out over HTTP/2, as far as is known: a kept connection that
 * was answered on has shown what it speaks. */
static bool may_have_streams(const struct sp_exchange *exchange, bool new)
{
    const struct sp_socket *socket = exchange->socket;
    enum sp_http http = exchange->settings->http;

    if (http == SP_HTTP_1_1 || (!exchange->https && http != SP_HTTP_2))
        return false;
    return new || !socket || socket->multiplexed || socket->heard_ms == 0;
}

static void tell_of_connection(struct sp_exchange *exchange, bool new)
{
    struct sp_sockets *sockets = exchange->sockets;

    sp_sockets_tell(sockets, exchange->socket,
                    new ? SP_NEWS_OPENED : SP_NEWS_REUSED);
    if (new && exchange->shook_hands && !exchange->showed_certificate)
        sp_sockets_tell(sockets, exchange->socket, SP_NEWS_RESUMED);
}

static int on_send(void *self, char *to_ip, char *from_ip, int to_port,
                   int from_port)
{
    struct sp_exchange *exchange = self;
    bool new, unusable;

    (void)from_ip;
    sp_exchange_leave_connection(exchange);
    exchange->socket =
        sp_sockets_hold(exchange->sockets, from_port, to_ip, to_port);
    new = is_new(exchange);
    unusable = is_unusable(exchange, new);
    if (unusable && (exchange->issued == 0 || may_repeat(exchange))) {
        exchange->stale = true;
        return CURL_PREREQFUNC_ABORT;
    }
    if (exchange->issued > 0 && !may_repeat(exchange)) {
        exchange->issued++;
        return CURL_PREREQFUNC_ABORT;
    }
    tell_of_connection(exchange, new);
    trace(exchange, may_have_streams(exchange, new));
    if (exchange->issued == 0)
        sp_headers_reset(&exchange->headers); /* those of a proxy */
    exchange->repeated += exchange->issued > 0;
    exchange->refused = false;
    exchange->issued = 1;
    sp_multi_sent(exchange);
    exchange->sent_ms = exchange->multi->now_ms = sp_clock_ms();
    sp_rate_issued(exchange->rate, exchange->ticket, exchange->sent_ms);
    return CURL_PREREQFUNC_OK;
}

/* Data that is not acknowledged ends the connection after as long as may be
 * spent on making one: a path that is dead answers to nothing, and keep-alive
 * probes are not sent while data is under way. */
static void limit_silence(const struct sp_exchange *exchange, int fd)
{
#ifdef TCP_USER_TIMEOUT
    int64_t seconds = exchange->settings->connect_timeout_s;
    unsigned ms = 1000 * (unsigned)(seconds < PATIENCE_MIN_S   ? PATIENCE_MIN_S
                                    : seconds > PATIENCE_MAX_S ? PATIENCE_MAX_S
                                                               : seconds);

    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
#else
    (void)exchange, (void)fd;
#endif
}

static int on_socket(void *self, curl_socket_t fd, curlsocktype purpose)
{
    struct sp_exchange *exchange = self;

    (void)purpose;
    fcntl(fd, F_SETFD, FD_CLOEXEC); /* not for what the host executes */
    limit_silence(exchange, fd);
    sp_sockets_add(exchange->sockets, fd, exchange->multi);
    return CURL_SOCKOPT_OK;
}

static int on_close(void *sockets, curl_socket_t fd)
{
    sp_sockets_remove(sockets, fd);
    return close(fd);
}

/* ---- birth and death -------------------------------------------------- */

static CURLcode set_callbacks(struct sp_exchange *exchange)
{
    CURL *easy = exchange->easy;
    CURLcode code = CURLE_OK;

    SP_SET(PRIVATE, exchange);
    SP_SET(ERRORBUFFER, exchange->detail);
    SP_SET(HEADERFUNCTION, on_header);
    SP_SET(HEADERDATA, exchange);
    SP_SET(WRITEFUNCTION, on_body);
    SP_SET(WRITEDATA, exchange);
    SP_SET(PREREQFUNCTION, on_send);
    SP_SET(PREREQDATA, exchange);
    SP_SET(DEBUGFUNCTION, on_debug);
    SP_SET(DEBUGDATA, exchange);
    SP_SET(SOCKOPTFUNCTION, on_socket);
    SP_SET(SOCKOPTDATA, exchange);
    SP_SET(CLOSESOCKETFUNCTION, on_close);
    SP_SET(CLOSESOCKETDATA, exchange->sockets);
    return code;
}

/* The easy handle, and all that it is told at birth. */
static CURLcode open_easy(struct sp_exchange *exchange)
{
    CURLcode code;

    exchange->easy = curl_easy_init();
    if (!exchange->easy)
        return CURLE_OUT_OF_MEMORY;
    exchange->https = true;
    exchange->knows_origin = false;
    exchange->reads_ahead = sp_libcurl_has(SP_LIBCURL_READ_AHEAD) &&
                            !sp_tls_read_exactly(exchange->easy);
    code = sp_exchange_set_up(exchange);
    if (code == CURLE_OK)
        code = set_callbacks(exchange);
    if (code == CURLE_OK)
        code = curl_easy_setopt(exchange->easy, CURLOPT_SHARE,
                                exchange->sessions);
    return code;
}

static void close_easy(struct sp_exchange *exchange)
{
    curl_easy_cleanup(exchange->easy);
    exchange->easy = NULL;
}

enum sp_status sp_exchange_open(struct sp_exchange *exchange,
                                struct sp_error *error)
{
    CURLcode code = exchange->easy ? CURLE_OK : open_easy(exchange);

    if (code == CURLE_OUT_OF_MEMORY)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    return code == CURLE_OK
               ? SP_OK
               : sp_error_set(error, SP_ERR_UNSUPPORTED, "libcurl: %s",
                              curl_easy_strerror(code));
}

struct sp_exchange *sp_exchange_new(const struct sp_settings *settings,
                                    struct sp_sockets *sockets,
                                    CURLSH *sessions)
{
    struct sp_exchange *exchange = calloc(1, sizeof *exchange);

    if (!exchange)
        return NULL;
    exchange->prior_knowledge = settings->http == SP_HTTP_2;
    exchange->stream = -1;
    exchange->settings = settings;
    exchange->sockets = sockets;
    exchange->sessions = sessions;
    sp_headers_init(&exchange->headers, settings->max_headers);
    sp_buffer_init(&exchange->body, settings->max_body);
    sp_buffer_init(&exchange->key_line, SIZE_MAX);
    return exchange;
}

void sp_exchange_recycle(struct sp_exchange *exchange)
{
    sp_exchange_drop_form(exchange);
    if (sp_libcurl_has(SP_LIBCURL_STALE_HEADER)) {
        close_easy(exchange);
    } else {
        curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, NULL);
        curl_easy_setopt(exchange->easy, CURLOPT_POSTFIELDS, NULL);
    }
    sp_buffer_wipe(&exchange->key_line);
    exchange->line_count = 0;
    sp_exchange_leave_connection(exchange);
    sp_headers_recycle(&exchange->headers);
    sp_buffer_recycle(&exchange->body);
    exchange->owner = NULL;
}

void sp_exchange_free(struct sp_exchange *exchange)
{
    if (!exchange)
        return;
    close_easy(exchange);
    curl_mime_free(exchange->form);
    sp_exchange_leave_connection(exchange);
    sp_buffer_wipe(&exchange->key_line);
    free(exchange->lines);
    free(exchange->agent_line);
    sp_headers_clear(&exchange->headers);
    sp_buffer_clear(&exchange->body);
    free(exchange);
}

/* ---- again ------------------------------------------------------------ */

/* Any connection that is kept may be used, until enough were found dead, but
 * not when the attempt before met silence. */
void sp_exchange_reset_connection(struct sp_exchange *exchange)
{
    bool alone = exchange->prior_knowledge && !exchange->https &&
                 sp_libcurl_has(SP_LIBCURL_SECOND_SWITCH);
    bool fresh = alone || exchange->fresh || exchange->dodged >= DEAD_MAX;

    exchange->opened_before = exchange->opened;
    exchange->stale = exchange->shook_hands = false;
    exchange->detail[0] = '\0';
    curl_easy_setopt(exchange->easy, CURLOPT_FORBID_REUSE, alone ? 1L : 0L);
    /* It tells of the handshake, and of a close_notify, when it was on as TLS
     * began. */
    trace(exchange,
          exchange->https && (sp_libcurl_has(SP_LIBCURL_SILENT_CUT) ||
                              exchange->settings->tells_news));
    curl_easy_setopt(exchange->easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
}

/* libcurl 7.88 hands requests to a connection through a proxy that has no
 * way to send yet. */
bool sp_exchange_is_unwritten(const struct sp_exchange *exchange)
{
    return strstr(exchange->detail, "send: no filter connected") != NULL;
}

/* Whether libcurl has repeated a refused request so often that it gave up. */
static bool is_refused_for_good(const struct sp_exchange *exchange)
{
    return exchange->repeats_refused_only &&
           strncmp(exchange->detail, "Connection died, tried", 22) == 0;
}

/* Whether the server left the request undone, and said so: its stream was
 * refused, or opened too late. */
bool sp_exchange_is_left_undone(const struct sp_exchange *exchange)
{
    const struct sp_socket *socket = exchange->socket;

    return exchange->refused || is_refused_for_good(exchange) ||
           (socket && socket->last_stream >= 0 &&
            exchange->stream > socket->last_stream);
}

/* libcurl gives up a connection that has ended with GOAWAY, and with it the
 * requests that nobody worked on. */
static bool is_to_repeat(const struct sp_exchange *exchange)
{
    return exchange->issued == 1 && exchange->repeated < REPEATED_MAX &&
           exchange->headers.seen == 0 && sp_exchange_is_left_undone(exchange);
}

bool sp_exchange_dodge(struct sp_exchange *exchange)
{
    if (exchange->stale) {
        exchange->dodged++;
    } else if (sp_exchange_is_unwritten(exchange) &&
               exchange->dodged < DEAD_MAX) {
        exchange->dodged++;
        exchange->issued = 0;
        sp_exchange_leave_connection(exchange);
    } else if (is_to_repeat(exchange)) {
        exchange->repeated++;
        exchange->issued = 0;
        exchange->refused = false;
        exchange->remembers = true;
        sp_exchange_leave_connection(exchange);
    } else {
        return false;
    }
    sp_exchange_reset_connection(exchange);
    return true;
}

/* Where a stream is refused on a connection that cannot be written to, libcurl
 * ends the transfer and forgets to forget the refusal: the next failure of the
 * handle passes for one, and libcurl sends again what may have arrived. */
bool sp_exchange_renew(struct sp_exchange *exchange)
{
    CURL *copy;

    if (!exchange->remembers)
        return true;
    if (exchange->upload && sp_upload_rewind(exchange->upload) != SP_OK)
        return false;
    copy = curl_easy_duphandle(exchange->easy);
    if (!copy || curl_easy_setopt(copy, CURLOPT_SHARE, exchange->sessions) !=
                     CURLE_OK) {
        curl_easy_cleanup(copy);
        return false;
    }
    curl_easy_cleanup(exchange->easy);
    exchange->easy = copy;
    exchange->remembers = false;
    return true;
}

int64_t sp_exchange_silence(const struct sp_exchange *exchange, int64_t now_ms)
{
    const struct sp_socket *socket = exchange->socket;
    int64_t since_ms = exchange->sent_ms;

    if (!socket || exchange->issued != 1)
        return 0;
    if (since_ms < socket->heard_ms)
        since_ms = socket->heard_ms;
    return now_ms - since_ms;
}
