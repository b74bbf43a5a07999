/* sp_scheduler: the calls of an engine on their way: the lines they stand in,
 * the exchanges in flight, and the timers of both. Part of the engine: only
 * sp_engine.c calls it, on an engine that is open. */
#ifndef SP_SCHEDULER_H
#define SP_SCHEDULER_H

#include "sp_engine_private.h"

/* Stands `call` in line, or ends it when its turn would come too late.
 * NO_MEMORY: it stands nowhere. */
enum sp_status sp_scheduler_line_up(struct sp_engine *engine,
                                 struct sp_call *call, int64_t now_ms);

/* Begins what may begin now: in order, as far as places in flight and rate
 * tokens go, and only some at a time. */
void sp_scheduler_start(struct sp_engine *engine);

/* Whether another exchange may begin, as far as places in flight and
 * connections go. */
bool sp_scheduler_has_room(const struct sp_engine *engine);

/* Does what is due at `now_ms`: attempts and waits that took too long end,
 * back-offs end and stand in line again. */
void sp_scheduler_run_timers(struct sp_engine *engine, int64_t now_ms);

/* An exchange has ended with libcurl's `code`: the call goes on, or ends. */
void sp_scheduler_end(struct sp_engine *engine, struct sp_exchange *exchange,
                   CURLcode code);

/* Ends `call` wherever it is, for a reason of our own. */
void sp_scheduler_give_up(struct sp_engine *engine, struct sp_call *call,
                       enum sp_kind kind, const char *message);

/* Frees the handles that are kept for the next calls. */
void sp_scheduler_drop_pool(struct sp_engine *engine);

#endif
