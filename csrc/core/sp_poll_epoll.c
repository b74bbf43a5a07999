/* sp_poll by epoll, timerfd and eventfd.
 *
 * Tested by spec/core/poll_spec.c. */
#define _GNU_SOURCE /* epoll and timerfd are Linux's own */

#include "sp_poll_private.h"

#ifdef SP_POLL_BY_EPOLL

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "sp_clock.h"

struct sp_poll {
    struct sp_poll_wishes wishes;
    int epoll;
    int timer;        /* makes it readable later */
    int64_t armed_ms; /* when the timer rings; NEVER when it does not */
    int bell;         /* makes it readable now, without an interrupt */
    bool rung;
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

static bool watch(struct sp_poll *poller, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    return fd >= 0 && epoll_ctl(poller->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

enum sp_status sp_poll_new(struct sp_poll **out, struct sp_error *error)
{
    struct sp_poll *poller = calloc(1, sizeof *poller);

    *out = NULL;
    if (!poller)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    poller->armed_ms = SP_CLOCK_NEVER;
    poller->timer = poller->bell = -1;
    poller->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (poller->epoll >= 0)
        poller->timer =
            timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (poller->timer >= 0)
        poller->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (!watch(poller, poller->timer) || !watch(poller, poller->bell)) {
        sp_error_set(error, SP_ERR_SYSTEM, "epoll: %s", strerror(errno));
        sp_poll_free(poller);
        return SP_ERR_SYSTEM;
    }
    *out = poller;
    return SP_OK;
}

void sp_poll_free(struct sp_poll *poller)
{
    if (!poller)
        return;
    if (poller->bell >= 0)
        close(poller->bell);
    if (poller->timer >= 0)
        close(poller->timer);
    if (poller->epoll >= 0)
        close(poller->epoll);
    sp_poll_clear(&poller->wishes);
    free(poller);
}

int sp_poll_fd(const struct sp_poll *poller)
{
    return poller->epoll;
}

static uint32_t to_epoll(int events)
{
    return (events & SP_POLL_IN ? (uint32_t)EPOLLIN : 0u) |
           (events & SP_POLL_OUT ? (uint32_t)EPOLLOUT : 0u);
}

/* A number can have been reused without our hearing of it, so "exists
 * already" and "is not there" are answered by the other operation. */
static void tell_kernel(struct sp_poll *poller, int fd, int events)
{
    struct sp_poll_interest *entry = &poller->wishes.table[fd];
    struct epoll_event event = { .events = to_epoll(events) };
    int first = entry->have ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    int second = entry->have ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

    event.data.fd = fd;
    if (epoll_ctl(poller->epoll, first, fd, &event) == 0 ||
        epoll_ctl(poller->epoll, second, fd, &event) == 0)
        entry->have = (unsigned char)events;
}

void sp_poll_closed(struct sp_poll *poller, int fd)
{
    if (fd < 0 || fd >= poller->wishes.size)
        return;
    poller->wishes.table[fd].want = 0;
    poller->wishes.table[fd].owner = NULL;
    if (poller->wishes.table[fd].have) {
        struct epoll_event unused = { .events = 0 };

        epoll_ctl(poller->epoll, EPOLL_CTL_DEL, fd, &unused);
        poller->wishes.table[fd].have = 0;
    }
}

/* The timer or the bell: it only had to make the descriptor readable. */
static void silence(struct sp_poll *poller, int fd)
{
    uint64_t rings;

    if (read(fd, &rings, sizeof rings) < 0) {
        /* EAGAIN: it was set anew in between. */
    }
    if (fd == poller->timer)
        poller->armed_ms = SP_CLOCK_NEVER;
    else
        poller->rung = false;
}

static void ring(struct sp_poll *poller)
{
    uint64_t once = 1;

    if (!poller->rung)
        poller->rung =
            write(poller->bell, &once, sizeof once) == (ssize_t)sizeof once;
}

int sp_poll_wait(struct sp_poll *poller, int64_t timeout_ms,
                 struct sp_poll_event *events, int max)
{
    enum { BATCH = 64 };
    struct epoll_event batch[BATCH];
    int count, filled = 0;

    sp_poll_tell(&poller->wishes, tell_kernel, poller);
    if (timeout_ms > INT_MAX)
        timeout_ms = INT_MAX;
    count = epoll_wait(poller->epoll, batch, max < BATCH ? max : BATCH,
                       timeout_ms < 0 ? -1 : (int)timeout_ms);
    if (count < 0)
        return errno == EINTR ? 0 : -1;
    for (int i = 0; i < count; i++) {
        int fd = batch[i].data.fd;
        uint32_t seen = batch[i].events;

        if (fd == poller->timer || fd == poller->bell) {
            silence(poller, fd);
        } else if (!poller->wishes.table[fd].want) {
            sp_poll_closed(poller, fd);
        } else {
            events[filled].fd = fd;
            events[filled].owner = poller->wishes.table[fd].owner;
            events[filled++].events =
                (seen & EPOLLIN ? SP_POLL_IN : 0) |
                (seen & EPOLLOUT ? SP_POLL_OUT : 0) |
                (seen & (EPOLLERR | EPOLLHUP) ? SP_POLL_ERROR : 0);
        }
    }
    return filled;
}

void sp_poll_arm(struct sp_poll *poller, int64_t at_ms, int64_t now_ms)
{
    struct itimerspec when = { .it_interval = { 0, 0 } };
    int64_t wait_ms = at_ms > now_ms ? at_ms - now_ms : 0;

    sp_poll_tell(&poller->wishes, tell_kernel, poller);
    if (wait_ms == 0) {
        ring(poller);
        return;
    }
    /* A timer that rings too early is cheaper than setting it each time. */
    if (at_ms == SP_CLOCK_NEVER || at_ms >= poller->armed_ms)
        return;
    when.it_value.tv_sec = (time_t)(wait_ms / 1000);
    when.it_value.tv_nsec = (long)(wait_ms % 1000) * 1000000L;
    if (timerfd_settime(poller->timer, 0, &when, NULL) == 0)
        poller->armed_ms = at_ms;
}

#else

typedef int sp_poll_epoll_is_not_used; /* a file must not be empty */

#endif
