/* sp_answer: what a finished call leaves behind, as plain data. */
#ifndef SP_ANSWER_H
#define SP_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "sp_buffer.h"
#include "sp_error.h"
#include "sp_headers.h"
#include "sp_retry.h"

enum { SP_ATTEMPTS_MAX = 11 }; /* the first and at most ten retries */

/* Seconds since the attempt began, as libcurl measured them. */
struct sp_timings {
    double dns, connect, tls, first_byte, total;
    bool reused;      /* on a connection that was there already */
    int http_version; /* 10, 11, 20; 0 when nothing came */
};

/* One entry of the attempt list. */
struct sp_attempt {
    int64_t at_ms; /* since the call began */
    int64_t took_ms;
    int64_t wait_ms; /* before the next attempt */
    enum sp_kind failed;
    bool hopeless;          /* it would fail the same way again */
    bool needs_fresh;       /* and so it would on a connection that is kept */
    int64_t retry_after_ms; /* what the server asked for; -1: nothing */
    int status;             /* 0: no answer */
    enum sp_sent sent;
    enum sp_retry_reason reason; /* why again, or why not */
    uint64_t bytes_in, bytes_out;
    struct sp_timings timings;
    char detail[128]; /* of a failure; one line, no secret */
};

struct sp_answer {
    enum sp_kind failed; /* NONE: `status`, `headers` and `body` are there */
    int status;
    struct sp_headers headers;
    struct sp_buffer body;
    enum sp_sent sent; /* of the attempt that got furthest */
    bool maybe_applied;
    bool retryable;
    int64_t retry_after_ms; /* what the server asked for; -1: nothing */
    const char *message;    /* of a failure; "" otherwise */
    const char *key;        /* the last idempotency key used; "" without */
    const struct sp_attempt *attempts;
    int attempt_count;
};

#endif
