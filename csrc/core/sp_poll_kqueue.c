/* sp_poll by kqueue, for the BSDs and macOS.
 *
 * Reading and writing are two filters of one descriptor here, each told to
 * the kernel by itself. Both are level-triggered, as with epoll.
 *
 * Tested by spec/core/poll_spec.c, where there is kqueue. */
#ifndef __APPLE__
#define _DEFAULT_SOURCE 1
#endif

#include "sp_poll_private.h"

#ifdef SP_POLL_BY_KQUEUE

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <sys/event.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "sp_clock.h"

enum { ALARM = 1, BELL = 2 }; /* idents of our own events */

struct sp_poll {
    struct sp_poll_wishes wishes;
    int queue;
    int64_t armed_ms; /* when the alarm rings; NEVER when it does not */
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

/* EV_SET differs in the types of its members from system to system. */
static bool change(struct sp_poll *poller, int ident, int filter, int flags,
                   unsigned fflags, int64_t data)
{
    struct kevent event;

    memset(&event, 0, sizeof event);
    event.ident = (uintptr_t)ident;
    event.filter = (__typeof__(event.filter))filter;
    event.flags = (__typeof__(event.flags))flags;
    event.fflags = (__typeof__(event.fflags))fflags;
    event.data = (__typeof__(event.data))data;
    return kevent(poller->queue, &event, 1, NULL, 0, NULL) == 0;
}

/* Where the system has no event of the user's own, an alarm that is due at
 * once makes the descriptor readable. */
#ifdef EVFILT_USER
static bool add_bell(struct sp_poll *poller)
{
    return change(poller, BELL, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0);
}

static bool ring_bell(struct sp_poll *poller)
{
    return change(poller, BELL, EVFILT_USER, 0, NOTE_TRIGGER, 0);
}
#else
static bool add_bell(struct sp_poll *poller)
{
    (void)poller;
    return true;
}

static bool ring_bell(struct sp_poll *poller)
{
    return change(poller, BELL, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, 1);
}
#endif

enum sp_status sp_poll_new(struct sp_poll **out, struct sp_error *error)
{
    struct sp_poll *poller = calloc(1, sizeof *poller);

    *out = NULL;
    if (!poller)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    poller->armed_ms = SP_CLOCK_NEVER;
    poller->queue = kqueue();
    if (poller->queue < 0 || fcntl(poller->queue, F_SETFD, FD_CLOEXEC) != 0 ||
        !add_bell(poller)) {
        sp_error_set(error, SP_ERR_SYSTEM, "kqueue: %s", strerror(errno));
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
    if (poller->queue >= 0)
        close(poller->queue);
    sp_poll_clear(&poller->wishes);
    free(poller);
}

int sp_poll_fd(const struct sp_poll *poller)
{
    return poller->queue;
}

/* One filter of a descriptor: told only when it changes. A filter that the
 * kernel has dropped already, with a descriptor that was closed, is no
 * failure. */
static bool set_filter(struct sp_poll *poller, int fd, int filter, bool want,
                       bool have)
{
    if (want && !change(poller, fd, filter, EV_ADD, 0, 0))
        return false;
    if (!want && have)
        change(poller, fd, filter, EV_DELETE, 0, 0);
    return true;
}

static void tell_kernel(struct sp_poll *poller, int fd, int events)
{
    struct sp_poll_interest *entry = &poller->wishes.table[fd];
    int have = entry->have;

    if (set_filter(poller, fd, EVFILT_READ, events & SP_POLL_IN,
                   have & SP_POLL_IN) &&
        set_filter(poller, fd, EVFILT_WRITE, events & SP_POLL_OUT,
                   have & SP_POLL_OUT))
        entry->have = (unsigned char)events;
}

void sp_poll_closed(struct sp_poll *poller, int fd)
{
    if (fd < 0 || fd >= poller->wishes.size)
        return;
    poller->wishes.table[fd].want = 0;
    poller->wishes.table[fd].owner = NULL;
    tell_kernel(poller, fd, 0);
}

/* The bell or the alarm: it only had to make the descriptor readable. */
static bool is_own(struct sp_poll *poller, const struct kevent *event)
{
    if (event->filter == EVFILT_READ || event->filter == EVFILT_WRITE)
        return false;
    if (event->ident == ALARM)
        poller->armed_ms = SP_CLOCK_NEVER;
    else
        poller->rung = false;
    return true;
}

static int seen_in(const struct kevent *event)
{
    int seen = event->filter == EVFILT_READ ? SP_POLL_IN : SP_POLL_OUT;

    if (event->flags & EV_ERROR ||
        (event->flags & EV_EOF &&
         (event->fflags != 0 || event->filter == EVFILT_WRITE)))
        seen |= SP_POLL_ERROR;
    return seen;
}

/* Adds to the entry that the other filter of the same descriptor made. */
static int merge(struct sp_poll_event *events, int filled, int fd, int seen,
                 void *owner)
{
    for (int i = 0; i < filled; i++) {
        if (events[i].fd == fd) {
            events[i].events |= seen;
            return filled;
        }
    }
    events[filled] = (struct sp_poll_event){
        .fd = fd,
        .events = seen,
        .owner = owner,
    };
    return filled + 1;
}

int sp_poll_wait(struct sp_poll *poller, int64_t timeout_ms,
                 struct sp_poll_event *events, int max)
{
    enum { BATCH = 64, LONGEST_MS = 86400000 };
    struct kevent batch[BATCH];
    /* kevent takes an int of them on FreeBSD and macOS, a size_t on NetBSD. */
    uint8_t room = (uint8_t)(max < BATCH ? max : BATCH);
    struct timespec wait;
    int count, filled = 0;

    sp_poll_tell(&poller->wishes, tell_kernel, poller);
    if (timeout_ms > LONGEST_MS)
        timeout_ms = LONGEST_MS;
    wait.tv_sec = (time_t)(timeout_ms / 1000);
    wait.tv_nsec = (long)(timeout_ms % 1000) * 1000000L;
    count = kevent(poller->queue, NULL, 0, batch, room,
                   timeout_ms < 0 ? NULL : &wait);
    if (count < 0)
        return errno == EINTR ? 0 : -1;
    for (int i = 0; i < count; i++) {
        int fd = (int)batch[i].ident;

        if (is_own(poller, &batch[i]))
            continue;
        if (!poller->wishes.table[fd].want)
            sp_poll_closed(poller, fd);
        else
            filled = merge(events, filled, fd, seen_in(&batch[i]),
                           poller->wishes.table[fd].owner);
    }
    return filled;
}

void sp_poll_arm(struct sp_poll *poller, int64_t at_ms, int64_t now_ms)
{
    int64_t wait_ms = at_ms > now_ms ? at_ms - now_ms : 0;

    sp_poll_tell(&poller->wishes, tell_kernel, poller);
    if (wait_ms == 0) {
        if (!poller->rung)
            poller->rung = ring_bell(poller);
        return;
    }
    /* An alarm that rings too early is cheaper than setting it each time. */
    if (at_ms == SP_CLOCK_NEVER || at_ms >= poller->armed_ms)
        return;
    if (change(poller, ALARM, EVFILT_TIMER, EV_ADD | EV_ONESHOT, 0, wait_ms))
        poller->armed_ms = at_ms;
}

#else

typedef int sp_poll_kqueue_is_not_used; /* a file must not be empty */

#endif
