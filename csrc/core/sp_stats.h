/* sp_stats: what an engine counts. */
#ifndef SP_STATS_H
#define SP_STATS_H

#include <stdint.h>

struct sp_stats {
    uint64_t calls, done, attempts, retries, reused;
    uint64_t bytes_in, bytes_out;
    uint64_t connections_opened;
    uint64_t connections_suspected; /* silent: not trusted any more */
    uint64_t streams_repeated;      /* that the server had refused */
    uint64_t in_flight;             /* exchanges under way now */
    uint64_t waiting; /* calls that wait for a place, a token, a retry */
    int retry_budget;
};

#endif
