/* sp_poll: everything an engine waits for, behind one descriptor.
 *
 * libcurl changes its mind about sockets far more often than anybody waits,
 * so a wish is only written down; the kernel hears of it right before a real
 * wait, and only when it differs from what the kernel already knows. A socket
 * nobody wants any more stays registered until it fires once in vain.
 *
 * With epoll (Linux) and kqueue (BSD, macOS) there is a descriptor that a
 * foreign loop can watch. Elsewhere, and with SP_POLL_PLAIN, poll(2) does the
 * waiting and there is no such descriptor. */
#ifndef SP_POLL_H
#define SP_POLL_H

#include <stdint.h>

#include "sp_error.h"

enum { SP_POLL_IN = 1, SP_POLL_OUT = 2, SP_POLL_ERROR = 4 };

/* So many places of a wait can go to what is the poll's own. */
enum { SP_POLL_OWN = 2 };

struct sp_poll_event {
    int fd;
    int events;  /* SP_POLL_* */
    void *owner; /* who wanted them */
};

struct sp_poll;

/* NO_MEMORY, SYSTEM. Nothing is left open on failure. */
enum sp_status sp_poll_new(struct sp_poll **out, struct sp_error *error);

/* NULL is allowed. Closes what is its own, not the sockets. */
void sp_poll_free(struct sp_poll *poller);

/* Notes what `owner` wants of `fd`: SP_POLL_IN, SP_POLL_OUT, both or 0. No
 * system call. NO_MEMORY. */
enum sp_status sp_poll_want(struct sp_poll *poller, int fd, int events,
                            void *owner);

/* Who wanted something of `fd` last; NULL when nobody did since it was
 * opened. */
void *sp_poll_owner(const struct sp_poll *poller, int fd);

/* `fd` is about to be closed: its number may come back as another socket.
 * Told to the kernel at once, because a forked child can keep it open. */
void sp_poll_closed(struct sp_poll *poller, int fd);

/* Waits at most `timeout_ms` (0: only looks; negative: for ever) and fills
 * up to `max` events. Returns their number; 0 also when a signal came or
 * only the alarm rang; -1 with errno when the system refused. */
int sp_poll_wait(struct sp_poll *poller, int64_t timeout_ms,
                 struct sp_poll_event *events, int max);

/* The descriptor: readable when a step is due. -1 where there is none. */
int sp_poll_fd(const struct sp_poll *poller);

/* For a foreign loop that watches sp_poll_fd: tells the kernel the wishes
 * and makes the descriptor readable at `at_ms` (monotonic), at the latest.
 * It may also become readable early. SP_CLOCK_NEVER: no alarm. */
void sp_poll_arm(struct sp_poll *poller, int64_t at_ms, int64_t now_ms);

#endif
