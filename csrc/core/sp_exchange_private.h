/* sp_exchange_private: what sp_exchange.c and sp_result.c share, and nobody
 * else. */
#ifndef SP_EXCHANGE_PRIVATE_H
#define SP_EXCHANGE_PRIVATE_H

#include "sp_exchange.h"

#define SP_HEADERS_TOO_LARGE "the response headers are larger than max_headers"
#define SP_BODY_TOO_LARGE "the response body is larger than max_body"

/* Whether a body has come that libcurl would not end. */
bool sp_exchange_is_complete(const struct sp_exchange *exchange);

/* Whether the server left the request undone, and said so. */
bool sp_exchange_is_left_undone(const struct sp_exchange *exchange);

/* Whether nothing was written although libcurl was about to. */
bool sp_exchange_is_unwritten(const struct sp_exchange *exchange);

/* Whether what is uploaded could not be read to its end. */
bool sp_exchange_is_unreadable(const struct sp_exchange *exchange);

#endif
