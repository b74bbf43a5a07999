/* sp_exchange_verdict: what libcurl says of an exchange, read: its codes and
 * words as a kind of failure, and as a sentence without secrets.
 *
 * Tested by spec/contract/kinds_spec.lua and its neighbours: its input are the
 * codes and words of the libcurl that runs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sp_exchange_private.h"
#include "sp_secrets.h"

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

    return alert &&
           (strstr(alert, "certificate") || strstr(alert, "unknown ca") ||
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

/* The status with which a proxy answered, while no tunnel is there; or 0. */
static long proxy_status(const struct sp_exchange *exchange)
{
    long status = 0;

    if (exchange->issued == 0)
        curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status;
}

int sp_exchange_refusal(const struct sp_exchange *exchange)
{
    long status = proxy_status(exchange);

    return status >= 300 && status < 500 && status != 408 && status != 429
               ? (int)status
               : 0;
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

/* So libcurl 7.88 calls a header block that begins with a folded line, and
 * trailers that do, or that hold a line without a colon. */
static bool begins_folded(const struct sp_exchange *exchange, CURLcode code)
{
    return code == CURLE_BAD_FUNCTION_ARGUMENT &&
           (exchange->issued > 0 || proxy_status(exchange) > 0);
}

/* So libcurl 8.23 calls a client's key that does not fit its certificate. */
static bool has_bad_key(const struct sp_exchange *exchange, CURLcode code)
{
    return code == CURLE_BAD_FUNCTION_ARGUMENT && exchange->issued == 0 &&
           strstr(exchange->detail, "private key") != NULL;
}

/* A URL is always set: newer libcurl says that none is when it has no memory
 * to write it out. */
static bool has_no_memory(const struct sp_exchange *exchange, CURLcode code)
{
    return exchange->fault == SP_ERR_NO_MEMORY ||
           code == CURLE_OUT_OF_MEMORY ||
           (code == CURLE_URL_MALFORMAT &&
            strstr(exchange->detail, "No URL set") != NULL);
}

enum sp_kind sp_exchange_kind(const struct sp_exchange *exchange,
                              CURLcode code)
{
    if (has_bad_key(exchange, code))
        return SP_KIND_TLS;
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

void sp_exchange_describe(const struct sp_exchange *exchange, CURLcode code,
                          struct sp_attempt *attempt)
{
    char whose[sizeof exchange->detail + 32];
    const char *text =
        exchange->detail[0] ? exchange->detail : curl_easy_strerror(code);

    if (exchange->complaint)
        text = exchange->complaint;
    else if (code != CURLE_OK && sp_exchange_is_unreadable(exchange))
        text = exchange->upload->complaint;
    else if (code == CURLE_OK && exchange->fault == SP_OK)
        text = "";
    else if (exchange->fault == SP_ERR_TOO_LARGE)
        text = exchange->too_large;
    else if (has_no_memory(exchange, code))
        text = exchange->headers.seen > 0
                   ? "out of memory while reading the response"
                   : "out of memory";
    else if (code == CURLE_OPERATION_TIMEDOUT && !exchange->detail[0])
        text = exchange->issued == 0 ? "no connection was ready in time"
               : exchange->headers.count > 0 ? "the answer did not end in time"
                                             : "no answer came in time";
    else if (sp_exchange_is_left_undone(exchange))
        text = "the server refused to work on the request, with GOAWAY or "
               "REFUSED_STREAM";
    else if (exchange->issued > 1)
        text = "the connection was lost before the answer came";
    else if (begins_folded(exchange, code))
        text = exchange->issued == 0 ? "the proxy's answer is malformed"
               : sp_headers_is_final(&exchange->headers)
                   ? "the answer has malformed trailers"
                   : "the headers of the answer begin with a folded line";
    else if (code != CURLE_OK && is_our_certificate(exchange, code))
        text = refused_certificate(exchange);
    if (code == CURLE_PEER_FAILED_VERIFICATION &&
        is_proxy_distrusted(exchange)) {
        snprintf(whose, sizeof whose, "the proxy's certificate: %s",
                 exchange->detail);
        text = whose;
    }
    copy_detail(attempt->detail, sizeof attempt->detail, text);
    if (code != CURLE_OK && sp_exchange_refusal(exchange))
        snprintf(attempt->detail, sizeof attempt->detail,
                 "the proxy refused the connection (HTTP %d)",
                 sp_exchange_refusal(exchange));
    if (exchange->detail[0] && *text)
        hide_secrets(exchange, attempt->detail, sizeof attempt->detail);
}
