#define _GNU_SOURCE /* epoll and timerfd are Linux's own */

#include "sp_poll.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sp_clock.h"

#if defined(__linux__) && !defined(SP_POLL_NO_EPOLL)
#define SP_POLL_EPOLL 1
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#else
#define SP_POLL_EPOLL 0
#include <poll.h>
#endif

/* What is known of one descriptor; the table is indexed by its number. */
struct interest {
    unsigned char want;  /* what libcurl asked for last */
    unsigned char have;  /* what the kernel was told */
    unsigned char dirty; /* 1 when on the list of changes */
    void *owner;         /* who asked */
};

struct sp_poll {
    int epoll;            /* -1 where there is none */
    int timer;            /* makes it readable later */
    int64_t armed_ms;     /* when the timer rings; NEVER when it does not */
    int bell;             /* makes it readable now, without an interrupt */
    bool rung;
    struct interest *table;
    int size;             /* entries in `table` and room in `dirty` */
    int *dirty, dirty_count;
    void *scratch;        /* poll(2): its array, as large as `size` */
};

static enum sp_status grow(struct sp_poll *poller, int fd)
{
    int size = poller->size ? poller->size : 32;
    struct interest *table;
    int *dirty;

    while (size <= fd)
        size *= 2;
    table = realloc(poller->table, (size_t)size * sizeof *table);
    if (!table)
        return SP_ERR_NO_MEMORY;
    poller->table = table;
    dirty = realloc(poller->dirty, (size_t)size * sizeof *dirty);
    if (!dirty)
        return SP_ERR_NO_MEMORY;
    poller->dirty = dirty;
    memset(table + poller->size, 0,
           (size_t)(size - poller->size) * sizeof *table);
    poller->size = size;
    return SP_OK;
}

void *sp_poll_owner(const struct sp_poll *poller, int fd)
{
    return fd >= 0 && fd < poller->size ? poller->table[fd].owner : NULL;
}

enum sp_status sp_poll_want(struct sp_poll *poller, int fd, int events,
                            void *owner)
{
    struct interest *entry;

    if (fd < 0 || fd > INT_MAX / 4)
        return SP_ERR_INVALID;
    if (fd >= poller->size && grow(poller, fd) != SP_OK)
        return SP_ERR_NO_MEMORY;
    entry = &poller->table[fd];
    entry->want = (unsigned char)events;
    entry->owner = owner;
    if (!entry->dirty && entry->want && entry->want != entry->have) {
        entry->dirty = 1;
        poller->dirty[poller->dirty_count++] = fd;
    }
    return SP_OK;
}

#if SP_POLL_EPOLL

static bool watch(struct sp_poll *poller, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

    return fd >= 0 &&
           epoll_ctl(poller->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
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
        poller->timer = timerfd_create(CLOCK_MONOTONIC,
                                       TFD_NONBLOCK | TFD_CLOEXEC);
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
    free(poller->table);
    free(poller->dirty);
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
    struct interest *entry = &poller->table[fd];
    struct epoll_event event = { .events = to_epoll(events) };
    int first = entry->have ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    int second = entry->have ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

    event.data.fd = fd;
    if (epoll_ctl(poller->epoll, first, fd, &event) == 0 ||
        epoll_ctl(poller->epoll, second, fd, &event) == 0)
        entry->have = (unsigned char)events;
}

static void tell_wishes(struct sp_poll *poller)
{
    int left = 0;

    for (int i = 0; i < poller->dirty_count; i++) {
        int fd = poller->dirty[i];
        struct interest *entry = &poller->table[fd];

        if (entry->want && entry->want != entry->have)
            tell_kernel(poller, fd, entry->want);
        /* What the kernel had no room for is told again next time. */
        entry->dirty = entry->want && entry->want != entry->have;
        if (entry->dirty)
            poller->dirty[left++] = fd;
    }
    poller->dirty_count = left;
}

void sp_poll_closed(struct sp_poll *poller, int fd)
{
    if (fd < 0 || fd >= poller->size)
        return;
    poller->table[fd].want = 0;
    poller->table[fd].owner = NULL;
    if (poller->table[fd].have) {
        struct epoll_event unused = { .events = 0 };

        epoll_ctl(poller->epoll, EPOLL_CTL_DEL, fd, &unused);
        poller->table[fd].have = 0;
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

    tell_wishes(poller);
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
        } else if (!poller->table[fd].want) {
            sp_poll_closed(poller, fd);
        } else {
            events[filled].fd = fd;
            events[filled].owner = poller->table[fd].owner;
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

    tell_wishes(poller);
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

#else /* poll(2) */

enum sp_status sp_poll_new(struct sp_poll **out, struct sp_error *error)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    (*out)->epoll = (*out)->timer = -1;
    (*out)->armed_ms = SP_CLOCK_NEVER;
    return SP_OK;
}

void sp_poll_free(struct sp_poll *poller)
{
    if (!poller)
        return;
    free(poller->table);
    free(poller->dirty);
    free(poller->scratch);
    free(poller);
}

int sp_poll_fd(const struct sp_poll *poller)
{
    return poller->epoll;
}

void sp_poll_closed(struct sp_poll *poller, int fd)
{
    if (fd < 0 || fd >= poller->size)
        return;
    poller->table[fd].want = 0;
    poller->table[fd].owner = NULL;
}

/* The wanted descriptors as poll(2) takes them; -1 without memory. */
static int gather(struct sp_poll *poller)
{
    struct pollfd *list = realloc(poller->scratch,
                                  (size_t)(poller->size + 1) * sizeof *list);
    int count = 0;

    if (!list)
        return -1;
    poller->scratch = list;
    for (int i = 0; i < poller->dirty_count; i++)
        poller->table[poller->dirty[i]].dirty = 0;
    poller->dirty_count = 0;
    for (int fd = 0; fd < poller->size; fd++) {
        int want = poller->table[fd].want;

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
    struct pollfd *list = poller->scratch;

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
        events[filled].owner = poller->table[list[i].fd].owner;
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

#endif
