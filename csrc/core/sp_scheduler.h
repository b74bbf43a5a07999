/* sp_scheduler: which call runs when: the lines that calls stand in, the rate
 * limit, and all timers. Makes the transitions of sp_call.c and has the
 * attempts carried out by sp_transport. It is told the time; libcurl and
 * sockets are unknown here.
 *
 * Tested by spec/simulate, which holds it to its rules through whole lives of
 * a client. */
#ifndef SP_SCHEDULER_H
#define SP_SCHEDULER_H

#include "sp_call_private.h"
#include "sp_transport.h"

/* Zeroed memory is legal for clear. */
struct sp_scheduler {
    struct sp_calls calls;
    struct sp_rate rate[SP_LINES];
    size_t max_in_flight;
    bool asks; /* whether a repeat may go: see sp_scheduler_take_asking */
    struct sp_transport *transport; /* not owned */
    uint64_t retries;               /* that were decided on */
};

/* What may be in flight, and requests per second. NO_MEMORY, INVALID. */
enum sp_status sp_scheduler_init(struct sp_scheduler *scheduler,
                                 struct sp_transport *transport,
                                 int max_in_flight, int rate_read,
                                 int rate_write);

/* No call may be under way. */
void sp_scheduler_clear(struct sp_scheduler *scheduler);

/* Stands `call` in line, or ends it when its turn would come too late.
 * NO_MEMORY: nothing has changed. */
enum sp_status sp_scheduler_line_up(struct sp_scheduler *scheduler,
                                    struct sp_call *call, int64_t now_ms);

/* Begins what may begin now: in order, as far as places in flight and rate
 * tokens go, and only some at a time. */
void sp_scheduler_start(struct sp_scheduler *scheduler, int64_t now_ms);

/* Does, at `now_ms`, what was due at `due_ms`: attempts and waits that took
 * too long end, back-offs end and stand in line again. */
void sp_scheduler_run_timers(struct sp_scheduler *scheduler, int64_t due_ms,
                             int64_t now_ms);

/* When something is to be done here, as far as is known; 0: finished calls
 * wait to be taken; NEVER: nothing is. */
int64_t sp_scheduler_due(const struct sp_scheduler *scheduler, int64_t now_ms);

/* The attempt of `call` has ended, and came to `came`: it goes on, or ends. */
void sp_scheduler_end(struct sp_scheduler *scheduler, struct sp_call *call,
                      const struct sp_attempt *came, int64_t now_ms);

/* The same for all attempts under way, which are stopped first. */
void sp_scheduler_stop_all(struct sp_scheduler *scheduler, enum sp_stop why,
                           int64_t now_ms);

/* Ends `call`, or all calls, wherever they are, for a reason of our own. */
void sp_scheduler_give_up(struct sp_scheduler *scheduler, struct sp_call *call,
                          enum sp_kind kind, const char *message,
                          int64_t now_ms);
void sp_scheduler_give_up_all(struct sp_scheduler *scheduler,
                              enum sp_kind kind, const char *message,
                              int64_t now_ms);

/* The exchanges go on in another process: all calls end here, CLOSED. */
void sp_scheduler_disown_all(struct sp_scheduler *scheduler,
                             const char *message, int64_t now_ms);

/* The next call whose back-off is over and that waits to be admitted, or
 * NULL; there are some only if the scheduler asks. Each has to be answered by
 * sp_scheduler_admit, or it ends at its deadline with what it has. */
struct sp_call *sp_scheduler_take_asking(struct sp_scheduler *scheduler);

/* The answer: `wait_ms` 0 lets the repeat stand in line, more has it ask again
 * after so long. It ends, RATE_LIMITED, if its deadline is sooner. */
void sp_scheduler_admit(struct sp_scheduler *scheduler, struct sp_call *call,
                        int64_t wait_ms, int64_t now_ms);

/* The next call in a back-off that nobody was told of, or NULL. */
struct sp_call *sp_scheduler_take_retry(struct sp_scheduler *scheduler);

#endif
