/* sp_call_private: the state machine of sp_call.c, for who turns it: the
 * scheduler, and the specs. sp_engine.c and sp_transport.c read a call's
 * fields, too; only sp_call.c writes them.
 *
 * Pure: the caller brings the time, the jitter and the random bytes, and what
 * an attempt came to. */
#ifndef SP_CALL_PRIVATE_H
#define SP_CALL_PRIVATE_H

#include "sp_call.h"
#include "sp_exchange_request.h"
#include "sp_retry.h"
#include "sp_timers.h"

struct sp_exchange;

enum sp_call_state {
    SP_CALL_NEW,
    SP_CALL_PENDING,
    SP_CALL_RUNNING,
    SP_CALL_BACKING_OFF,
    SP_CALL_ASKING,
    SP_CALL_DONE
};

/* Calls in order; a call is in one list at most. Zeroed memory is empty. */
struct sp_call_list {
    struct sp_call *first, *last;
    size_t count;
};

enum { SP_READS, SP_WRITES, SP_LINES }; /* each with its own limit and line */

/* All calls of an engine, by state. A transition moves a call between the
 * lists and sets its timer. Zeroed memory is empty; then the budget begins
 * with sp_retry_budget_init. */
struct sp_calls {
    struct sp_call_list pending[SP_LINES], running, backing_off, done;
    struct sp_call_list asking; /* nobody has heard yet that they ask */
    struct sp_call_list asked;  /* somebody has */
    struct sp_timers timers;    /* owner: the call */
    struct sp_retry_budget budget;
    uint64_t order;    /* place in the line of the next call */
    size_t unreported; /* back-offs that nobody was told of */
    void *owner;       /* the engine: this is not looked at here */
};

enum { SP_KEY_BYTES = 16 }; /* random ones, that make a key */

struct sp_call {
    enum sp_call_state state;
    struct sp_calls *calls; /* NULL unless under way, or done and untaken */
    struct sp_call_list *list;
    struct sp_call *next, *previous;

    size_t room; /* bytes behind the struct: method, url, key */

    /* what to do */
    const char *method, *url;
    struct sp_buffer lines, body; /* `lines` holds the token */
    struct sp_upload *upload;
    enum sp_repeat repeat;
    bool own_key;
    char *key; /* of the current attempt; "" for a read */
    int64_t connect_timeout_ms, timeout_ms, deadline_ms;
    int max_retries;

    /* how it goes */
    int64_t began_ms, due_ms, attempt_began_ms;
    struct sp_timer timer;        /* deadline, end of attempt or back-off */
    uint64_t order;               /* its place in the line */
    struct sp_exchange *exchange; /* while RUNNING */
    uint64_t ticket;              /* of its last attempt, in the rate limit */
    int cost;                     /* of its last retry */
    bool fresh;                   /* the next attempt needs a new connection */
    bool unreported;              /* a back-off that nobody was told of */
    struct sp_attempt *attempts;  /* `first`, or room for all there may be */
    struct sp_attempt first;
    int attempt_count;
    struct sp_answer answer;
    char *message; /* of an end for a reason of our own, or NULL */
};

/* The line it stands in when it is PENDING. */
int sp_call_line(const struct sp_call *call);

/* NEW, BACKING_OFF or ASKING: stands in line. The first time starts the
 * deadline. NO_MEMORY: nothing has changed. */
enum sp_status sp_call_pend(struct sp_call *call, struct sp_calls *calls,
                            int64_t now_ms);

/* Whether the next attempt needs a key that has to be made. */
bool sp_call_needs_key(const struct sp_call *call);

/* PENDING: an attempt begins on `exchange`; fills what is to be sent, but for
 * the rate. `random` makes a key when it needs one, and is not looked at
 * otherwise. */
void sp_call_begin(struct sp_call *call, struct sp_exchange *exchange,
                   const unsigned char random[SP_KEY_BYTES], int64_t now_ms,
                   struct sp_exchange_request *request);

/* RUNNING: the attempt has ended and came to `came`; its headers and body are
 * in the answer already. `jitter`, in [0, 1), is needed of a transient one.
 * True: BACKING_OFF; false: DONE. */
bool sp_call_end(struct sp_call *call, const struct sp_attempt *came,
                 double jitter, int64_t now_ms);

/* Whether an attempt failed in a way that may have passed by the next one. */
bool sp_attempt_is_transient(const struct sp_attempt *attempt);

/* Any state but DONE: it ends here, for a reason of our own. `came` is what
 * an attempt under way came to, which is recorded as given up; NULL
 * without. Between attempts, RATE_LIMITED and TIMEOUT leave the last one's
 * result. */
void sp_call_fail(struct sp_call *call, enum sp_kind kind, const char *message,
                  const struct sp_attempt *came, int64_t now_ms);

/* RUNNING: its exchange goes on in another process, so nothing is known of
 * the attempt. It has to be failed next. */
void sp_call_disown(struct sp_call *call);

/* BACKING_OFF: somebody has been told. */
void sp_call_report(struct sp_call *call);

/* BACKING_OFF, and the wait is over: asks to be repeated. What nobody answers
 * is due at the deadline. NO_MEMORY: nothing has changed. */
enum sp_status sp_call_ask(struct sp_call *call);

/* ASKING: somebody has heard it. */
void sp_call_hear(struct sp_call *call);

/* ASKING: backs off again, until `until_ms`, and asks then. */
void sp_call_put_off(struct sp_call *call, int64_t until_ms);

#endif
