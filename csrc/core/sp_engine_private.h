/* sp_engine_private: what sp_engine.c and sp_scheduler.c share, and nobody
 * else. */
#ifndef SP_ENGINE_PRIVATE_H
#define SP_ENGINE_PRIVATE_H

#include "sp_call_private.h"
#include "sp_engine.h"
#include "sp_exchange.h"
#include "sp_multi.h"
#include "sp_poll.h"
#include "sp_rate.h"
#include "sp_sockets.h"
#include "sp_timers.h"

enum { READS, WRITES, LINES }; /* each with its own limit and line */

struct sp_engine {
    struct sp_settings settings;
    unsigned generation; /* of the process that opened it */
    struct sp_multi *multi; /* NULL: not open, in this process */
    struct sp_multi *retired; /* whose exchanges have not all ended */
    CURLSH *sessions;         /* of TLS, for all handles */
    struct sp_poll *poll;
    struct sp_sockets sockets;
    bool watched;   /* a foreign loop has asked for the descriptor */
    bool http1;     /* the server has answered with HTTP/1 last */
    bool http2;     /* with HTTP/2 */
    const struct sp_exchange *scout; /* see sp_scout.h; or NULL */
    int64_t scout_until_ms;
    bool put_off;   /* what was due then waits for the next step */

    struct sp_call_list pending[LINES], running, backing_off, done;
    struct sp_timers timers;
    struct sp_rate rate[LINES];
    struct sp_retry_budget budget;
    struct sp_exchange *pool;
    size_t pool_count;
    uint64_t order;       /* place in the line of the next call */
    size_t unreported;    /* back-offs that nobody was told of */
    struct sp_stats stats;
};

#endif
