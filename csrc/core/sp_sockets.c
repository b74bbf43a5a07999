#define _GNU_SOURCE /* POLLRDHUP */

#include "sp_sockets.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sp_poll.h"

#ifndef POLLRDHUP
#define POLLRDHUP 0 /* then only a reset is noticed */
#endif

struct sp_socket {
    int fd;
    int port; /* 0: not asked for yet, or it has none */
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

bool sp_sockets_hung_up(struct sp_sockets *sockets, int local_port)
{
    for (size_t i = 0; i < sockets->count && local_port > 0; i++) {
        struct sp_socket *item = &sockets->items[i];
        struct pollfd look = { .fd = item->fd, .events = POLLRDHUP };

        if (item->port == 0)
            item->port = port_of(item->fd);
        if (item->port == local_port)
            return poll(&look, 1, 0) > 0 && look.revents != 0;
    }
    return false;
}
