/* sp_call_private: what sp_call.c and sp_engine.c share, and nobody else. */
#ifndef SP_CALL_PRIVATE_H
#define SP_CALL_PRIVATE_H

#include "sp_call.h"
#include "sp_exchange.h"
#include "sp_retry.h"
#include "sp_timers.h"

enum sp_call_state {
    SP_CALL_NEW,
    SP_CALL_PENDING,
    SP_CALL_RUNNING,
    SP_CALL_BACKING_OFF,
    SP_CALL_DONE
};

/* Calls in order; a call is in one list at most. Zeroed memory is empty. */
struct sp_call_list {
    struct sp_call *first, *last;
    size_t count;
};

struct sp_call {
    enum sp_call_state state;
    struct sp_engine *engine; /* NULL unless under way, or done and untaken */
    struct sp_call_list *list;
    struct sp_call *next, *previous;

    size_t room; /* bytes behind the struct: attempts, method, url */

    /* what to do */
    const char *method, *url;
    struct sp_buffer lines, body; /* `lines` holds the token */
    struct sp_upload *upload;
    enum sp_repeat repeat;
    bool own_key;
    char key[257]; /* of the current attempt; "" for a read */
    int64_t connect_timeout_ms, timeout_ms, deadline_ms;
    int max_retries;

    /* how it goes */
    int64_t began_ms, due_ms, attempt_began_ms;
    struct sp_timer timer;         /* deadline, end of attempt or back-off */
    uint64_t order;                /* its place in the line */
    struct sp_exchange *exchange;  /* while RUNNING */
    int cost;                      /* of its last retry */
    bool fresh;                    /* the next attempt needs a new connection */
    bool unreported;               /* a back-off that nobody was told of */
    struct sp_attempt *attempts;   /* room for max_retries + 1 */
    int attempt_count;
    struct sp_answer answer;
    char message[192];
};

void sp_call_list_append(struct sp_call_list *list, struct sp_call *call);
void sp_call_list_remove(struct sp_call *call);

/* The transitions. Each moves the call to the list it is given. */

/* NEW or BACKING_OFF: stands in line. The first time starts the deadline. */
void sp_call_pend(struct sp_call *call, struct sp_call_list *pending,
                  int64_t now_ms);

/* PENDING: an attempt begins on `exchange`; fills what is to be sent.
 * SYSTEM when there are no random numbers for a key: nothing has changed. */
enum sp_status sp_call_begin(struct sp_call *call,
                             struct sp_exchange *exchange,
                             struct sp_call_list *running, int64_t now_ms,
                             struct sp_exchange_request *request);

/* RUNNING: the attempt has ended with libcurl's `code`. Takes the answer out
 * of the exchange, lets go of it, and decides. True: BACKING_OFF, and the
 * caller sets the timer to `due_ms`; false: DONE. */
bool sp_call_end(struct sp_call *call, CURLcode code,
                 struct sp_retry_budget *budget,
                 struct sp_call_list *backing_off, struct sp_call_list *done,
                 int64_t now_ms);

/* Any state but DONE: it ends here, for a reason of our own. An attempt under
 * way is recorded as given up; its exchange is let go of. Between attempts,
 * RATE_LIMITED and TIMEOUT leave the last one's result. */
void sp_call_fail(struct sp_call *call, enum sp_kind kind,
                  const char *message, struct sp_call_list *done,
                  int64_t now_ms);

#endif
