/* sp_result: what became of an exchange: the answer, judged and decoded; how
 * it went, told. What libcurl says of it is read in sp_exchange_verdict.c.
 *
 * Tested by spec/contract/kinds_spec.lua and its neighbours: its input are the
 * codes and words of the libcurl that runs. */
#include <curl/mprintf.h>
#include <string.h>

#include "sp_clock.h"
#include "sp_exchange_private.h"
#include "sp_inflate.h"
#include "sp_libcurl.h"
#include "sp_whole.h"

enum sp_sent sp_exchange_sent(const struct sp_exchange *exchange)
{
    long status = 0;

    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    if (exchange->issued == 0 || sp_exchange_is_unwritten(exchange) ||
        (status < 200 && sp_exchange_is_left_undone(exchange)))
        return SP_SENT_NO;
    return status >= 200 ? SP_SENT_YES : SP_SENT_MAYBE;
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
    timings->http_version = version == CURL_HTTP_VERSION_1_0   ? 10
                            : version == CURL_HTTP_VERSION_1_1 ? 11
                            : version == CURL_HTTP_VERSION_2_0 ? 20
                                                               : 0;
    /* libcurl counts a short body with the header block, a long one apart. */
    attempt->bytes_out =
        (uint64_t)(up > request_size ? up + request_size : request_size);
    attempt->bytes_in = (uint64_t)down + exchange->headers.seen;
}

/* Whether a failure that libcurl blames on memory is none of memory. */
static bool has_memory(void)
{
    char *probe = curl_maprintf("%262144s", "");

    curl_free(probe);
    return probe != NULL;
}

/* Lines of more than 100 kB are refused in the words for memory that ran
 * out. */
static bool is_line_too_long(const struct sp_exchange *exchange, CURLcode code)
{
    enum { TOO_LARGE = 100 }; /* what newer ones say */

    return exchange->issued > 0 && !sp_headers_is_final(&exchange->headers) &&
           (code == CURLE_OUT_OF_MEMORY || (int)code == TOO_LARGE) &&
           has_memory();
}

/* So are trailers with a line of more than 4 KiB. */
static bool is_trailer_too_long(const struct sp_exchange *exchange)
{
    return strstr(exchange->detail, "Out of memory in chunk") != NULL &&
           has_memory();
}

/* libcurl has limits of its own for headers, 100 kB for a line, 300 KiB for a
 * response, and tells in words alone that one was passed. */
static bool is_overflow(const struct sp_exchange *exchange, CURLcode code)
{
    return strstr(exchange->detail, "Too large response headers") != NULL ||
           strstr(exchange->detail, "CONNECT response too large") != NULL ||
           is_line_too_long(exchange, code);
}

/* More than 128 KiB or eight frames of a block of HTTP/2 break the whole
 * connection, and whichever exchange reads then is told so. */
static bool is_flood(const struct sp_exchange *exchange)
{
    static const char *const WORDS[] = { "returned -902:", "error -902",
                                         "returned -905:", "error -905" };

    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strstr(exchange->detail, WORDS[i]) != NULL)
            return true;
    return false;
}

/* Whether it was its own answer that broke the connection: a block of it has
 * begun and not ended, or no other exchange was there. */
static bool is_to_blame(const struct sp_exchange *exchange)
{
    const struct sp_headers *headers = &exchange->headers;
    const struct sp_socket *socket = exchange->socket;

    if (headers->status != 0 &&
        (!headers->ended || headers->count > headers->leading))
        return true;
    return !socket || (!socket->flooded && !sp_socket_is_shared(socket));
}

/* Another answer broke the connection, as far as is known; the next attempt
 * has one of its own, and if this one was to blame that shows there. */
static void tell_of_flood(struct sp_exchange *exchange,
                          struct sp_attempt *attempt)
{
    exchange->complaint = "the connection broke at an answer whose headers "
                          "are too large";
    attempt->needs_fresh = true;
}

static void note_overflow(struct sp_exchange *exchange, CURLcode code,
                          struct sp_attempt *attempt)
{
    bool floods = is_flood(exchange);

    if (code == CURLE_OK || exchange->fault != SP_OK)
        return;
    if (floods && !is_to_blame(exchange)) {
        sp_exchange_blame_headers(exchange);
        tell_of_flood(exchange, attempt);
        return;
    }
    if (floods || is_overflow(exchange, code))
        exchange->too_large = SP_HEADERS_TOO_LARGE;
    else if (is_trailer_too_long(exchange))
        exchange->too_large = "the answer has trailers that are too large";
    else
        return;
    exchange->fault = SP_ERR_TOO_LARGE;
    sp_exchange_blame_headers(exchange);
}

/* Whether the whole answer is there; if not, says what is missing. */
static bool is_whole(struct sp_exchange *exchange)
{
    struct sp_evidence evidence = {
        .headers = &exchange->headers,
        .body = &exchange->body,
        .asked_head = exchange->asked_head,
        .tls = exchange->https,
        .goodbye = exchange->goodbye || !sp_libcurl_has(SP_LIBCURL_SILENT_CUT),
        .kept = exchange->socket && exchange->socket->fd >= 0,
        .silent_reset = sp_libcurl_has(SP_LIBCURL_SILENT_RESET),
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

    if (coding == SP_CODING_NONE ||
        sp_framing_of(&exchange->headers, exchange->asked_head, &length) ==
            SP_FRAMING_NONE)
        return SP_KIND_NONE;
    if (exchange->headers.status >= 300)
        return decode_refusal(exchange);
    if (coding == SP_CODING_OTHER) {
        exchange->complaint = "the body has an encoding nobody asked for";
        return SP_KIND_PROTOCOL;
    }
    exchange->fault = unpack(exchange);
    exchange->too_large = SP_BODY_TOO_LARGE;
    if (exchange->fault != SP_ERR_INVALID)
        return SP_KIND_NONE;
    exchange->fault = SP_OK;
    exchange->complaint = "the body is not the gzip that it says it is";
    return sp_framing_of(&exchange->headers, exchange->asked_head, &length) ==
                   SP_FRAMING_STREAM
               ? SP_KIND_NETWORK
               : SP_KIND_PROTOCOL;
}

/* The one rule for success: libcurl is content, and the answer is whole. */
static enum sp_kind judge(struct sp_exchange *exchange, CURLcode code)
{
    enum sp_kind kind = sp_exchange_kind(exchange, code);

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

static int64_t asked_to_wait(const struct sp_headers *headers)
{
    return sp_retry_after(sp_headers_get(headers, "retry-after-ms"),
                          sp_headers_get(headers, "retry-after"),
                          sp_headers_get(headers, "date"), sp_clock_wall_s());
}

void sp_exchange_hand_over(struct sp_exchange *exchange,
                           struct sp_answer *answer)
{
    struct sp_headers headers = answer->headers;
    struct sp_buffer body = answer->body;

    answer->headers = exchange->headers;
    answer->body = exchange->body;
    exchange->headers = headers;
    exchange->body = body;
    exchange->headers.ceiling = answer->headers.ceiling;
    exchange->headers.block.ceiling = answer->headers.ceiling;
    exchange->body.ceiling = answer->body.ceiling;
}

void sp_exchange_result(struct sp_exchange *exchange, CURLcode code,
                        struct sp_attempt *attempt)
{
    long status = 0;

    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    note_overflow(exchange, code, attempt);
    if (code == CURLE_WRITE_ERROR && exchange->fault == SP_OK &&
        sp_exchange_is_complete(exchange))
        code = CURLE_OK; /* it ended because we had all of it */
    if (exchange->reads_ahead && exchange->https && exchange->socket &&
        !exchange->socket->multiplexed)
        exchange->socket->doomed = true;
    attempt->failed = code != CURLE_OK && sp_exchange_is_unreadable(exchange)
                          ? SP_KIND_INVALID
                          : judge(exchange, code);
    attempt->hopeless = code != CURLE_OK && sp_exchange_refusal(exchange) != 0;
    attempt->sent = sp_exchange_sent(exchange);
    attempt->retry_after_ms = asked_to_wait(&exchange->headers);
    sp_exchange_describe(exchange, code, attempt);
    /* Until a transfer has run, libcurl tells of the one before. */
    if (exchange->issued == 0 && !exchange->detail[0])
        return;
    attempt->status = status >= 200 && exchange->issued > 0 ? (int)status : 0;
    measure(exchange, attempt);
}
