/* sp_scout: the first exchange with a server, which the others wait for.
 *
 * Until a connection is up nobody knows whether it can be shared. A burst of
 * calls would open as many connections as there may be, only to use one of
 * them when the server speaks HTTP/2. So one exchange goes ahead, as a scout,
 * and the others stay in line until it knows, or for a short time. Part of
 * the transport.
 *
 * Tested by spec/contract/scout_spec.lua: it reads what connections
 * have done. */
#ifndef SP_SCOUT_H
#define SP_SCOUT_H

#include "sp_transport_private.h"

/* Whether `call` is to stay in line because a scout is on its way. */
bool sp_scout_holds(const struct sp_transport *transport,
                    const struct sp_call *call, int64_t now_ms);

/* Until when that can be; 0 when no scout is on its way. */
int64_t sp_scout_until(const struct sp_transport *transport);

/* `exchange` of `call` begins: a scout when there is nothing to share yet. */
void sp_scout_begin(struct sp_transport *transport, const struct sp_call *call,
                    const struct sp_exchange *exchange, int64_t now_ms);

/* `exchange`, a scout or not, has ended. */
void sp_scout_end(struct sp_transport *transport,
                  const struct sp_exchange *exchange);

/* Whether a connection is up that new exchanges may share. */
bool sp_scout_has_path(const struct sp_transport *transport, int64_t now_ms);

#endif
