/* sp_rate: keeps requests inside a limit per second, exactly.
 *
 * A bucket of `limit` tokens. A request takes one; the token comes back one
 * second after the request has surely arrived at the server: when its answer
 * is seen, or SP_RATE_TRAVEL_MS after it was issued on its connection,
 * whichever is first. Until it is issued (it may wait for a name, a
 * connection, a handshake) its token is held. So no window of one second at
 * the server holds more than `limit` requests, and a burst of `limit` may
 * still go at once.
 *
 * Pure: the caller brings the time (milliseconds of a monotonic clock). */
#ifndef SP_RATE_H
#define SP_RATE_H

#include <stddef.h>
#include <stdint.h>

#include "sp_error.h"
#include "sp_timers.h"

enum {
    SP_RATE_WINDOW_MS = 1002, /* one second and the rounding of two clocks */
    SP_RATE_TRAVEL_MS = 250
};

/* Zeroed memory is a bucket without a limit. */
struct sp_rate {
    int limit;               /* tokens; 0: no limit */
    uint64_t taken;          /* tokens ever taken */
    struct sp_token *tokens; /* `limit` of them */
    struct sp_timers order;  /* by when each comes back */
    int64_t *scratch;        /* `limit` times, for looking ahead */
};

/* `limit` 0 .. 10000 per second, 0 for none. INVALID, NO_MEMORY; what is
 * left then has no limit. */
enum sp_status sp_rate_init(struct sp_rate *rate, int limit);
void sp_rate_clear(struct sp_rate *rate);

/* Milliseconds until a token is there for a request with `ahead` others in
 * line before it; 0: now. Takes nothing. It can become more when those ahead
 * take theirs late, and less when answers come early. */
int64_t sp_rate_wait(const struct sp_rate *rate, size_t ahead, int64_t now_ms);

/* Takes the token that sp_rate_wait said is there; returns its ticket. The
 * token is held until one of the two below is told. */
uint64_t sp_rate_take(struct sp_rate *rate);

/* The request that holds `ticket` goes out now. */
void sp_rate_issued(struct sp_rate *rate, uint64_t ticket, int64_t now_ms);

/* The request that holds `ticket` has been answered now, or has provably
 * never left (one that failed otherwise may still be on its way): its token
 * need not wait for SP_RATE_TRAVEL_MS. Late or repeated calls do no harm. */
void sp_rate_arrived(struct sp_rate *rate, uint64_t ticket, int64_t now_ms);

#endif
