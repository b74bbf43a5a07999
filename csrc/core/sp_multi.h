/* sp_multi: a multi handle of libcurl, and what its callbacks tell.
 *
 * Both callbacks only write down what libcurl wants. An engine has one of
 * these for its new exchanges. One whose connections are no longer trusted is
 * retired: its exchanges go on there, and it is freed when they have ended.
 * That closes its connections, which libcurl has no call for.
 *
 * Tested by spec/contract/silence_spec.lua and its neighbours: libcurl is what
 * it speaks with. */
#ifndef SP_MULTI_H
#define SP_MULTI_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sp_error.h"

struct sp_exchange;
struct sp_poll;
struct sp_sockets;

struct sp_multi {
    CURLM *curl;
    struct sp_poll *poll;
    struct sp_sockets *sockets;
    int64_t due_ms;                   /* when libcurl's timer rings */
    struct sp_exchange *first, *last; /* that are attached, oldest first */
    size_t unsent;    /* of these, that wait for a connection */
    size_t unbegun;   /* added since libcurl was let to work */
    int64_t kick_ms;  /* when all are run again while some of them do */
    int64_t now_ms;   /* when libcurl was let to work, or sent, last */
    int64_t heard_ms; /* when part of an answer came; 0: never */
    bool broken;      /* libcurl's state is not to be trusted any more */
    bool starved;     /* because there was no memory */
    struct sp_multi *next;
};

/* NULL without memory. Poll and sockets must outlive it. */
struct sp_multi *sp_multi_new(struct sp_poll *poll,
                              struct sp_sockets *sockets);

/* Closes its connections. No exchange may be attached. NULL is allowed. */
void sp_multi_free(struct sp_multi *multi);

/* How many connections there may be, kept ones included; at least 1. */
void sp_multi_limit(struct sp_multi *multi, int connections);

/* Attaches an exchange, and lets go of it, which must be done also when the
 * first fails: NO_MEMORY, SYSTEM. */
enum sp_status sp_multi_add(struct sp_multi *multi,
                            struct sp_exchange *exchange);
void sp_multi_remove(struct sp_multi *multi, struct sp_exchange *exchange);

/* An exchange that is attached sends its request. */
void sp_multi_sent(struct sp_exchange *exchange);

/* Lets libcurl work at a socket, of which is `seen` (SP_POLL_*) what can be
 * done. */
void sp_multi_act(struct sp_multi *multi, int fd, int seen, int64_t now_ms);

/* The same for what is due, and when that is; NEVER: nothing is. */
void sp_multi_act_on_timer(struct sp_multi *multi, int64_t now_ms);
int64_t sp_multi_due(const struct sp_multi *multi);

/* The next exchange that has ended, and with what; NULL when there is none.
 * It is still attached. */
struct sp_exchange *sp_multi_ended(struct sp_multi *multi, CURLcode *code);

#endif
