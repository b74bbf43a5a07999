/* sp_exchange_request: puts a request on a handle. libcurl reads all of it
 * where it lies.
 *
 * Tested by spec/contract and spec/fuzz/wire_fuzz.c. */
#define _POSIX_C_SOURCE 200809L

#include "sp_exchange_request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sp_exchange_private.h"
#include "sp_form.h"
#include "sp_origin.h"

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
        exchange->lines[i].next =
            i + 1 < exchange->line_count ? &exchange->lines[i + 1] : NULL;
}

static enum sp_status add_key(struct sp_exchange *exchange, const char *key)
{
    static const char NAME[] = "Idempotency-Key: ";
    struct sp_buffer *line = &exchange->key_line;
    enum sp_status status;

    sp_buffer_reset(line);
    status = sp_buffer_append(line, NAME, sizeof NAME - 1);
    if (status == SP_OK)
        status = sp_buffer_append(line, key, strlen(key));
    return status == SP_OK ? add_line(exchange, line->data) : status;
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
    if (status == SP_OK && request->key)
        status = add_key(exchange, request->key);
    link_lines(exchange);
    return status;
}

bool sp_exchange_is_unreadable(const struct sp_exchange *exchange)
{
    return exchange->upload && exchange->upload->complaint;
}

/* libcurl reads the upload no more. */
void sp_exchange_drop_form(struct sp_exchange *exchange)
{
    if (exchange->form) {
        curl_easy_setopt(exchange->easy, CURLOPT_MIMEPOST, NULL);
        curl_mime_free(exchange->form);
    }
    exchange->form = NULL;
    exchange->upload = NULL;
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
    SP_SET(MIMEPOST, exchange->form);
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

    SP_SET(NOBODY, 0L);
    SP_SET(HTTPGET, 1L);
    if (!request->upload && (with_body || is_post)) {
        SP_SET(POST, 1L);
        SP_SET(POSTFIELDS, with_body ? request->body->data : "");
        SP_SET(POSTFIELDSIZE_LARGE,
               (curl_off_t)(with_body ? request->body->len : 0));
    }
    if (is_head)
        SP_SET(NOBODY, 1L);
    SP_SET(CUSTOMREQUEST,
           is_get || is_head || is_post ? NULL : request->method);
    return code;
}

/* A handle keeps the origin, so it is told of it once. libcurl may read the
 * URL when it has the origin: that one then is as good as any. */
static CURLcode set_place(struct sp_exchange *exchange,
                          const struct sp_exchange_request *request)
{
    CURL *easy = exchange->easy;
    const struct sp_origin *origin = request->origin;
    const char *target = sp_origin_target(origin, request->url);
    CURLcode code = CURLE_OK;

    SP_SET(REQUEST_TARGET, target);
    if (!target) {
        SP_SET(CURLU, NULL);
        SP_SET(URL, request->url);
    } else if (!exchange->knows_origin) {
        SP_SET(CURLU, origin->parsed);
        SP_SET(URL, origin->text);
    }
    exchange->knows_origin = target && code == CURLE_OK;
    return code;
}

/* Nothing but what the URL says, so that no redirect could lower it. A proxy
 * would read plain http, token and body: that goes to loopback directly. */
static CURLcode set_url(struct sp_exchange *exchange,
                        const struct sp_exchange_request *request)
{
    CURL *easy = exchange->easy;
    bool https = strncasecmp(request->url, "https:", 6) == 0;
    CURLcode code = set_place(exchange, request);

    if (https != exchange->https) {
        SP_SET(PROTOCOLS_STR, https ? "https" : "http");
        SP_SET(PROXY, https ? sp_exchange_proxy(exchange->settings) : "");
    }
    if (code == CURLE_OK)
        exchange->https = https;
    return code;
}

enum sp_status sp_exchange_prepare(struct sp_exchange *exchange,
                                   const struct sp_exchange_request *request)
{
    CURL *easy = exchange->easy;
    CURLcode code;

    exchange->fault = SP_OK;
    exchange->complaint = NULL;
    exchange->issued = exchange->repeated = exchange->dodged = 0;
    exchange->refused = exchange->remembers = exchange->goodbye = false;
    exchange->opened = exchange->opened_before = 0;
    exchange->fresh = request->fresh_connection;
    exchange->max_idle_ms = request->max_idle_ms;
    exchange->rate = request->rate;
    exchange->ticket = request->ticket;
    exchange->asked_head = strcmp(request->method, "HEAD") == 0;
    exchange->length = -1;
    sp_exchange_leave_connection(exchange);
    sp_headers_reset(&exchange->headers);
    sp_buffer_reset(&exchange->body);
    if (add_lines(exchange, request) != SP_OK)
        return SP_ERR_NO_MEMORY;
    sp_exchange_drop_form(exchange);
    code = set_method(easy, request);
    if (code == CURLE_OK && request->upload)
        code = set_form(exchange, request);
    if (code == CURLE_OK)
        code = set_url(exchange, request);
    SP_SET(HTTPHEADER, exchange->line_count ? exchange->lines : NULL);
    SP_SET(CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
    SP_SET(PIPEWAIT, request->wait_for_connection ? 1L : 0L);
    if (code == CURLE_OUT_OF_MEMORY)
        return SP_ERR_NO_MEMORY;
    if (sp_exchange_is_unreadable(exchange))
        return SP_ERR_INVALID;
    sp_exchange_reset_connection(exchange);
    return code == CURLE_OK ? SP_OK : SP_ERR_SYSTEM;
}
