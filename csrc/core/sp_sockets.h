/* sp_sockets: the open sockets of an engine, and whether the peer of one has
 * hung up.
 *
 * libcurl looks at a kept connection before it uses it again, but takes any
 * waiting byte for a sign of life, and a TLS peer that leaves politely says
 * goodbye first. A request sent there would be lost, and whether it arrived
 * would be in doubt. So the core looks itself, right before it sends. */
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

/* Without memory the socket is not known, and hung_up says false of it. */
void sp_sockets_add(struct sp_sockets *sockets, int fd);

/* `fd` is about to be closed. */
void sp_sockets_remove(struct sp_sockets *sockets, int fd);

/* Whether `fd` is one of them; not so the sockets that libcurl keeps for
 * itself, such as those its resolver thread speaks through. */
bool sp_sockets_has(const struct sp_sockets *sockets, int fd);

/* Whether the peer of the connection from `local_port` will send no more. */
bool sp_sockets_hung_up(struct sp_sockets *sockets, int local_port);

#endif
