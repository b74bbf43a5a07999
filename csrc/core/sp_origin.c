#define _POSIX_C_SOURCE 200809L

#include "sp_origin.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static size_t length_of(const char *url)
{
    const char *host = strstr(url, "://");

    return host ? (size_t)(host - url) + 3 + strcspn(host + 3, "/?#") : 0;
}

static CURLU *parse(const char *text)
{
    CURLU *parsed = curl_url();

    if (parsed && curl_url_set(parsed, CURLUPART_URL, text,
                               CURLU_DISALLOW_USER) != CURLUE_OK) {
        curl_url_cleanup(parsed);
        parsed = NULL;
    }
    return parsed;
}

void sp_origin_learn(struct sp_origin *origin, const char *url)
{
    if (origin->parsed)
        return;
    free(origin->text);
    origin->text = strndup(url, length_of(url));
    if (origin->text)
        origin->parsed = parse(origin->text);
}

/* libcurl would encode other bytes, and cut off a fragment. */
static bool is_target(const char *text)
{
    const char *at = text;

    while (*at > ' ' && *at < 127 && *at != '#')
        at++;
    return *text == '/' && *at == '\0';
}

const char *sp_origin_target(const struct sp_origin *origin, const char *url)
{
    size_t len = origin->parsed ? strlen(origin->text) : 0;

    return len > 0 && strncmp(url, origin->text, len) == 0 &&
                   is_target(url + len)
               ? url + len
               : NULL;
}

void sp_origin_clear(struct sp_origin *origin)
{
    free(origin->text);
    curl_url_cleanup(origin->parsed);
    *origin = (struct sp_origin){ NULL, NULL };
}
