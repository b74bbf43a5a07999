/* sp_sockets: the open sockets of an engine, and whether one that was kept may
 * be used for the next request.
 *
 * libcurl looks at a kept connection before it uses it again, but takes any
 * waiting byte for a sign of life, and newer versions do not look each time.
 * A request sent to a peer that has left is lost, and bytes that wait on
 * HTTP/1 would be read as the answer to a request they know nothing of. So
 * the core looks itself, right before it sends.
 *
 * Tested by spec/contract/kept_connection_spec.lua and
 * spec/contract/desync_spec.lua: the kernel has to say what became of a
 * peer. */
#ifndef SP_SOCKETS_H
#define SP_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sp_poll;

enum { SP_IP_MAX = 46 }; /* the text of an address, NUL included */

/* What is known of one connection. It outlives its socket for as long as an
 * exchange holds it. */
struct sp_socket {
    int fd;                  /* -1: closed */
    void *owner;             /* the multi handle it belongs to */
    unsigned holders;        /* the list, while it is open, and exchanges */
    int port;                /* its local one; 0: not asked for yet */
    char peer_ip[SP_IP_MAX]; /* "" when it has none */
    int peer_port;
    uint64_t number;     /* for the news; 0: it never was up */
    bool used;           /* an exchange went out on it: it is up */
    bool multiplexed;    /* HTTP/2: the peer may speak at any time */
    bool hung_up;        /* by us; it is open in name only */
    bool doomed;         /* it must not carry another request */
    bool flooded;        /* headers on it were too large, and whose is known */
    int64_t heard_ms;    /* when part of an answer came; 0: never */
    int64_t up_ms;       /* when a look last found the peer there; 0: never */
    int64_t last_stream; /* what a GOAWAY let pass; -1: none came */
};

/* What can be told of a connection. */
enum sp_news {
    SP_NEWS_OPENED,  /* it is up, and its first request goes out */
    SP_NEWS_RESUMED, /* the same one has taken up an earlier TLS session */
    SP_NEWS_REUSED,  /* another request goes out on it */
    SP_NEWS_SUSPECT, /* it brought nothing, and takes no new ones */
    SP_NEWS_CLOSED
};

struct sp_news_item {
    enum sp_news what;
    uint64_t number; /* of the connection, from 1 */
};

/* Zeroed memory is legal: no sockets. */
struct sp_sockets {
    struct sp_poll *poll; /* told when one closes; not owned */
    struct sp_socket **items;
    size_t count, capacity;
    bool listening; /* somebody takes the news */
    struct sp_news_item *news;
    size_t news_count, news_capacity, news_taken;
    uint64_t numbered; /* connections that have a number */
};

/* Forgets them all, and the news; closes nothing. */
void sp_sockets_clear(struct sp_sockets *sockets);

/* Without memory the socket is not known, and not usable again. */
void sp_sockets_add(struct sp_sockets *sockets, int fd, void *owner);

/* Notes what happened to a connection (NULL is allowed), if somebody listens
 * and there is memory for it. */
void sp_sockets_tell(struct sp_sockets *sockets, struct sp_socket *item,
                     enum sp_news what);

/* The next of what was told, oldest first; false when there is nothing. */
bool sp_sockets_take_news(struct sp_sockets *sockets,
                          struct sp_news_item *news);

/* Static strings: "opened", "resumed" ... */
const char *sp_news_name(enum sp_news what);

/* `fd` is about to be closed. */
void sp_sockets_remove(struct sp_sockets *sockets, int fd);

/* Whether `fd` is one of them; not so the sockets that libcurl keeps for
 * itself, such as those its resolver thread speaks through. */
bool sp_sockets_has(const struct sp_sockets *sockets, int fd);

/* Ends those of `owner` that nobody holds: the peer is told, and the socket
 * is closed with its owner. */
void sp_sockets_hang_up_idle(struct sp_sockets *sockets, const void *owner);

/* How many are open that belong to anybody but `owner`; not those that were
 * hung up. */
size_t sp_sockets_of_others(const struct sp_sockets *sockets,
                            const void *owner);

/* Whether one of `owner` is up and may carry another request, by the looks of
 * this millisecond. */
bool sp_sockets_used(const struct sp_sockets *sockets, const void *owner,
                     int64_t now_ms);

/* The connection between these ends, as libcurl tells them, held for an
 * exchange that is to go out on it; NULL when it is not known. */
struct sp_socket *sp_sockets_hold(struct sp_sockets *sockets, int local_port,
                                  const char *peer_ip, int peer_port);

/* The exchange has ended. NULL is allowed. */
void sp_socket_let_go(struct sp_socket *item);

/* Whether the exchange that holds it may go out on it although it was kept:
 * the peer has not left, and nothing waits to be read that nobody asked for.
 * NULL is not usable. */
bool sp_socket_usable(const struct sp_socket *item);

/* Whether another exchange holds it, beside the one that asks. */
bool sp_socket_is_shared(const struct sp_socket *item);

/* For how long it had carried nothing when the exchange that holds it took
 * it; 0 when others hold it, too. */
int64_t sp_socket_idle_ms(const struct sp_socket *item, int64_t now_ms);

#endif
