/* sp_engine: every call of a client. The face of the core.
 *
 * There is one way to drive it, sp_engine_step. A blocking caller steps until
 * its own call is done; an event loop watches sp_engine_pollfd and steps when
 * it is readable; a game steps in its tick. The engine never calls back: a
 * step leaves finished calls to be taken.
 *
 * An engine belongs to one thread. After a fork the child's engine starts
 * anew by itself: what the parent had in flight is CLOSED in the child, and
 * the parent's connections are left alone, not closed.
 *
 * Tested through the module, by spec/loop and spec/contract: sockets, forks
 * and descriptors are what it is about. */
#ifndef SP_ENGINE_H
#define SP_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "sp_call.h"
#include "sp_error.h"
#include "sp_secrets.h"
#include "sp_settings.h"
#include "sp_sockets.h"
#include "sp_stats.h"

struct sp_engine;

/* Opens nothing yet. The settings are copied. NO_MEMORY. */
enum sp_status sp_engine_new(const struct sp_settings *settings,
                             struct sp_engine **out, struct sp_error *error);

/* Cancels what is under way (those calls are done, kind CANCELLED, and
 * stay the caller's to free) and closes everything. NULL is allowed. */
void sp_engine_free(struct sp_engine *engine);

/* Puts `call` in line; the next step sends it if it may. From now until it
 * is done the engine refers to it. NO_MEMORY, SYSTEM, TOO_LARGE (URL and
 * headers are more than SP_REQUEST_HEAD_MAX): it is not in line. */
enum sp_status sp_engine_submit(struct sp_engine *engine, struct sp_call *call,
                                struct sp_error *error);

/* Ends `call` now, at any stage, kind CANCELLED, without waiting for a peer
 * or a resolver; it becomes one of the finished calls of its engine, if it
 * has one. No harm when it is done, or NULL. */
void sp_engine_cancel(struct sp_call *call);

/* The same for all that is under way. */
void sp_engine_cancel_all(struct sp_engine *engine);

/* Does what is due, waiting at most `timeout_ms` for something to do (0: not
 * at all, negative: until there is something, if anything is under way).
 * Returns without waiting when finished calls are there to be taken. SYSTEM
 * or NO_MEMORY when the engine cannot be opened or the operating system
 * refuses to wait: every call under way has then failed, kind NETWORK, and
 * the next one tries anew. */
enum sp_status sp_engine_step(struct sp_engine *engine, int64_t timeout_ms,
                              struct sp_error *error);

/* The next finished call, oldest first, or NULL. Who handles finished calls
 * in a loop takes sp_engine_ready of them and no more: handling them may
 * finish others, without end. */
struct sp_call *sp_engine_take(struct sp_engine *engine);

/* How many finished calls are there to be taken. */
size_t sp_engine_ready(const struct sp_engine *engine);

/* The next call that has gone into a back-off since it was last reported
 * here, or NULL. For events; nothing is lost by never asking. */
struct sp_call *sp_engine_take_retry(struct sp_engine *engine);

/* The next call that waits to be let send its request again, or NULL: there
 * are some only if the settings say that the engine asks. Each is to be
 * answered: a repeat goes at once for `wait_ms` 0, or asks again after so
 * long; it ends with what it has when its deadline is sooner. No harm when
 * the call is over meanwhile. */
struct sp_call *sp_engine_take_asking(struct sp_engine *engine);
void sp_engine_admit(struct sp_engine *engine, struct sp_call *call,
                     int64_t wait_ms);

/* The next of what happened to connections, oldest first; false when there is
 * nothing, and always unless the settings ask for it. */
bool sp_engine_take_news(struct sp_engine *engine, struct sp_news_item *news);

/* The descriptor to watch for reading, or -1 and UNSUPPORTED or SYSTEM in
 * `error`. From the first time it is asked for, steps keep it armed. */
int sp_engine_pollfd(struct sp_engine *engine, struct sp_error *error);

/* The same, for a host that steps right after each submit and asks again
 * before each wait: steps and submits then need not keep it armed. */
int sp_engine_arm(struct sp_engine *engine, struct sp_error *error);

/* Milliseconds until a step is due although no socket is ready; 0: now;
 * -1: nothing is under way. */
int64_t sp_engine_timeout(struct sp_engine *engine);

void sp_engine_stats(const struct sp_engine *engine, struct sp_stats *stats);

/* The tokens of the retry budget, to be shared among engines. What is set
 * is kept within 0 and what a new engine has. */
int sp_engine_retry_budget(const struct sp_engine *engine);
void sp_engine_set_retry_budget(struct sp_engine *engine, int tokens);

/* Adds to `secrets` what the settings hold of them: user and password of the
 * proxy. NO_MEMORY. */
enum sp_status sp_engine_secrets(const struct sp_engine *engine,
                                 struct sp_secrets *secrets);

#endif
