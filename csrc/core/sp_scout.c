#include "sp_scout.h"

#include <strings.h>

#include "sp_clock.h"
#include "sp_libcurl.h"

enum {
    CONNECT_MAX_MS = 3000, /* for the scout's connection to come up */
    SETTLE_MS = 250    /* then, for the server to tell its limits */
};

bool sp_scout_has_path(const struct sp_engine *engine)
{
    return sp_sockets_used(&engine->sockets, engine->multi);
}

/* Whether the server may turn out to speak HTTP/2. */
static bool may_share(const struct sp_engine *engine,
                      const struct sp_call *call)
{
    bool https = strncasecmp(call->url, "https:", 6) == 0;

    if (engine->settings.http == SP_HTTP_1_1 || engine->http1)
        return false;
    if (https)
        return true;
    return engine->settings.http == SP_HTTP_2 &&
           !sp_libcurl_has(SP_LIBCURL_SECOND_SWITCH);
}

int64_t sp_scout_until(const struct sp_engine *engine)
{
    const struct sp_exchange *scout = engine->scout;
    int64_t until_ms = engine->scout_until_ms;

    if (!scout)
        return 0;
    if (scout->issued == 0 || !scout->socket)
        return until_ms;
    if (scout->socket->heard_ms >= scout->sent_ms)
        return 0;
    return scout->sent_ms + SETTLE_MS < until_ms
               ? scout->sent_ms + SETTLE_MS : until_ms;
}

bool sp_scout_holds(const struct sp_engine *engine,
                    const struct sp_call *call, int64_t now_ms)
{
    return now_ms < sp_scout_until(engine) && may_share(engine, call);
}

void sp_scout_begin(struct sp_engine *engine, const struct sp_call *call,
                    const struct sp_exchange *exchange, int64_t now_ms)
{
    int64_t half_ms = 500 * engine->settings.connect_timeout_s;

    if (engine->scout || !may_share(engine, call) ||
        sp_scout_has_path(engine))
        return;
    engine->scout = exchange;
    engine->scout_until_ms = sp_clock_after(
        now_ms, half_ms > 0 && half_ms < CONNECT_MAX_MS ? half_ms
                                                        : CONNECT_MAX_MS);
}

void sp_scout_end(struct sp_engine *engine,
                  const struct sp_exchange *exchange)
{
    if (engine->scout == exchange)
        engine->scout = NULL;
}
