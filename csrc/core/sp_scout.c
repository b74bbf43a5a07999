#include "sp_scout.h"

#include <strings.h>

#include "sp_clock.h"
#include "sp_libcurl.h"

enum {
    CONNECT_MAX_MS = 3000, /* for the scout's connection to come up */
    SETTLE_MS = 250        /* then, for the server to tell its limits */
};

bool sp_scout_has_path(const struct sp_transport *transport, int64_t now_ms)
{
    return sp_sockets_used(&transport->sockets, transport->multi, now_ms);
}

/* Whether the server may turn out to speak HTTP/2. */
static bool may_share(const struct sp_transport *transport,
                      const struct sp_call *call)
{
    bool https = strncasecmp(call->url, "https:", 6) == 0;

    if (transport->settings->http == SP_HTTP_1_1 || transport->http1)
        return false;
    if (https)
        return true;
    return transport->settings->http == SP_HTTP_2 &&
           !sp_libcurl_has(SP_LIBCURL_SECOND_SWITCH);
}

int64_t sp_scout_until(const struct sp_transport *transport)
{
    const struct sp_exchange *scout = transport->scout;
    int64_t until_ms = transport->scout_until_ms;

    if (!scout)
        return 0;
    if (scout->issued == 0 || !scout->socket)
        return until_ms;
    if (scout->socket->heard_ms >= scout->sent_ms)
        return 0;
    return scout->sent_ms + SETTLE_MS < until_ms ? scout->sent_ms + SETTLE_MS
                                                 : until_ms;
}

bool sp_scout_holds(const struct sp_transport *transport,
                    const struct sp_call *call, int64_t now_ms)
{
    return now_ms < sp_scout_until(transport) && may_share(transport, call);
}

void sp_scout_begin(struct sp_transport *transport, const struct sp_call *call,
                    const struct sp_exchange *exchange, int64_t now_ms)
{
    int64_t half_ms = 500 * transport->settings->connect_timeout_s;

    if (transport->scout || !may_share(transport, call) ||
        sp_scout_has_path(transport, now_ms))
        return;
    transport->scout = exchange;
    transport->scout_until_ms = sp_clock_after(
        now_ms,
        half_ms > 0 && half_ms < CONNECT_MAX_MS ? half_ms : CONNECT_MAX_MS);
}

void sp_scout_end(struct sp_transport *transport,
                  const struct sp_exchange *exchange)
{
    if (transport->scout == exchange)
        transport->scout = NULL;
}
