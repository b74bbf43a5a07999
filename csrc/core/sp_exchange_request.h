/* sp_exchange_request: what an attempt is to send, as plain data. */
#ifndef SP_EXCHANGE_REQUEST_H
#define SP_EXCHANGE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "sp_buffer.h"
#include "sp_rate.h"
#include "sp_upload.h"

struct sp_origin;

/* All memory is the caller's; `lines`, `body` and `upload` must stay until
 * the exchange has ended, `rate` and `origin` as long as it, the rest is
 * copied. */
struct sp_exchange_request {
    const char *method, *url;
    const struct sp_origin *origin; /* the client's: perhaps that of `url` */
    struct sp_buffer *lines;        /* "Name: value" NUL "Name: ..." NUL */
    const char *key;                /* Idempotency-Key or NULL */
    const struct sp_buffer *body;   /* NULL or len 0: without a body */
    struct sp_upload *upload;       /* sent as a form in its place, or NULL */
    int64_t connect_timeout_ms;
    int64_t timeout_ms;       /* kept by the scheduler, not by libcurl */
    bool wait_for_connection; /* HTTP/2 is known: share, do not open */
    bool fresh_connection;    /* none that was kept */
    int64_t max_idle_ms;      /* none that was idle for as long; 0: any */
    struct sp_rate *rate;     /* told when the request goes out */
    uint64_t ticket;          /* with this */
};

#endif
