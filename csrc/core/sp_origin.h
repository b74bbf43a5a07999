/* sp_origin: scheme, host and port of a client's URLs, taken apart once.
 *
 * libcurl takes the URL of each request apart, puts it together again and
 * encodes its path, letter by letter. All calls of a client go to one origin,
 * and their paths are encoded already. So libcurl gets the origin in the form
 * it makes of it, and is told what to ask for there.
 *
 * Tested by spec/contract/url_spec.lua. */
#ifndef SP_ORIGIN_H
#define SP_ORIGIN_H

#include <curl/curl.h>

/* Zeroed memory is legal: no origin. */
struct sp_origin {
    char *text;    /* "https://api.example.com"; NULL: not known */
    CURLU *parsed; /* the same */
};

/* Takes the origin of `url`, unless there is one. Without memory, or when
 * libcurl would refuse it, there is none afterwards. */
void sp_origin_learn(struct sp_origin *origin, const char *url);

/* What to ask the origin for, to get `url`: the part of it from its path on.
 * NULL when it has another origin, or is not fit to be sent as it is. */
const char *sp_origin_target(const struct sp_origin *origin, const char *url);

/* No easy handle may refer to it. */
void sp_origin_clear(struct sp_origin *origin);

#endif
