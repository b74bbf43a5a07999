/* sp_transport_private: the transport on libcurl, as the engine turns it:
 * shared by sp_transport.c, sp_scout.c and sp_engine.c. */
#ifndef SP_TRANSPORT_PRIVATE_H
#define SP_TRANSPORT_PRIVATE_H

#include "sp_call_private.h"
#include "sp_exchange.h"
#include "sp_multi.h"
#include "sp_origin.h"
#include "sp_poll.h"
#include "sp_settings.h"
#include "sp_sockets.h"
#include "sp_stats.h"
#include "sp_transport.h"

/* Zeroed memory with `settings` is legal: it is not open. */
struct sp_transport {
    const struct sp_settings *settings;
    struct sp_poll *poll;     /* the engine's */
    struct sp_multi *multi;   /* NULL: not open, in this process */
    struct sp_multi *retired; /* whose exchanges have not all ended */
    CURLSH *sessions;         /* of TLS, for all handles */
    struct sp_origin origin;  /* of the first request */
    struct sp_sockets sockets;
    bool http1; /* the server has answered with HTTP/1 last */
    bool http2; /* with HTTP/2 */
    const struct sp_exchange *scout; /* see sp_scout.h; or NULL */
    int64_t scout_until_ms;
    bool put_off;             /* what was due then waits for the next step */
    struct sp_exchange *pool; /* for the next calls */
    size_t pool_count;
    struct sp_exchange *lost; /* ended when they were to change handles */
    struct sp_stats stats;    /* what is counted here */
};

/* Opens it, if it is not open, with the sockets in `poll`. NO_MEMORY. */
enum sp_status sp_transport_open(struct sp_transport *transport,
                                 struct sp_poll *poll);

/* Closes all connections; no exchange may be under way. */
void sp_transport_shut(struct sp_transport *transport);

/* The same, and frees what it has. */
void sp_transport_clear(struct sp_transport *transport);

/* This process was forked off: forgets all, and closes nothing. */
void sp_transport_abandon(struct sp_transport *transport);

/* Whether all exchanges were added since libcurl was last let to work: then
 * it has something to do at once, and none of them has a socket. */
bool sp_transport_is_unbegun(const struct sp_transport *transport);

/* Lets libcurl work at what is ready. False when there is more of it, which
 * the next look finds still ready. */
bool sp_transport_act(struct sp_transport *transport,
                      const struct sp_poll_event *events, int count,
                      int64_t now_ms);

/* The same for its timers, which begin connections: at most one step late,
 * when not `all` that was ready has been seen. */
void sp_transport_act_on_due(struct sp_transport *transport, bool all,
                             int64_t now_ms);

/* When that is due; NEVER: nothing is. */
int64_t sp_transport_due(const struct sp_transport *transport);

/* Whether an error has left libcurl's state undefined: all exchanges have to
 * be stopped, for this reason, and it has to be shut. */
bool sp_transport_is_broken(const struct sp_transport *transport);
enum sp_stop sp_transport_why_broken(const struct sp_transport *transport);

/* Frees the retired handles whose exchanges have ended. */
void sp_transport_tidy(struct sp_transport *transport);

#endif
