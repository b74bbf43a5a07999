/* sp_watch: a thread that tells a host with an event loop of its own, but
 * without a call to wait for a foreign descriptor, when one is readable: by
 * a byte on a connection the host can read. For nginx.
 *
 * The thread touches nothing but its own epoll set and that connection, so
 * engines stay with the thread that owns them. A descriptor is reported once
 * and then not again before it is armed again: a host that is slow to look
 * finds the thread asleep, not spinning.
 *
 * The connection comes about like this: sp_watch_new listens on a UNIX
 * socket in a private directory, the host connects to sp_watch_path, and
 * sp_watch_start accepts, refuses whoever is another process, removes the
 * socket and its directory, and starts the thread.
 *
 * All functions are for the host's one thread. Linux only: elsewhere
 * sp_watch_new is UNSUPPORTED.
 *
 * Tested by spec/watch_spec.lua and spec/loop. */
#ifndef SP_WATCH_H
#define SP_WATCH_H

#include "sp_error.h"

/* What the bytes say. */
#define SP_WATCH_READY '!' /* an armed descriptor is readable */
#define SP_WATCH_TICK '.'  /* nothing was, for a while */

struct sp_watch;

/* Listens. NO_MEMORY, SYSTEM (no directory can be written, say),
 * UNSUPPORTED. Nothing is left behind on failure. */
enum sp_status sp_watch_new(struct sp_watch **out, struct sp_error *error);

/* Where to connect to, until sp_watch_start. The watch keeps the string. */
const char *sp_watch_path(const struct sp_watch *watch);

/* Takes the connection that the host has made, and begins. After `tick_ms`
 * in which nothing was readable a tick is sent, so that the host need not
 * let a read of its own time out. Once, and no more. SYSTEM: it can only be
 * freed. */
enum sp_status sp_watch_start(struct sp_watch *watch, int tick_ms,
                              struct sp_error *error);

/* Has `fd` reported when it is readable, once; at once if it is already. A
 * descriptor that is closed is forgotten by itself. Also before
 * sp_watch_start, which then reports it. SYSTEM. */
enum sp_status sp_watch_arm(struct sp_watch *watch, int fd,
                            struct sp_error *error);

/* Ends the thread, waits for it (it never blocks for long), and closes and
 * removes what is its own. In a process forked off the one that made it the
 * thread does not exist, and only the memory and the descriptors are given
 * back. NULL is allowed. */
void sp_watch_free(struct sp_watch *watch);

#endif
