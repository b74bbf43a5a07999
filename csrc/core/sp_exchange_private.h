/* sp_exchange_private: what the files of an exchange share, and nobody else:
 * its life and its callbacks (sp_exchange.c), what it is told at birth
 * (sp_exchange_setup.c) and for each request (sp_exchange_request.c), what
 * libcurl says of it (sp_exchange_verdict.c), and what became of it
 * (sp_result.c). */
#ifndef SP_EXCHANGE_PRIVATE_H
#define SP_EXCHANGE_PRIVATE_H

#include "sp_exchange.h"

#define SP_HEADERS_TOO_LARGE "the response headers are larger than max_headers"
#define SP_BODY_TOO_LARGE "the response body is larger than max_body"

/* Sets an option of `easy`, unless `code` says that one has failed. */
#define SP_SET(option, value)                                                 \
    do {                                                                      \
        if (code == CURLE_OK)                                                 \
            code = curl_easy_setopt(easy, CURLOPT_##option, value);           \
    } while (0)

/* Tells the handle what never changes. */
CURLcode sp_exchange_set_up(struct sp_exchange *exchange);

/* The proxy for https. "": none, whatever the environment says; NULL: what it
 * says. */
const char *sp_exchange_proxy(const struct sp_settings *settings);

/* libcurl reads the upload no more. */
void sp_exchange_drop_form(struct sp_exchange *exchange);

/* It is about no connection any more. */
void sp_exchange_leave_connection(struct sp_exchange *exchange);

/* Any connection may be used again, as far as what has been found allows. */
void sp_exchange_reset_connection(struct sp_exchange *exchange);

/* The headers of its answer are too large: its connection takes no other. */
void sp_exchange_blame_headers(struct sp_exchange *exchange);

/* Whether a body has come that libcurl would not end. */
bool sp_exchange_is_complete(const struct sp_exchange *exchange);

/* Whether the server left the request undone, and said so. */
bool sp_exchange_is_left_undone(const struct sp_exchange *exchange);

/* Whether nothing was written although libcurl was about to. */
bool sp_exchange_is_unwritten(const struct sp_exchange *exchange);

/* Whether what is uploaded could not be read to its end. */
bool sp_exchange_is_unreadable(const struct sp_exchange *exchange);

/* The kind of failure that libcurl's code and words mean; SP_KIND_NONE where
 * it is content, whatever the answer lacks. */
enum sp_kind sp_exchange_kind(const struct sp_exchange *exchange,
                              CURLcode code);

/* The status with which a proxy refused to open a tunnel, or 0. Those that
 * may pass are no refusal. */
int sp_exchange_refusal(const struct sp_exchange *exchange);

/* Writes the attempt's detail: a sentence without secrets, "" where nothing
 * went wrong. */
void sp_exchange_describe(const struct sp_exchange *exchange, CURLcode code,
                          struct sp_attempt *attempt);

#endif
