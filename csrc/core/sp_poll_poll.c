/* sp_poll by poll(2), for systems that have nothing better: without a
 * descriptor that a foreign loop could watch.
 *
 * Tested by spec/core/poll_plain_spec.c. */
#define _POSIX_C_SOURCE 200809L

#include "sp_poll_private.h"

#ifdef SP_POLL_BY_POLL

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>

struct sp_poll {
    struct sp_poll_wishes wishes;
    struct pollfd *list; /* as large as the wishes */
};

enum sp_status sp_poll_want(struct sp_poll *poller, int fd, int events,
                            void *owner)
{
    return sp_poll_wish(&poller->wishes, fd, events, owner);
}

void *sp_poll_owner(const struct sp_poll *poller, int fd)
{
    return sp_poll_wisher(&poller->wishes, fd);
}

enum sp_status sp_poll_new(struct sp_poll **out, struct sp_error *error)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    return SP_OK;
}

void sp_poll_free(struct sp_poll *poller)
{
    if (!poller)
        return;
    sp_poll_clear(&poller->wishes);
    free(poller->list);
    free(poller);
}

int sp_poll_fd(const struct sp_poll *poller)
{
    (void)poller;
    return -1;
}

void sp_poll_closed(struct sp_poll *poller, int fd)
{
    if (fd < 0 || fd >= poller->wishes.size)
        return;
    poller->wishes.table[fd].want = 0;
    poller->wishes.table[fd].owner = NULL;
}

/* The wanted descriptors as poll(2) takes them; -1 without memory. */
static int gather(struct sp_poll *poller)
{
    struct sp_poll_wishes *wishes = &poller->wishes;
    size_t size = ((size_t)wishes->size + 1) * sizeof(struct pollfd);
    struct pollfd *list = realloc(poller->list, size);
    int count = 0;

    if (!list)
        return -1;
    poller->list = list;
    for (int i = 0; i < wishes->dirty_count; i++)
        wishes->table[wishes->dirty[i]].dirty = 0;
    wishes->dirty_count = 0;
    for (int fd = 0; fd < wishes->size; fd++) {
        int want = wishes->table[fd].want;

        if (!want)
            continue;
        list[count].fd = fd;
        list[count].revents = 0;
        list[count++].events = (short)((want & SP_POLL_IN ? POLLIN : 0) |
                                       (want & SP_POLL_OUT ? POLLOUT : 0));
    }
    return count;
}

int sp_poll_wait(struct sp_poll *poller, int64_t timeout_ms,
                 struct sp_poll_event *events, int max)
{
    int count = gather(poller), filled = 0;
    struct pollfd *list = poller->list;

    if (count < 0)
        return -1;
    if (timeout_ms > INT_MAX)
        timeout_ms = INT_MAX;
    if (poll(list, (nfds_t)count, timeout_ms < 0 ? -1 : (int)timeout_ms) < 0)
        return errno == EINTR ? 0 : -1;
    for (int i = 0; i < count && filled < max; i++) {
        short seen = list[i].revents;

        if (!seen)
            continue;
        events[filled].fd = list[i].fd;
        events[filled].owner = poller->wishes.table[list[i].fd].owner;
        events[filled++].events =
            (seen & POLLIN ? SP_POLL_IN : 0) |
            (seen & POLLOUT ? SP_POLL_OUT : 0) |
            (seen & (POLLERR | POLLHUP | POLLNVAL) ? SP_POLL_ERROR : 0);
    }
    return filled;
}

void sp_poll_arm(struct sp_poll *poller, int64_t at_ms, int64_t now_ms)
{
    (void)poller, (void)at_ms, (void)now_ms; /* nobody can be watching */
}

#else

typedef int sp_poll_poll_is_not_used; /* a file must not be empty */

#endif
