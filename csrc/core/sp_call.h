/* sp_call: one call of the API: its attempts, back-offs, deadline and
 * idempotency keys. A state machine:
 *
 *   NEW -> PENDING -> RUNNING -> DONE
 *           ^  ^         |
 *           |  +-- BACKING_OFF
 *           |         |  ^
 *           +------- ASKING
 *
 * PENDING waits, in order, for a place in flight and a rate token. ASKING is
 * there where somebody outside has to admit each repeat. From every
 * other state a call may fail or be cancelled, which is DONE. The scheduler
 * makes the transitions (sp_call_private.h); whoever has a client sees what
 * is below, and sp_engine.h. A call belongs to one thread. */
#ifndef SP_CALL_H
#define SP_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sp_answer.h"
#include "sp_buffer.h"
#include "sp_error.h"
#include "sp_retry.h"
#include "sp_upload.h"

struct sp_call;

/* Bytes of URL and headers: libcurl sends no more than 1 MB of a head. */
enum { SP_REQUEST_HEAD_MAX = 512 * 1024 };

/* What to do. Strings are copied, buffers and the upload taken over; times
 * are milliseconds, > 0. */
struct sp_request {
    const char *method; /* GET, POST, PATCH ... */
    const char *url;
    struct sp_buffer *lines; /* headers: "Name: value" NUL ... NUL */
    struct sp_buffer *body;
    struct sp_upload *upload; /* a form in place of the body, or NULL */
    enum sp_repeat repeat;
    const char *idempotency_key; /* the caller's own; NULL: we make them */
    int64_t connect_timeout_ms;
    int64_t timeout_ms;  /* of one attempt */
    int64_t deadline_ms; /* of the whole call */
    int max_retries;     /* 0 .. SP_ATTEMPTS_MAX - 1 */
};

/* A call that is not started. It is freed by the caller. `spare` may be a
 * call that is done and taken, of an engine with the same limits: it ends
 * here, its memory is used again. NO_MEMORY. */
enum sp_status sp_call_new(const struct sp_request *request,
                           struct sp_call *spare, struct sp_call **out,
                           struct sp_error *error);

/* Must not be under way: see sp_engine_cancel. NULL is allowed. */
void sp_call_free(struct sp_call *call);

/* Takes a call that is done out of its engine's list of those, if it is
 * there (else see sp_engine_take). */
void sp_call_take(struct sp_call *call);

bool sp_call_is_done(const struct sp_call *call);

/* Whether it only reads: reads and writes have limits of their own. */
bool sp_call_is_read(const struct sp_call *call);

/* What came of it: valid from is_done until the call is freed. */
const struct sp_answer *sp_call_answer(const struct sp_call *call);

/* How much of the file of a form the attempt under way, or the last one, has
 * sent, and how much there is; both 0 for another call. */
void sp_call_uploaded(const struct sp_call *call, uint64_t *sent,
                      uint64_t *total);

/* Attempts that have ended so far; for events while the call goes on. */
int sp_call_attempts(const struct sp_call *call,
                     const struct sp_attempt **attempts);

#endif
