#define _GNU_SOURCE /* POLLRDHUP */

#include "sp_sockets.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sp_poll.h"

#ifndef POLLRDHUP
#define POLLRDHUP 0 /* then only a reset is noticed on HTTP/2 */
#endif

struct sp_socket {
    int fd;
    int port; /* 0: not asked for yet, or it has none */
    int begun; /* requests that have not ended */
    bool multiplexed;
};

void sp_sockets_clear(struct sp_sockets *sockets)
{
    free(sockets->items);
    memset(sockets, 0, sizeof *sockets);
}

void sp_sockets_add(struct sp_sockets *sockets, int fd)
{
    if (sockets->count == sockets->capacity) {
        size_t capacity = sockets->capacity ? sockets->capacity * 2 : 16;
        struct sp_socket *items =
            realloc(sockets->items, capacity * sizeof *items);

        if (!items)
            return;
        sockets->items = items;
        sockets->capacity = capacity;
    }
    sockets->items[sockets->count++] = (struct sp_socket){ .fd = fd };
}

void sp_sockets_remove(struct sp_sockets *sockets, int fd)
{
    if (sockets->poll)
        sp_poll_closed(sockets->poll, fd);
    for (size_t i = 0; i < sockets->count; i++) {
        if (sockets->items[i].fd == fd) {
            sockets->items[i] = sockets->items[--sockets->count];
            return;
        }
    }
}

bool sp_sockets_has(const struct sp_sockets *sockets, int fd)
{
    for (size_t i = 0; i < sockets->count; i++)
        if (sockets->items[i].fd == fd)
            return true;
    return false;
}

static int port_of(int fd)
{
    struct sockaddr_storage name = { .ss_family = AF_UNSPEC };
    struct sockaddr_in four;
    struct sockaddr_in6 six;
    socklen_t len = sizeof name;

    if (getsockname(fd, (struct sockaddr *)&name, &len) != 0)
        return 0;
    if (name.ss_family == AF_INET) {
        memcpy(&four, &name, sizeof four);
        return ntohs(four.sin_port);
    }
    if (name.ss_family == AF_INET6) {
        memcpy(&six, &name, sizeof six);
        return ntohs(six.sin6_port);
    }
    return 0;
}

/* The next of the connections from `port`, from place `*at` on, or NULL: two
 * peers can be spoken to from the same port. */
static struct sp_socket *next_from(struct sp_sockets *sockets, int port,
                                   size_t *at)
{
    while (*at < sockets->count && port > 0) {
        struct sp_socket *item = &sockets->items[(*at)++];

        if (item->port == 0)
            item->port = port_of(item->fd);
        if (item->port == port)
            return item;
    }
    return NULL;
}

void sp_sockets_begin(struct sp_sockets *sockets, int local_port)
{
    struct sp_socket *item;
    size_t at = 0;

    while ((item = next_from(sockets, local_port, &at)) != NULL)
        item->begun++;
}

void sp_sockets_end(struct sp_sockets *sockets, int local_port)
{
    struct sp_socket *item;
    size_t at = 0;

    while ((item = next_from(sockets, local_port, &at)) != NULL)
        if (item->begun > 0)
            item->begun--;
}

void sp_sockets_multiplexed(struct sp_sockets *sockets, int local_port)
{
    struct sp_socket *item;
    size_t at = 0;

    while ((item = next_from(sockets, local_port, &at)) != NULL)
        item->multiplexed = true;
}

/* One that is busy already is shared, so it speaks HTTP/2. */
static bool is_quiet(const struct sp_socket *item)
{
    bool may_speak = item->multiplexed || item->begun > 0;
    struct pollfd look = { .fd = item->fd };

    look.events = may_speak ? POLLRDHUP : POLLIN | POLLRDHUP;
    return poll(&look, 1, 0) == 0;
}

bool sp_sockets_usable(struct sp_sockets *sockets, int local_port)
{
    struct sp_socket *item;
    bool found = false;
    size_t at = 0;

    while ((item = next_from(sockets, local_port, &at)) != NULL) {
        if (!is_quiet(item))
            return false;
        found = true;
    }
    return found;
}
