/* sp_timers: which of many things is due first. A binary heap of timers that
 * live inside the things themselves. Pure: the caller brings the time. */
#ifndef SP_TIMERS_H
#define SP_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sp_error.h"

/* Zeroed memory is a timer that is not set. */
struct sp_timer {
    int64_t at_ms;
    size_t place; /* 1-based place in the heap; 0: not set */
    void *owner;  /* what the timer belongs to */
};

struct sp_timers {
    struct sp_timer **heap;
    size_t count, capacity;
};

void sp_timers_clear(struct sp_timers *timers);

/* Sets `timer`, or moves it when it is set already. NO_MEMORY: not set. */
enum sp_status sp_timers_set(struct sp_timers *timers, struct sp_timer *timer,
                             int64_t at_ms);

/* Takes `timer` out; no harm when it is not set. */
void sp_timers_unset(struct sp_timers *timers, struct sp_timer *timer);

/* When the first is due; SP_CLOCK_NEVER without any. */
int64_t sp_timers_next(const struct sp_timers *timers);

/* Takes out and returns the first that is due at `now_ms`, or NULL. */
struct sp_timer *sp_timers_due(struct sp_timers *timers, int64_t now_ms);

#endif
