#define _POSIX_C_SOURCE 200809L

#include "sp_exchange.h"

#include <curl/mprintf.h>
#include <errno.h>
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
#include "sp_inflate.h"
#include "sp_libcurl.h"
#include "sp_multi.h"
#include "sp_refusal.h"
#include "sp_secrets.h"
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
    REPEATED_MAX = 5  /* of a refused request; then it is a failure */
};

static const char HEADERS_TOO_LARGE[] =
    "the response headers are larger than max_headers";
static const char BODY_TOO_LARGE[] =
    "the response body is larger than max_body";

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
static bool is_complete(const struct sp_exchange *exchange)
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
    exchange->too_large = HEADERS_TOO_LARGE;
    exchange->fault = sp_headers_line(&exchange->headers, line, size * count);
    if (exchange->fault != SP_OK)
        return 0;
    if (exchange->issued > 0 && sp_headers_is_final(&exchange->headers) &&
        !expect_body(exchange))
        return 0;
    return is_complete(exchange) ? 0 : size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *self)
{
    struct sp_exchange *exchange = self;
    size_t len = size * count, wanted = len;

    note_heard(exchange);
    if (exchange->length >= 0 &&
        len > (uint64_t)exchange->length - exchange->body.len)
        wanted = (size_t)exchange->length - exchange->body.len;
    exchange->too_large = BODY_TOO_LARGE;
    exchange->fault = sp_buffer_append(&exchange->body, bytes, wanted);
    if (exchange->fault != SP_OK)
        return 0;
    return is_complete(exchange) ? 0 : len;
}

/* The connection is no longer busy with it, and what libcurl says from now on
 * is about another one, or none. */
static void leave_connection(struct sp_exchange *exchange)
{
    sp_socket_let_go(exchange->socket);
    exchange->socket = NULL;
    exchange->stream = -1;
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
static bool is_unusable(struct sp_exchange *exchange)
{
    if (is_new(exchange) ||
        (sp_socket_usable(exchange->socket) && !is_too_idle(exchange)))
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

static int on_send(void *self, char *to_ip, char *from_ip, int to_port,
                   int from_port)
{
    struct sp_exchange *exchange = self;
    bool unusable;

    (void)from_ip;
    leave_connection(exchange);
    exchange->socket =
        sp_sockets_hold(exchange->sockets, from_port, to_ip, to_port);
    unusable = is_unusable(exchange);
    if (unusable && (exchange->issued == 0 || may_repeat(exchange))) {
        exchange->stale = true;
        return CURL_PREREQFUNC_ABORT;
    }
    if (exchange->issued > 0 && !may_repeat(exchange)) {
        exchange->issued++;
        return CURL_PREREQFUNC_ABORT;
    }
    trace(exchange, exchange->settings->http != SP_HTTP_1_1);
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

void sp_exchange_recycle(struct sp_exchange *exchange)
{
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
    return request->body && request->body->len > 0;
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
    if (with_body || is_post) {
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
    exchange->stale = false;
    exchange->detail[0] = '\0';
    curl_easy_setopt(exchange->easy, CURLOPT_FORBID_REUSE, alone ? 1L : 0L);
    /* It tells of a close_notify when it was on as TLS began. */
    trace(exchange, exchange->https && sp_libcurl_has(SP_LIBCURL_SILENT_CUT));
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
    exchange->asked_head = strcmp(request->method, "HEAD") == 0;
    exchange->length = -1;
    leave_connection(exchange);
    sp_headers_reset(&exchange->headers);
    sp_buffer_reset(&exchange->body);
    if (add_lines(exchange, request) != SP_OK)
        return SP_ERR_NO_MEMORY;
    code = set_method(easy, request);
    if (code == CURLE_OK)
        code = set_url(exchange, request->url);
    SET(HTTPHEADER, exchange->line_count ? exchange->lines : NULL);
    SET(CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
    SET(PIPEWAIT, request->wait_for_connection ? 1L : 0L);
    if (code == CURLE_OUT_OF_MEMORY)
        return SP_ERR_NO_MEMORY;
    reset_connection(exchange);
    return code == CURLE_OK ? SP_OK : SP_ERR_SYSTEM;
}

#undef SET

/* ---- the result ------------------------------------------------------- */

/* Whether the handshake failed because the peer went away, which is no
 * matter of trust. OpenSSL says so in its own words alone. */
static bool left_in_handshake(const struct sp_exchange *exchange)
{
    long os_errno = 0;

    curl_easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &os_errno);
    return os_errno == ECONNRESET || os_errno == EPIPE ||
           strstr(exchange->detail, "SSL_ERROR_SYSCALL") != NULL ||
           strstr(exchange->detail, "unexpected eof") != NULL;
}

/* Whether the peer ended the connection because it does not trust us: in
 * TLS 1.3 that comes when the handshake is over on our side. */
static bool is_distrusted(const struct sp_exchange *exchange)
{
    const char *alert = strstr(exchange->detail, " alert ");

    return alert && (strstr(alert, "certificate") ||
                     strstr(alert, "unknown ca") ||
                     strstr(alert, "access denied"));
}

/* The same in TLS 1.2, where libcurl takes some alerts about our certificate
 * for its own verdict on the server's. */
static bool is_our_certificate(const struct sp_exchange *exchange,
                               CURLcode code)
{
    return is_distrusted(exchange) || code == CURLE_SSL_CLIENTCERT ||
           (code == CURLE_PEER_FAILED_VERIFICATION &&
            strstr(exchange->detail, "certificate verification failed"));
}

/* The status with which a proxy refused to open a tunnel, or 0. Those that
 * may pass are no refusal. */
static int proxy_refusal(const struct sp_exchange *exchange)
{
    long status = 0;

    if (exchange->issued > 0)
        return 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status >= 300 && status < 500 && status != 408 && status != 429
               ? (int)status : 0;
}

/* Whether it is the proxy whose certificate is not trusted. */
static bool is_proxy_distrusted(const struct sp_exchange *exchange)
{
    long verdict = 0, connect_status = 0;

    curl_easy_getinfo(exchange->easy, CURLINFO_PROXY_SSL_VERIFYRESULT,
                      &verdict);
    curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE,
                      &connect_status);
    return verdict != 0 && connect_status == 0 && exchange->issued == 0;
}

static bool says_chunks(const struct sp_exchange *exchange)
{
    return strstr(exchange->detail, "chunk") != NULL &&
           strstr(exchange->detail, "emory") == NULL;
}

/* So libcurl 7.88 calls a header block that begins with a folded line. */
static bool begins_folded(const struct sp_exchange *exchange, CURLcode code)
{
    return code == CURLE_BAD_FUNCTION_ARGUMENT && exchange->issued > 0;
}

static enum sp_kind kind_of(const struct sp_exchange *exchange, CURLcode code)
{
    if (begins_folded(exchange, code))
        return SP_KIND_PROTOCOL;
    switch (code) {
    case CURLE_OK:
        return SP_KIND_NONE;
    case CURLE_OPERATION_TIMEDOUT:
        return SP_KIND_TIMEOUT;
    case CURLE_SSL_CONNECT_ERROR:
        return left_in_handshake(exchange) ? SP_KIND_NETWORK : SP_KIND_TLS;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_USE_SSL_FAILED:
        return SP_KIND_TLS;
    case CURLE_UNSUPPORTED_PROTOCOL: /* an answer without a status line */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:
    case CURLE_URL_MALFORMAT:
        return SP_KIND_PROTOCOL;
    case CURLE_RECV_ERROR:
        if (says_chunks(exchange))
            return SP_KIND_PROTOCOL;
        return is_distrusted(exchange) ? SP_KIND_TLS : SP_KIND_NETWORK;
    default:
        return is_distrusted(exchange) ? SP_KIND_TLS : SP_KIND_NETWORK;
    }
}

/* Whether libcurl has repeated a refused request so often that it gave up. */
static bool is_refused_for_good(const struct sp_exchange *exchange)
{
    return exchange->repeats_refused_only &&
           strncmp(exchange->detail, "Connection died, tried", 22) == 0;
}

/* Whether the server left the request undone, and said so: its stream was
 * refused, or opened too late. */
static bool is_left_undone(const struct sp_exchange *exchange)
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
           exchange->headers.seen == 0 && is_left_undone(exchange);
}

/* libcurl 7.88 hands requests to a connection through a proxy that has no
 * way to send yet. */
static bool is_unwritten(const struct sp_exchange *exchange)
{
    return strstr(exchange->detail, "send: no filter connected") != NULL;
}

bool sp_exchange_dodge(struct sp_exchange *exchange)
{
    if (exchange->stale) {
        exchange->dodged++;
    } else if (is_unwritten(exchange) && exchange->dodged < DEAD_MAX) {
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

enum sp_sent sp_exchange_sent(const struct sp_exchange *exchange)
{
    long status = 0;

    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    if (exchange->issued == 0 || is_unwritten(exchange) ||
        (status < 200 && is_left_undone(exchange)))
        return SP_SENT_NO;
    return status >= 200 ? SP_SENT_YES : SP_SENT_MAYBE;
}

/* libcurl's own words name hosts, ports and certificates, which helps; only
 * printable ASCII of them is passed on. */
static void copy_detail(char *to, size_t size, const char *from)
{
    size_t len = 0;

    for (; *from && len + 1 < size; from++)
        to[len++] = *from >= ' ' && *from <= '~' ? *from : ' ';
    while (len > 0 && to[len - 1] == ' ')
        len--;
    to[len] = '\0';
}

/* The token of the request, as it stands in its line. */
static enum sp_status add_token(const struct sp_exchange *exchange,
                                struct sp_secrets *secrets)
{
    static const char BEARER[] = "Authorization: Bearer ";

    for (size_t i = 0; i < exchange->line_count; i++) {
        const char *line = exchange->lines[i].data;

        if (strncmp(line, BEARER, sizeof BEARER - 1) == 0) {
            line += sizeof BEARER - 1;
            return sp_secrets_add(secrets, line, strlen(line));
        }
    }
    return SP_OK;
}

/* libcurl quotes the proxy's URL when it cannot read it, and a certificate
 * may hold anything. */
static void hide_secrets(const struct sp_exchange *exchange, char *detail,
                         size_t size)
{
    struct sp_secrets secrets = { .count = 0 };
    struct sp_buffer out;
    enum sp_status status;

    sp_buffer_init(&out, SIZE_MAX / 2);
    status = sp_secrets_add_proxies(&secrets, exchange->settings);
    if (status == SP_OK)
        status = add_token(exchange, &secrets);
    if (status == SP_OK)
        status = sp_secrets_mask(&secrets, detail, strlen(detail), &out);
    if (status != SP_OK)
        snprintf(detail, size, "%s", "out of memory");
    else if (out.len > 0)
        snprintf(detail, size, "%s", out.data);
    sp_buffer_wipe(&out);
    sp_secrets_wipe(&secrets);
}

static const char *refused_certificate(const struct sp_exchange *exchange)
{
    return exchange->settings->client_cert
               ? "the server refused the client's certificate (client_cert)"
               : "the server wants a certificate of the client (client_cert)";
}

static void describe(const struct sp_exchange *exchange, CURLcode code,
                     struct sp_attempt *attempt)
{
    char whose[sizeof exchange->detail + 32];
    const char *text = exchange->detail[0] ? exchange->detail
                                           : curl_easy_strerror(code);

    if (exchange->complaint)
        text = exchange->complaint;
    else if (code == CURLE_OK && exchange->fault == SP_OK)
        text = "";
    else if (exchange->fault == SP_ERR_TOO_LARGE)
        text = exchange->too_large;
    else if (exchange->fault == SP_ERR_NO_MEMORY ||
             code == CURLE_OUT_OF_MEMORY)
        text = exchange->headers.seen > 0
                   ? "out of memory while reading the response"
                   : "out of memory";
    else if (code == CURLE_OPERATION_TIMEDOUT && !exchange->detail[0])
        text = exchange->issued == 0 ? "no connection was ready in time"
             : exchange->headers.count > 0 ? "the answer did not end in time"
                                           : "no answer came in time";
    else if (is_left_undone(exchange))
        text = "the server refused to work on the request, with GOAWAY or "
               "REFUSED_STREAM";
    else if (exchange->issued > 1)
        text = "the connection was lost before the answer came";
    else if (begins_folded(exchange, code))
        text = "the headers of the answer begin with a folded line";
    else if (code != CURLE_OK && is_our_certificate(exchange, code))
        text = refused_certificate(exchange);
    if (code == CURLE_PEER_FAILED_VERIFICATION &&
        is_proxy_distrusted(exchange)) {
        snprintf(whose, sizeof whose, "the proxy's certificate: %s",
                 exchange->detail);
        text = whose;
    }
    copy_detail(attempt->detail, sizeof attempt->detail, text);
    if (code != CURLE_OK && proxy_refusal(exchange))
        snprintf(attempt->detail, sizeof attempt->detail,
                 "the proxy refused the connection (HTTP %d)",
                 proxy_refusal(exchange));
    if (exchange->detail[0] && *text)
        hide_secrets(exchange, attempt->detail, sizeof attempt->detail);
}

static double seconds(CURL *easy, CURLINFO info)
{
    curl_off_t us = 0;

    curl_easy_getinfo(easy, info, &us);
    return (double)us / 1e6;
}

static void measure(struct sp_exchange *exchange, struct sp_attempt *attempt)
{
    struct sp_timings *timings = &attempt->timings;
    CURL *easy = exchange->easy;
    long connects = 0, version = 0, request_size = 0;
    curl_off_t up = 0, down = 0;

    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_size);
    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &up);
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
    timings->dns = seconds(easy, CURLINFO_NAMELOOKUP_TIME_T);
    timings->connect = seconds(easy, CURLINFO_CONNECT_TIME_T);
    timings->tls = seconds(easy, CURLINFO_APPCONNECT_TIME_T);
    timings->first_byte = seconds(easy, CURLINFO_STARTTRANSFER_TIME_T);
    timings->total = seconds(easy, CURLINFO_TOTAL_TIME_T);
    timings->reused = connects == 0 && exchange->issued > 0;
    timings->http_version = version == CURL_HTTP_VERSION_1_0 ? 10
                          : version == CURL_HTTP_VERSION_1_1 ? 11
                          : version == CURL_HTTP_VERSION_2_0 ? 20 : 0;
    /* libcurl counts a short body with the header block, a long one apart. */
    attempt->bytes_out =
        (uint64_t)(up > request_size ? up + request_size : request_size);
    attempt->bytes_in = (uint64_t)down + exchange->headers.seen;
}

/* Whether libcurl says that it ran out of memory, and has some: lines of more
 * than 100 kB are refused in the same words. */
static bool is_line_too_long(const struct sp_exchange *exchange,
                             CURLcode code)
{
    enum { TOO_LARGE = 100 }; /* what newer ones say */
    char *probe;

    if (exchange->issued == 0 || sp_headers_is_final(&exchange->headers) ||
        (code != CURLE_OUT_OF_MEMORY && (int)code != TOO_LARGE))
        return false;
    probe = curl_maprintf("%262144s", "");
    curl_free(probe);
    return probe != NULL;
}

/* libcurl has limits of its own for headers, 100 kB for a line, 128 KiB or
 * eight frames for a block of HTTP/2, 300 KiB for a response, and tells in
 * words alone that one was passed. It keeps the connection although it cannot
 * read any further there. */
static bool is_overflow(const struct sp_exchange *exchange, CURLcode code)
{
    static const char *const WORDS[] = {
        "returned -902:", "error -902", "returned -905:", "error -905",
        "Too large response headers", "CONNECT response too large",
    };

    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strstr(exchange->detail, WORDS[i]) != NULL)
            return true;
    return is_line_too_long(exchange, code);
}

static void note_overflow(struct sp_exchange *exchange, CURLcode code)
{
    if (code == CURLE_OK || exchange->fault != SP_OK ||
        !is_overflow(exchange, code))
        return;
    exchange->fault = SP_ERR_TOO_LARGE;
    exchange->too_large = HEADERS_TOO_LARGE;
    if (exchange->socket)
        exchange->socket->doomed = true;
}

/* Whether the whole answer is there; if not, says what is missing. */
static bool is_whole(struct sp_exchange *exchange)
{
    struct sp_evidence evidence = {
        .headers = &exchange->headers,
        .body = &exchange->body,
        .asked_head = exchange->asked_head,
        .tls = exchange->https,
        .goodbye = exchange->goodbye ||
                   !sp_libcurl_has(SP_LIBCURL_SILENT_CUT),
        .kept = exchange->socket && exchange->socket->fd >= 0,
    };

    exchange->complaint = sp_whole_lack(&evidence);
    return exchange->complaint == NULL;
}

/* Replaces the body by what it holds. */
static enum sp_status unpack(struct sp_exchange *exchange)
{
    struct sp_buffer *body = &exchange->body, plain;
    enum sp_status status;

    sp_buffer_init(&plain, body->ceiling);
    status = sp_inflate_gzip(body->data, body->len, &plain);
    if (status == SP_OK) {
        sp_buffer_clear(body);
        *body = plain;
    } else {
        sp_buffer_clear(&plain);
    }
    return status;
}

/* The status of a refusal counts whatever is in its body; proxies declare
 * pages to be packed that are not. */
static enum sp_kind decode_refusal(struct sp_exchange *exchange)
{
    struct sp_buffer *body = &exchange->body;

    if (sp_coding_of(&exchange->headers) == SP_CODING_OTHER ||
        (sp_inflate_is_gzip(body->data, body->len) &&
         unpack(exchange) != SP_OK))
        sp_buffer_clear(body);
    return SP_KIND_NONE;
}

static enum sp_kind decode(struct sp_exchange *exchange)
{
    enum sp_coding coding = sp_coding_of(&exchange->headers);
    int64_t length;

    if (coding == SP_CODING_NONE || exchange->body.len == 0)
        return SP_KIND_NONE;
    if (exchange->headers.status >= 300)
        return decode_refusal(exchange);
    if (coding == SP_CODING_OTHER) {
        exchange->complaint = "the body has an encoding nobody asked for";
        return SP_KIND_PROTOCOL;
    }
    exchange->fault = unpack(exchange);
    exchange->too_large = BODY_TOO_LARGE;
    if (exchange->fault != SP_ERR_INVALID)
        return SP_KIND_NONE;
    exchange->fault = SP_OK;
    exchange->complaint = "the body is not the gzip that it says it is";
    return sp_framing_of(&exchange->headers, exchange->asked_head, &length) ==
                   SP_FRAMING_STREAM
               ? SP_KIND_NETWORK : SP_KIND_PROTOCOL;
}

/* The one rule for success: libcurl is content, and the answer is whole. */
static enum sp_kind judge(struct sp_exchange *exchange, CURLcode code)
{
    enum sp_kind kind = kind_of(exchange, code);

    if (kind == SP_KIND_NONE && !is_whole(exchange))
        kind = SP_KIND_NETWORK;
    if (kind == SP_KIND_NONE)
        kind = decode(exchange);
    if (exchange->fault == SP_ERR_NO_MEMORY)
        kind = SP_KIND_NETWORK;
    else if (exchange->fault != SP_OK)
        kind = SP_KIND_PROTOCOL;
    return kind;
}

void sp_exchange_result(struct sp_exchange *exchange, CURLcode code,
                        struct sp_attempt *attempt)
{
    long status = 0;

    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    note_overflow(exchange, code);
    if (code == CURLE_WRITE_ERROR && exchange->fault == SP_OK &&
        is_complete(exchange))
        code = CURLE_OK; /* it ended because we had all of it */
    if (exchange->reads_ahead && exchange->https && exchange->socket &&
        !exchange->socket->multiplexed)
        exchange->socket->doomed = true;
    attempt->failed = judge(exchange, code);
    attempt->hopeless = code != CURLE_OK && proxy_refusal(exchange) != 0;
    attempt->sent = sp_exchange_sent(exchange);
    describe(exchange, code, attempt);
    /* Until a transfer has run, libcurl tells of the one before. */
    if (exchange->issued == 0 && !exchange->detail[0])
        return;
    attempt->status = status >= 200 && exchange->issued > 0 ? (int)status : 0;
    measure(exchange, attempt);
}
