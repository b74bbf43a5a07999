/* A transport and the server behind it, which fail in every way.
 *
 * What becomes of an exchange is decided when it starts. It goes out after a
 * while, or never; then the request arrives within TRAVEL_MS, or is lost;
 * then it is answered, or not. A connection of an exchange that was stopped
 * is still open for a while, as those of retired handles are. */
#include <stdio.h>
#include <string.h>

#include "sp_clock.h"
#include "world.h"

struct sp_exchange {
    bool is_used, has_ended, is_out;
    struct sp_call *call;
    struct sp_rate *rate;
    uint64_t ticket;
    char key[40];
    const struct fate *fate;
    int64_t out_ms, end_ms;  /* NEVER */
    int64_t lingers_ms;      /* a connection is open until then */
};

struct sp_transport {
    struct sp_exchange slots[EXCHANGES];
    int used;
    bool is_up; /* it is known what the server speaks */
    const struct sp_exchange *scout;
    int64_t scout_until_ms;
} transport;

/* What can become of an exchange. */
static const struct fate {
    const char *name;
    bool goes_out, arrives, ends;
    int obeyed;    /* of 100 such writes */
    int status;
    enum sp_kind failed;
    enum sp_sent sent;
    bool hopeless;
} FATES[] = {
    {"is answered:", true, true, true, 100, 200, SP_KIND_NONE, SP_SENT_YES,
     false},
    {"is refused:", true, true, true, 0, 422, SP_KIND_NONE, SP_SENT_YES,
     false},
    {"took the server too long:", true, true, true, 50, 408, SP_KIND_NONE,
     SP_SENT_YES, false},
    {"is throttled:", true, true, true, 0, 429, SP_KIND_NONE, SP_SENT_YES,
     false},
    {"broke the server:", true, true, true, 50, 500, SP_KIND_NONE,
     SP_SENT_YES, false},
    {"finds the server busy:", true, true, true, 10, 503, SP_KIND_NONE,
     SP_SENT_YES, false},
    {"passed no gateway in time:", true, true, true, 70, 504, SP_KIND_NONE,
     SP_SENT_YES, false},
    {"is answered with nonsense:", true, true, true, 90, 200,
     SP_KIND_PROTOCOL, SP_SENT_YES, false},
    {"loses its answer", true, true, true, 80, 0, SP_KIND_NETWORK,
     SP_SENT_MAYBE, false},
    {"is lost on its way", true, false, true, 0, 0, SP_KIND_NETWORK,
     SP_SENT_MAYBE, false},
    {"has its stream refused", true, true, true, 0, 0, SP_KIND_NETWORK,
     SP_SENT_NO, false},
    {"meets silence", true, true, false, 50, 0, SP_KIND_NETWORK,
     SP_SENT_MAYBE, false},
    {"finds nobody listening", false, false, true, 0, 0, SP_KIND_NETWORK,
     SP_SENT_NO, false},
    {"does not trust the server", false, false, true, 0, 0, SP_KIND_TLS,
     SP_SENT_NO, false},
    {"is refused by a proxy", false, false, true, 0, 0, SP_KIND_NETWORK,
     SP_SENT_NO, true},
    {"waits for a connection", false, false, false, 0, 0, SP_KIND_NETWORK,
     SP_SENT_NO, false},
};

enum { FATE_COUNT = sizeof FATES / sizeof *FATES };

struct sp_transport *wire_reset(void)
{
    memset(&transport, 0, sizeof transport);
    return &transport;
}

int wire_in_use(void)
{
    return transport.used;
}

static int connections(void)
{
    int count = 0;

    for (int i = 0; i < EXCHANGES; i++)
        count += transport.slots[i].is_used ||
                 transport.slots[i].lingers_ms > world.now_ms;
    return count;
}

/* ---- what the scheduler asks ------------------------------------------- */

bool sp_transport_has_room(const struct sp_transport *self)
{
    (void)self;
    return connections() < world.max_connections;
}

int64_t sp_transport_held_until(const struct sp_transport *self,
                                const struct sp_call *call, int64_t now_ms)
{
    (void)call;
    return self->scout && now_ms < self->scout_until_ms
               ? self->scout_until_ms : 0;
}

enum sp_status sp_transport_take(struct sp_transport *self,
                                 struct sp_exchange **out,
                                 struct sp_error *error)
{
    struct sp_exchange *slot = self->slots;

    if (one_in(500))
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    if (self->used >= world.max_in_flight)
        broken(-1, "more is in flight than may be");
    if (connections() >= world.max_connections)
        broken(-1, "there are more connections than may be");
    while (slot->is_used || slot->lingers_ms > world.now_ms)
        slot++;
    memset(slot, 0, sizeof *slot);
    slot->is_used = true;
    self->used++;
    *out = slot;
    return SP_OK;
}

static void drop(struct sp_exchange *exchange)
{
    if (transport.scout == exchange)
        transport.scout = NULL;
    exchange->is_used = false;
    transport.used--;
}

bool sp_transport_start(struct sp_transport *self, struct sp_call *call,
                        struct sp_exchange_request *request, int64_t now_ms,
                        struct sp_attempt *came)
{
    struct sp_exchange *exchange = call->exchange;
    int64_t until_ms = now_ms + below(one_in(20) ? 6000 : 40);

    rules_on_begin(call);
    exchange->call = call;
    exchange->rate = request->rate;
    exchange->ticket = request->ticket;
    snprintf(exchange->key, sizeof exchange->key, "%s",
             request->key ? request->key : "");
    exchange->fate = below(100) < world.health ? FATES
                                               : &FATES[below(FATE_COUNT)];
    exchange->out_ms = exchange->fate->goes_out ? until_ms : SP_CLOCK_NEVER;
    exchange->end_ms = exchange->fate->goes_out || !exchange->fate->ends
                           ? SP_CLOCK_NEVER : until_ms;
    if (!self->is_up && !self->scout) {
        self->scout = exchange;
        self->scout_until_ms = now_ms + 3000;
    }
    trace(number_of(call), "begins an attempt, with ms to go:",
          request->timeout_ms);
    if (!one_in(300))
        return true;
    trace(number_of(call), "cannot be sent", 0);
    drop(exchange);
    *came = (struct sp_attempt){
        .failed = SP_KIND_NETWORK, .retry_after_ms = -1,
    };
    return false;
}

void sp_transport_stop(struct sp_transport *self, struct sp_call *call,
                       enum sp_stop why, int64_t now_ms,
                       struct sp_attempt *came)
{
    struct sp_exchange *exchange = call->exchange;

    (void)self;
    *came = (struct sp_attempt){
        .failed = why == SP_STOP_LATE ? SP_KIND_TIMEOUT : SP_KIND_NETWORK,
        .sent = exchange->is_out ? SP_SENT_MAYBE : SP_SENT_NO,
        .needs_fresh = why == SP_STOP_LATE && one_in(2),
        .retry_after_ms = -1,
    };
    sim_of(call)->is_well = false;
    trace(number_of(call), why == SP_STOP_LATE ? "is stopped: late"
                                               : "is stopped", 0);
    if (one_in(3))
        exchange->lingers_ms = now_ms + below(2000);
    drop(exchange);
}

static void tell(const struct sp_exchange *exchange, struct sp_attempt *came)
{
    const struct fate *fate = exchange->fate;
    struct sim_call *sim = sim_of(exchange->call);

    *came = (struct sp_attempt){
        .failed = fate->failed,
        .status = fate->status,
        .sent = fate->sent,
        .hopeless = fate->hopeless,
        .retry_after_ms = -1,
    };
    if ((fate->status == 429 || fate->status == 503) && one_in(2))
        came->retry_after_ms = one_in(20) ? 70000 : below(4000);
    if (fate->sent == SP_SENT_NO || fate->status == 429)
        sim->may_be_done = false;
    if (fate->sent == SP_SENT_NO)
        sim->key[0] = '\0';
    sim->is_well = fate == FATES;
    trace(number_of(exchange->call), fate->name, fate->status);
}

struct sp_call *sp_transport_ended(struct sp_transport *self,
                                   struct sp_attempt *came)
{
    for (int i = 0; i < EXCHANGES; i++) {
        struct sp_exchange *exchange = &self->slots[i];

        if (!exchange->is_used || !exchange->has_ended)
            continue;
        tell(exchange, came);
        drop(exchange);
        return exchange->call;
    }
    return NULL;
}

/* ---- what happens by itself -------------------------------------------- */

/* The request leaves, and what it will meet is known. */
static void send_out(struct sp_exchange *exchange)
{
    const struct fate *fate = exchange->fate;
    struct sim_call *sim = sim_of(exchange->call);
    int64_t arrives_ms = world.now_ms + below(TRAVEL_MS + 1);

    rules_on_issue(exchange->call, exchange->key);
    exchange->is_out = true;
    exchange->out_ms = SP_CLOCK_NEVER;
    exchange->end_ms = fate->ends ? arrives_ms + below(one_in(10) ? 9000 : 80)
                                  : SP_CLOCK_NEVER;
    sp_rate_issued(exchange->rate, exchange->ticket, world.now_ms);
    transport.is_up = true;
    if (transport.scout == exchange)
        transport.scout = NULL;
    sim->issued++;
    sim->may_be_done = true;
    snprintf(sim->key, sizeof sim->key, "%s", exchange->key);
    if (fate->arrives)
        rules_on_arrival(sp_call_line(exchange->call),
                         number_of(exchange->call), arrives_ms);
    if (fate->arrives && below(100) < fate->obeyed)
        sim->is_done = true;
    trace(number_of(exchange->call), "goes out", 0);
}

void wire_run(void)
{
    for (int i = 0; i < EXCHANGES; i++) {
        struct sp_exchange *exchange = &transport.slots[i];

        if (exchange->is_used && exchange->out_ms <= world.now_ms)
            send_out(exchange);
        if (exchange->is_used && exchange->end_ms <= world.now_ms)
            exchange->has_ended = true;
    }
}

int64_t wire_next(void)
{
    int64_t next_ms = SP_CLOCK_NEVER;

    for (int i = 0; i < EXCHANGES; i++) {
        const struct sp_exchange *exchange = &transport.slots[i];

        if (exchange->is_used && exchange->out_ms < next_ms)
            next_ms = exchange->out_ms;
        if (exchange->is_used && exchange->end_ms < next_ms)
            next_ms = exchange->end_ms;
        if (exchange->lingers_ms > world.now_ms &&
            exchange->lingers_ms < next_ms)
            next_ms = exchange->lingers_ms;
    }
    return next_ms;
}

void wire_forget_all(void)
{
    if (transport.used > 0)
        broken(-1, "exchanges are under way when the transport is shut");
    transport.is_up = false;
    transport.scout = NULL;
}
