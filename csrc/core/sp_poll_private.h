/* sp_poll_private: what the systems' halves of sp_poll share, and nobody
 * else. One of them is compiled: sp_poll_epoll (Linux), sp_poll_kqueue (BSD,
 * macOS), sp_poll_poll (anything else, and SP_POLL_PLAIN). */
#ifndef SP_POLL_PRIVATE_H
#define SP_POLL_PRIVATE_H

#include <stdbool.h>

#include "sp_poll.h"

#if defined(SP_POLL_PLAIN)
#define SP_POLL_BY_POLL 1
#elif defined(SP_POLL_KQUEUE) || defined(__APPLE__) ||                        \
    defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) ||    \
    defined(__DragonFly__)
#define SP_POLL_BY_KQUEUE 1
#elif defined(__linux__)
#define SP_POLL_BY_EPOLL 1
#else
#define SP_POLL_BY_POLL 1
#endif

/* What is known of one descriptor; the table is indexed by its number. */
struct sp_poll_interest {
    unsigned char want;  /* what libcurl asked for last */
    unsigned char have;  /* what the kernel was told */
    unsigned char dirty; /* 1 when on the list of changes */
    void *owner;         /* who asked */
};

struct sp_poll_wishes {
    struct sp_poll_interest *table;
    int size; /* entries in `table` and room in `dirty` */
    int *dirty, dirty_count;
};

/* As sp_poll_want and sp_poll_owner. INVALID for no descriptor. */
enum sp_status sp_poll_wish(struct sp_poll_wishes *wishes, int fd, int events,
                            void *owner);
void *sp_poll_wisher(const struct sp_poll_wishes *wishes, int fd);

/* Calls `tell` for each wish that the kernel does not know; what it had no
 * room for is told again next time. */
void sp_poll_tell(struct sp_poll_wishes *wishes,
                  void (*tell)(struct sp_poll *poller, int fd, int events),
                  struct sp_poll *poller);

void sp_poll_clear(struct sp_poll_wishes *wishes);

#endif
