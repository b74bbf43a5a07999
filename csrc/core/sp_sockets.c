#define _GNU_SOURCE /* POLLRDHUP */

#include "sp_sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sp_poll.h"

#ifndef POLLRDHUP
#define POLLRDHUP 0 /* then only a reset is noticed */
#endif

enum {
    LIST_AND_CALLER = 2, /* who hold one that is idle */
    NEWS_MAX = 4096      /* that nobody has taken; then they are lost */
};

void sp_socket_let_go(struct sp_socket *item)
{
    if (item && --item->holders == 0)
        free(item);
}

void sp_sockets_clear(struct sp_sockets *sockets)
{
    bool listening = sockets->listening;

    while (sockets->count > 0) {
        struct sp_socket *item = sockets->items[--sockets->count];

        item->fd = -1;
        sp_socket_let_go(item);
    }
    free(sockets->items);
    free(sockets->news);
    memset(sockets, 0, sizeof *sockets);
    sockets->listening = listening;
}

/* ---- news ------------------------------------------------------------- */

static bool make_news_room(struct sp_sockets *sockets)
{
    size_t capacity = sockets->news_capacity ? sockets->news_capacity * 2 : 16;
    struct sp_news_item *news;

    if (sockets->news_taken == sockets->news_count)
        sockets->news_taken = sockets->news_count = 0;
    if (sockets->news_count < sockets->news_capacity)
        return true;
    if (capacity > NEWS_MAX)
        return false;
    news = realloc(sockets->news, capacity * sizeof *news);
    if (!news)
        return false;
    sockets->news = news;
    sockets->news_capacity = capacity;
    return true;
}

void sp_sockets_tell(struct sp_sockets *sockets, struct sp_socket *item,
                     enum sp_news what)
{
    if (!item || !sockets->listening)
        return;
    if (item->number == 0)
        item->number = ++sockets->numbered;
    if (make_news_room(sockets))
        sockets->news[sockets->news_count++] =
            (struct sp_news_item){ what, item->number };
}

bool sp_sockets_take_news(struct sp_sockets *sockets,
                          struct sp_news_item *news)
{
    if (sockets->news_taken == sockets->news_count)
        return false;
    *news = sockets->news[sockets->news_taken++];
    return true;
}

const char *sp_news_name(enum sp_news what)
{
    static const char *const NAMES[] = {
        [SP_NEWS_OPENED] = "opened", [SP_NEWS_RESUMED] = "resumed",
        [SP_NEWS_REUSED] = "reused", [SP_NEWS_SUSPECT] = "suspect",
        [SP_NEWS_CLOSED] = "closed",
    };

    return NAMES[what];
}

/* ---- the list --------------------------------------------------------- */

static bool make_room(struct sp_sockets *sockets)
{
    size_t capacity = sockets->capacity ? sockets->capacity * 2 : 16;
    struct sp_socket **items;

    if (sockets->count < sockets->capacity)
        return true;
    items = realloc(sockets->items, capacity * sizeof(struct sp_socket *));
    if (!items)
        return false;
    sockets->items = items;
    sockets->capacity = capacity;
    return true;
}

void sp_sockets_add(struct sp_sockets *sockets, int fd, void *owner)
{
    struct sp_socket *item;

    if (!make_room(sockets) || !(item = calloc(1, sizeof *item)))
        return;
    item->fd = fd;
    item->owner = owner;
    item->holders = 1;
    item->last_stream = -1;
    sockets->items[sockets->count++] = item;
}

/* Its place in the list, or `count`. */
static size_t place_of(const struct sp_sockets *sockets, int fd)
{
    size_t i = 0;

    while (i < sockets->count && sockets->items[i]->fd != fd)
        i++;
    return i;
}

void sp_sockets_remove(struct sp_sockets *sockets, int fd)
{
    size_t place = place_of(sockets, fd);

    if (sockets->poll)
        sp_poll_closed(sockets->poll, fd);
    if (place < sockets->count) {
        struct sp_socket *item = sockets->items[place];

        if (item->number > 0)
            sp_sockets_tell(sockets, item, SP_NEWS_CLOSED);
        sockets->items[place] = sockets->items[--sockets->count];
        item->fd = -1;
        sp_socket_let_go(item);
    }
}

bool sp_sockets_has(const struct sp_sockets *sockets, int fd)
{
    return place_of(sockets, fd) < sockets->count;
}

void sp_sockets_hang_up_idle(struct sp_sockets *sockets, const void *owner)
{
    for (size_t i = 0; i < sockets->count; i++) {
        struct sp_socket *item = sockets->items[i];

        if (item->owner == owner && item->holders == 1 && item->used &&
            !item->hung_up) {
            shutdown(item->fd, SHUT_RDWR);
            item->hung_up = item->doomed = true;
        }
    }
}

size_t sp_sockets_of_others(const struct sp_sockets *sockets,
                            const void *owner)
{
    size_t count = 0;

    for (size_t i = 0; i < sockets->count; i++)
        count +=
            sockets->items[i]->owner != owner && !sockets->items[i]->hung_up;
    return count;
}

/* One that is busy is watched by libcurl. A GOAWAY has it carry nothing new,
 * although it is busy until the answers that are owed have come. */
static bool is_up(struct sp_socket *item, int64_t now_ms)
{
    struct pollfd look = { .fd = item->fd, .events = POLLRDHUP };

    if (!item->used || item->doomed || item->last_stream >= 0)
        return false;
    if (item->holders > 1 || item->up_ms == now_ms)
        return true;
    if (poll(&look, 1, 0) != 0)
        return false;
    item->up_ms = now_ms;
    return true;
}

bool sp_sockets_used(const struct sp_sockets *sockets, const void *owner,
                     int64_t now_ms)
{
    for (size_t i = 0; i < sockets->count; i++)
        if (sockets->items[i]->owner == owner &&
            is_up(sockets->items[i], now_ms))
            return true;
    return false;
}

static int read_name(const struct sockaddr_storage *name, char ip[SP_IP_MAX])
{
    struct sockaddr_in four;
    struct sockaddr_in6 six;

    ip[0] = '\0';
    if (name->ss_family == AF_INET) {
        memcpy(&four, name, sizeof four);
        inet_ntop(AF_INET, &four.sin_addr, ip, SP_IP_MAX);
        return ntohs(four.sin_port);
    }
    if (name->ss_family == AF_INET6) {
        memcpy(&six, name, sizeof six);
        inet_ntop(AF_INET6, &six.sin6_addr, ip, SP_IP_MAX);
        return ntohs(six.sin6_port);
    }
    return 0;
}

/* Both ends, once it is connected. */
static void ask_ends(struct sp_socket *item)
{
    struct sockaddr_storage name = { .ss_family = AF_UNSPEC };
    char own_ip[SP_IP_MAX];
    socklen_t len = sizeof name;

    if (getpeername(item->fd, (struct sockaddr *)&name, &len) != 0)
        return;
    item->peer_port = read_name(&name, item->peer_ip);
    len = sizeof name;
    if (getsockname(item->fd, (struct sockaddr *)&name, &len) == 0)
        item->port = read_name(&name, own_ip);
}

struct sp_socket *sp_sockets_hold(struct sp_sockets *sockets, int local_port,
                                  const char *peer_ip, int peer_port)
{
    for (size_t i = 0; i < sockets->count; i++) {
        struct sp_socket *item = sockets->items[i];

        if (item->port == 0)
            ask_ends(item);
        if (item->port == local_port && local_port > 0 &&
            item->peer_port == peer_port &&
            strcmp(item->peer_ip, peer_ip) == 0) {
            item->holders++;
            item->used = true;
            return item;
        }
    }
    return NULL;
}

bool sp_socket_is_shared(const struct sp_socket *item)
{
    return item->holders > (item->fd >= 0 ? LIST_AND_CALLER : 1);
}

int64_t sp_socket_idle_ms(const struct sp_socket *item, int64_t now_ms)
{
    return item && item->holders <= LIST_AND_CALLER && item->heard_ms > 0
               ? now_ms - item->heard_ms
               : 0;
}

/* That somebody else still holds it is no sign of HTTP/2: an exchange that
 * libcurl has ended holds its connection until that is collected. */
bool sp_socket_usable(const struct sp_socket *item)
{
    struct pollfd look = { .events = POLLRDHUP };

    if (!item || item->fd < 0 || item->doomed)
        return false;
    look.fd = item->fd;
    if (!item->multiplexed)
        look.events |= POLLIN;
    return poll(&look, 1, 0) == 0;
}
