/* sp_transport: carries out attempts, each as an exchange.
 *
 * This is all that the scheduler sees of libcurl, so that the simulation can
 * put a transport of its own in its place; what an engine turns is in
 * sp_transport_private.h. An exchange belongs to its call from
 * sp_transport_take until it has ended. By then the response is in the call's
 * answer, and the exchange is gone.
 *
 * The one on libcurl is tested by spec/contract and spec/fuzz/wire_fuzz.c. */
#ifndef SP_TRANSPORT_H
#define SP_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sp_answer.h"
#include "sp_error.h"
#include "sp_exchange_request.h"

struct sp_call;
struct sp_exchange;
struct sp_transport;

/* Why an exchange is ended that is under way. */
enum sp_stop {
    SP_STOP_LATE,     /* its attempt has run out of time */
    SP_STOP_GIVEN_UP, /* nobody waits for it any more */
    SP_STOP_BROKEN,   /* the transport is not to be trusted any more */
    SP_STOP_STARVED   /* because it had no memory */
};

/* Whether there may be another exchange, as far as connections go. */
bool sp_transport_has_room(const struct sp_transport *transport);

/* Until when `call` stays in line, because another finds out first whether
 * connections can be shared; 0: it need not. */
int64_t sp_transport_held_until(const struct sp_transport *transport,
                                const struct sp_call *call, int64_t now_ms);

/* An exchange for a call whose attempt begins; it has to be started. The
 * errors are those of sp_exchange_open. */
enum sp_status sp_transport_take(struct sp_transport *transport,
                                 struct sp_exchange **out,
                                 struct sp_error *error);

/* Starts the exchange of `call`. False: it has ended at once, and `came`
 * says as what. */
bool sp_transport_start(struct sp_transport *transport, struct sp_call *call,
                        struct sp_exchange_request *request, int64_t now_ms,
                        struct sp_attempt *came);

/* Ends the exchange of `call`, and tells what it has come to. */
void sp_transport_stop(struct sp_transport *transport, struct sp_call *call,
                       enum sp_stop why, int64_t now_ms,
                       struct sp_attempt *came);

/* The next call whose exchange has ended by itself, and as what; or NULL. */
struct sp_call *sp_transport_ended(struct sp_transport *transport,
                                   struct sp_attempt *came);

#endif
