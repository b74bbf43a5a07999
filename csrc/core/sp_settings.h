/* sp_settings: what an engine was told once, for all its calls.
 *
 * Everything here has been checked by the caller (the Lua layer's one place
 * for options); the core only obeys. Times are seconds, sizes bytes. */
#ifndef SP_SETTINGS_H
#define SP_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sp_error.h"

enum sp_http {
    SP_HTTP_AUTO = 0, /* HTTP/2 over TLS when the server has it */
    SP_HTTP_1_1,
    SP_HTTP_2 /* also without TLS, by prior knowledge */
};

struct sp_settings {
    size_t max_body;     /* of a decoded response body */
    size_t max_headers;  /* of all header blocks of a response */
    int max_connections; /* open at a time, kept ones included */
    int max_in_flight;   /* exchanges at a time; the rest wait in order */
    int rate_read;       /* requests per second; 0: no limit */
    int rate_write;
    int64_t connect_timeout_s; /* to make a connection; 0: not known */
    enum sp_http http;
    int min_tls; /* 12 or 13 */
    bool proxy_from_environment;
    bool tells_news; /* of connections: see sp_engine_take_news */
    bool asks;       /* whether to repeat: see sp_engine_take_asking */

    /* NULL: not set. sp_settings_copy makes its own copies. */
    char *user_agent;
    char *ca_file, *ca_path;
    char *client_cert, *client_key;
    char *pinned_public_key;
    char *proxy_ca_file; /* for an https proxy; NULL: what libcurl knows */
    char *proxy;         /* may hold a password: wiped on clear */
};

/* Deep copy into `to`, which need not be initialised. NO_MEMORY leaves `to`
 * legal for clear. */
enum sp_status sp_settings_copy(struct sp_settings *to,
                                const struct sp_settings *from);

/* Frees the strings of a copy. Zeroed memory is legal. */
void sp_settings_clear(struct sp_settings *settings);

#endif
