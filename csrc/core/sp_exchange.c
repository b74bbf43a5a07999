#define _POSIX_C_SOURCE 200809L

#include "sp_exchange_private.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sp_clock.h"
#include "sp_form.h"
#include "sp_libcurl.h"
#include "sp_multi.h"
#include "sp_refusal.h"
#include "sp_tls.h"
#include "sp_whole.h"

#if LIBCURL_VERSION_NUM < 0x075700
#error "libcurl 7.87 or newer is needed"
#endif

enum {
    KEEP_IDLE_S = 50, /* balancers drop a connection after a minute */
    /* libcurl would keep a bundle for a day, also one that was read in part
     * because memory was short, or that has been renewed. */
    KEEP_TRUST_S = 600,
    PATIENCE_MIN_S = 5, /* some retransmissions on a bad link */
    PATIENCE_MAX_S = 300,
    DEAD_MAX = 3,     /* then a new connection, whatever is kept */
    REPEATED_MAX = 10 /* of a refused request; then it is a failure */
};

/* ---- callbacks: copy or count, and return ---------------------------- */

static void note_heard(struct sp_exchange *exchange)
{
    int64_t now = sp_clock_ms();

    if (exchange->socket)
        exchange->socket->heard_ms = now;
    if (exchange->multi)
        exchange->multi->heard_ms = now;
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
    enum sp_framing framing = sp_framing_of(&exchange->headers,
                                            exchange->asked_head, &length);

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

static size_t on_header(char *line, size_t size, size_t count, void *self)
{
    struct sp_exchange *exchange = self;

    if (exchange->socket && size * count > 6 &&
        memcmp(line, "HTTP/2", 6) == 0)
        exchange->socket->multiplexed = true;
    note_heard(exchange);
    exchange->too_large = SP_HEADERS_TOO_LARGE;
    exchange->fault = sp_headers_line(&exchange->headers, line, size * count);
    if (exchange->fault != SP_OK)
        return 0;
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
static void leave_connection(struct sp_exchange *exchange)
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
        leave_connection(exchange);
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
    leave_connection(exchange);
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
    exchange->sent_ms = sp_clock_ms();
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
    unsigned ms = 1000 * (unsigned)(seconds < PATIENCE_MIN_S ? PATIENCE_MIN_S
                                    : seconds > PATIENCE_MAX_S
                                        ? PATIENCE_MAX_S : seconds);

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

/* With a directory of certificates libcurl re-reads the bundle for each new
 * connection; with a file alone it parses it once and keeps it. */
static CURLcode set_trust(CURL *easy, const struct sp_settings *settings)
{
    const char *file = settings->ca_file;
    char *built_in = NULL;
    CURLcode code = CURLE_OK;

    if (!file && !settings->ca_path) {
        code = curl_easy_getinfo(easy, CURLINFO_CAINFO, &built_in);
        if (code == CURLE_OK && (!built_in || access(built_in, R_OK) != 0))
            return CURLE_OK; /* whatever libcurl was built to do */
        file = built_in;
    }
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_CAINFO, file);
    if (code == CURLE_OK)
        code = curl_easy_setopt(easy, CURLOPT_CAPATH, settings->ca_path);
    /* Not every TLS library keeps what it has read, so this may be refused. */
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, (long)KEEP_TRUST_S);
    return code;
}

#define SET(option, value)                                            \
    do {                                                              \
        if (code == CURLE_OK)                                         \
            code = curl_easy_setopt(easy, CURLOPT_##option, value);   \
    } while (0)

/* "": none, whatever the environment says; NULL: what it says. */
static const char *proxy_for_https(const struct sp_settings *settings)
{
    if (settings->proxy_from_environment)
        return NULL;
    return settings->proxy ? settings->proxy : "";
}

static long tls_version(const struct sp_settings *settings)
{
    return settings->min_tls == 13 ? (long)CURL_SSLVERSION_TLSv1_3
                                   : (long)CURL_SSLVERSION_TLSv1_2;
}

static CURLcode set_safety(CURL *easy, const struct sp_settings *settings)
{
    CURLcode code = set_trust(easy, settings);

    SET(SSL_VERIFYPEER, 1L);
    SET(SSL_VERIFYHOST, 2L);
    SET(SSLVERSION, tls_version(settings));
    SET(PINNEDPUBLICKEY, settings->pinned_public_key);
    SET(SSLCERT, settings->client_cert);
    SET(SSLKEY, settings->client_key);
    SET(FOLLOWLOCATION, 0L);
    SET(NETRC, (long)CURL_NETRC_IGNORED);
    SET(HTTP09_ALLOWED, 0L);
    SET(DISALLOW_USERNAME_IN_URL, 1L);
    SET(PATH_AS_IS, 1L);
    SET(PROTOCOLS_STR, "https");
    SET(PROXY, proxy_for_https(settings));
    SET(PROXY_SSL_VERIFYPEER, 1L);
    SET(PROXY_SSL_VERIFYHOST, 2L);
    SET(PROXY_SSLVERSION, tls_version(settings));
    if (settings->proxy_ca_file) {
        SET(PROXY_CAINFO, settings->proxy_ca_file);
        SET(PROXY_CAPATH, NULL);
    }
    if (!settings->proxy_from_environment)
        SET(NOPROXY, "");
    return code;
}

static CURLcode set_transport(CURL *easy, const struct sp_settings *settings)
{
    static const long VERSIONS[] = {
        [SP_HTTP_AUTO] = CURL_HTTP_VERSION_2TLS,
        [SP_HTTP_1_1] = CURL_HTTP_VERSION_1_1,
        [SP_HTTP_2] = CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE,
    };
    CURLcode code = CURLE_OK;

    SET(HTTP_VERSION, VERSIONS[settings->http]);
    SET(NOSIGNAL, 1L);
    SET(QUICK_EXIT, 1L); /* never waits for a resolver that hangs */
    SET(TCP_KEEPALIVE, 1L);
    SET(MAXAGE_CONN, (long)KEEP_IDLE_S);
    SET(HTTP_CONTENT_DECODING, 0L); /* see sp_inflate.h */
    return code;
}

/* libcurl repeats a request whose kept connection died unless it is one of
 * RTSP that waits for the server; asked about HTTP too, that leaves it the
 * repeats of refused streams alone. False when it was built without RTSP. */
static bool end_hidden_resend(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_RTSP_REQUEST,
                            (long)CURL_RTSPREQ_RECEIVE) == CURLE_OK;
}

/* libcurl puts its own header lines together twice, letter by letter, for
 * each request: those that never change are handed over instead. A proxy is
 * told the agent only by libcurl. */
static CURLcode set_lines(struct sp_exchange *exchange,
                          const struct sp_settings *settings)
{
    static const char NAME[] = "User-Agent: ";
    const char *agent = settings->user_agent;
    bool proxied = settings->proxy || settings->proxy_from_environment;

    if (!agent)
        return CURLE_OK;
    if (proxied)
        return curl_easy_setopt(exchange->easy, CURLOPT_USERAGENT, agent);
    exchange->agent_line = malloc(sizeof NAME + strlen(agent));
    if (!exchange->agent_line)
        return CURLE_OUT_OF_MEMORY;
    strcpy(exchange->agent_line, NAME);
    strcat(exchange->agent_line, agent);
    return CURLE_OK;
}

static CURLcode set_callbacks(struct sp_exchange *exchange)
{
    CURL *easy = exchange->easy;
    CURLcode code = CURLE_OK;

    SET(PRIVATE, exchange);
    SET(ERRORBUFFER, exchange->detail);
    SET(HEADERFUNCTION, on_header);
    SET(HEADERDATA, exchange);
    SET(WRITEFUNCTION, on_body);
    SET(WRITEDATA, exchange);
    SET(PREREQFUNCTION, on_send);
    SET(PREREQDATA, exchange);
    SET(DEBUGFUNCTION, on_debug);
    SET(DEBUGDATA, exchange);
    SET(SOCKOPTFUNCTION, on_socket);
    SET(SOCKOPTDATA, exchange);
    SET(CLOSESOCKETFUNCTION, on_close);
    SET(CLOSESOCKETDATA, exchange->sockets);
    return code;
}

enum sp_status sp_exchange_new(const struct sp_settings *settings,
                               struct sp_sockets *sockets, CURLSH *sessions,
                               struct sp_exchange **out,
                               struct sp_error *error)
{
    struct sp_exchange *exchange = calloc(1, sizeof *exchange);
    CURLcode code;

    *out = NULL;
    if (exchange)
        exchange->easy = curl_easy_init();
    if (!exchange || !exchange->easy) {
        free(exchange);
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    }
    exchange->https = true;
    exchange->prior_knowledge = settings->http == SP_HTTP_2;
    exchange->stream = -1;
    exchange->settings = settings;
    sp_headers_init(&exchange->headers, settings->max_headers);
    sp_buffer_init(&exchange->body, settings->max_body);
    exchange->sockets = sockets;
    exchange->repeats_refused_only = end_hidden_resend(exchange->easy);
    exchange->reads_ahead = sp_libcurl_has(SP_LIBCURL_READ_AHEAD) &&
                            !sp_tls_read_exactly(exchange->easy);
    code = set_safety(exchange->easy, settings);
    if (code == CURLE_OK)
        code = set_transport(exchange->easy, settings);
    if (code == CURLE_OK)
        code = set_lines(exchange, settings);
    if (code == CURLE_OK)
        code = set_callbacks(exchange);
    if (code == CURLE_OK)
        code = curl_easy_setopt(exchange->easy, CURLOPT_SHARE, sessions);
    if (code != CURLE_OK) {
        sp_exchange_free(exchange);
        return sp_error_set(error, SP_ERR_UNSUPPORTED, "libcurl: %s",
                            curl_easy_strerror(code));
    }
    *out = exchange;
    return SP_OK;
}

/* libcurl reads the upload no more. */
static void drop_form(struct sp_exchange *exchange)
{
    if (exchange->form) {
        curl_easy_setopt(exchange->easy, CURLOPT_MIMEPOST, NULL);
        curl_mime_free(exchange->form);
    }
    exchange->form = NULL;
    exchange->upload = NULL;
}

void sp_exchange_recycle(struct sp_exchange *exchange)
{
    drop_form(exchange);
    curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(exchange->easy, CURLOPT_POSTFIELDS, NULL);
    sp_wipe(exchange->key_line, strlen(exchange->key_line));
    exchange->line_count = 0;
    leave_connection(exchange);
    sp_headers_recycle(&exchange->headers);
    sp_buffer_recycle(&exchange->body);
    exchange->owner = NULL;
}

void sp_exchange_free(struct sp_exchange *exchange)
{
    if (!exchange)
        return;
    curl_easy_cleanup(exchange->easy);
    curl_mime_free(exchange->form);
    leave_connection(exchange);
    sp_wipe(exchange->key_line, sizeof exchange->key_line);
    free(exchange->lines);
    free(exchange->agent_line);
    sp_headers_clear(&exchange->headers);
    sp_buffer_clear(&exchange->body);
    free(exchange);
}

/* ---- the request ------------------------------------------------------ */

/* libcurl reads the list and copies nothing, so it is made of the memory that
 * is there: the entries in one array, which is linked when it is complete. */
static enum sp_status add_line(struct sp_exchange *exchange, char *line)
{
    if (exchange->line_count == exchange->line_capacity) {
        size_t capacity = exchange->line_capacity + 8;
        struct curl_slist *grown =
            realloc(exchange->lines, capacity * sizeof *grown);

        if (!grown)
            return SP_ERR_NO_MEMORY;
        exchange->lines = grown;
        exchange->line_capacity = capacity;
    }
    exchange->lines[exchange->line_count++].data = line;
    return SP_OK;
}

static void link_lines(struct sp_exchange *exchange)
{
    for (size_t i = 0; i < exchange->line_count; i++)
        exchange->lines[i].next = i + 1 < exchange->line_count
                                      ? &exchange->lines[i + 1] : NULL;
}

static bool has_body(const struct sp_exchange_request *request)
{
    return request->upload || (request->body && request->body->len > 0);
}

static enum sp_status add_lines(struct sp_exchange *exchange,
                                const struct sp_exchange_request *request)
{
    static char no_expect[] = "Expect:", no_type[] = "Content-Type:";
    static char gzip[] = "Accept-Encoding: gzip";
    struct sp_buffer *lines = request->lines;
    enum sp_status status = SP_OK;
    size_t at = 0;

    exchange->line_count = 0;
    /* Two of libcurl's own are not wanted. */
    if (has_body(request))
        status = add_line(exchange, no_expect);
    else if (strcmp(request->method, "POST") == 0)
        status = add_line(exchange, no_type);
    if (status == SP_OK && exchange->agent_line)
        status = add_line(exchange, exchange->agent_line);
    if (status == SP_OK)
        status = add_line(exchange, gzip);
    while (status == SP_OK && at < lines->len) {
        status = add_line(exchange, lines->data + at);
        at += strlen(lines->data + at) + 1;
    }
    if (status == SP_OK && request->key) {
        snprintf(exchange->key_line, sizeof exchange->key_line,
                 "Idempotency-Key: %s", request->key);
        status = add_line(exchange, exchange->key_line);
    }
    link_lines(exchange);
    return status;
}

bool sp_exchange_is_unreadable(const struct sp_exchange *exchange)
{
    return exchange->upload && exchange->upload->complaint;
}

/* What is uploaded is read anew for each attempt. */
static CURLcode set_form(struct sp_exchange *exchange,
                         const struct sp_exchange_request *request)
{
    CURL *easy = exchange->easy;
    CURLcode code = CURLE_OK;

    exchange->upload = request->upload;
    if (sp_upload_rewind(request->upload) != SP_OK)
        return CURLE_ABORTED_BY_CALLBACK;
    exchange->form = sp_form_new(easy, request->upload);
    if (!exchange->form)
        return CURLE_OUT_OF_MEMORY;
    SET(MIMEPOST, exchange->form);
    return code;
}

static CURLcode set_method(CURL *easy,
                           const struct sp_exchange_request *request)
{
    bool with_body = has_body(request);
    bool is_get = strcmp(request->method, "GET") == 0;
    bool is_head = strcmp(request->method, "HEAD") == 0;
    bool is_post = strcmp(request->method, "POST") == 0;
    CURLcode code = CURLE_OK;

    SET(NOBODY, 0L);
    SET(HTTPGET, 1L);
    if (!request->upload && (with_body || is_post)) {
        SET(POST, 1L);
        SET(POSTFIELDS, with_body ? request->body->data : "");
        SET(POSTFIELDSIZE_LARGE,
            (curl_off_t)(with_body ? request->body->len : 0));
    }
    if (is_head)
        SET(NOBODY, 1L);
    SET(CUSTOMREQUEST, is_get || is_head || is_post ? NULL : request->method);
    return code;
}

/* Nothing but what the URL says, so that no redirect could lower it. A proxy
 * would read plain http, token and body: that goes to loopback directly. */
static CURLcode set_url(struct sp_exchange *exchange, const char *url)
{
    CURL *easy = exchange->easy;
    bool https = strncasecmp(url, "https:", 6) == 0;
    CURLcode code = CURLE_OK;

    SET(URL, url);
    if (https != exchange->https) {
        SET(PROTOCOLS_STR, https ? "https" : "http");
        SET(PROXY, https ? proxy_for_https(exchange->settings) : "");
    }
    if (code == CURLE_OK)
        exchange->https = https;
    return code;
}

/* Any connection that is kept may be used, until enough were found dead, but
 * not when the attempt before met silence. */
static void reset_connection(struct sp_exchange *exchange)
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
    trace(exchange, exchange->https &&
                        (sp_libcurl_has(SP_LIBCURL_SILENT_CUT) ||
                         exchange->settings->tells_news));
    curl_easy_setopt(exchange->easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
}

enum sp_status sp_exchange_prepare(struct sp_exchange *exchange,
                                   const struct sp_exchange_request *request)
{
    CURL *easy = exchange->easy;
    CURLcode code;

    exchange->fault = SP_OK;
    exchange->complaint = NULL;
    exchange->issued = exchange->repeated = exchange->dodged = 0;
    exchange->refused = exchange->goodbye = false;
    exchange->opened = exchange->opened_before = 0;
    exchange->fresh = request->fresh_connection;
    exchange->max_idle_ms = request->max_idle_ms;
    exchange->rate = request->rate;
    exchange->ticket = request->ticket;
    exchange->asked_head = strcmp(request->method, "HEAD") == 0;
    exchange->length = -1;
    leave_connection(exchange);
    sp_headers_reset(&exchange->headers);
    sp_buffer_reset(&exchange->body);
    if (add_lines(exchange, request) != SP_OK)
        return SP_ERR_NO_MEMORY;
    drop_form(exchange);
    code = set_method(easy, request);
    if (code == CURLE_OK && request->upload)
        code = set_form(exchange, request);
    if (code == CURLE_OK)
        code = set_url(exchange, request->url);
    SET(HTTPHEADER, exchange->line_count ? exchange->lines : NULL);
    SET(CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
    SET(PIPEWAIT, request->wait_for_connection ? 1L : 0L);
    if (code == CURLE_OUT_OF_MEMORY)
        return SP_ERR_NO_MEMORY;
    if (sp_exchange_is_unreadable(exchange))
        return SP_ERR_INVALID;
    reset_connection(exchange);
    return code == CURLE_OK ? SP_OK : SP_ERR_SYSTEM;
}

#undef SET

/* ---- again ------------------------------------------------------------ */

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
        leave_connection(exchange);
    } else if (is_to_repeat(exchange)) {
        exchange->repeated++;
        exchange->issued = 0;
        exchange->refused = false;
        leave_connection(exchange);
    } else {
        return false;
    }
    reset_connection(exchange);
    return true;
}

int64_t sp_exchange_silence(const struct sp_exchange *exchange,
                            int64_t now_ms)
{
    const struct sp_socket *socket = exchange->socket;
    int64_t since_ms = exchange->sent_ms;

    if (!socket || exchange->issued != 1)
        return 0;
    if (since_ms < socket->heard_ms)
        since_ms = socket->heard_ms;
    return now_ms - since_ms;
}
