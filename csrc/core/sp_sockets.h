/* sp_sockets: the open sockets of an engine, and whether one that was kept may
 * be used for the next request.
 *
 * libcurl looks at a kept connection before it uses it again, but takes any
 * waiting byte for a sign of life, and newer versions do not look each time.
 * A request sent to a peer that has left is lost, and bytes that wait on
 * HTTP/1 would be read as the answer to a request they know nothing of. So
 * the core looks itself, right before it sends. */
#ifndef SP_SOCKETS_H
#define SP_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

struct sp_poll;
struct sp_socket;

/* Zeroed memory is legal: no sockets. */
struct sp_sockets {
    struct sp_poll *poll; /* told when one closes; not owned */
    struct sp_socket *items;
    size_t count, capacity;
};

/* Frees the list; closes nothing. */
void sp_sockets_clear(struct sp_sockets *sockets);

/* Without memory the socket is not known, and not usable again. */
void sp_sockets_add(struct sp_sockets *sockets, int fd);

/* `fd` is about to be closed. */
void sp_sockets_remove(struct sp_sockets *sockets, int fd);

/* Whether `fd` is one of them; not so the sockets that libcurl keeps for
 * itself, such as those its resolver thread speaks through. */
bool sp_sockets_has(const struct sp_sockets *sockets, int fd);

/* The connections are named by their local port, which is what libcurl tells
 * of them. */

/* A request goes out on it, and one that did has ended: meanwhile there are
 * bytes to be read. */
void sp_sockets_begin(struct sp_sockets *sockets, int local_port);
void sp_sockets_end(struct sp_sockets *sockets, int local_port);

/* It speaks HTTP/2, where the peer may say something at any time. */
void sp_sockets_multiplexed(struct sp_sockets *sockets, int local_port);

/* Whether a request may be sent on one that was kept: the peer has not left,
 * and nothing waits to be read that nobody asked for. */
bool sp_sockets_usable(struct sp_sockets *sockets, int local_port);

#endif
