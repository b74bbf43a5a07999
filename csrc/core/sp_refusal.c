#include "sp_refusal.h"

#include <stdbool.h>
#include <string.h>

/* A line; it is not copied, because some hold the token. */
struct text {
    const char *at, *end;
};

static bool starts_with(struct text text, const char *words)
{
    size_t len = strlen(words);

    return (size_t)(text.end - text.at) >= len &&
           memcmp(text.at, words, len) == 0;
}

/* What is behind the first `words`; its `at` is NULL when they are not
 * there. */
static struct text after(struct text text, const char *words)
{
    for (; text.at < text.end; text.at++) {
        if (starts_with(text, words)) {
            text.at += strlen(words);
            return text;
        }
    }
    return (struct text){ NULL, NULL };
}

/* The number that it starts with, or -1. */
static int64_t number_of(struct text text)
{
    int64_t number = -1;

    for (; text.at < text.end && *text.at >= '0' && *text.at <= '9' &&
           number <= INT32_MAX;
         text.at++)
        number = (number < 0 ? 0 : number) * 10 + (*text.at - '0');
    return number <= INT32_MAX ? number : -1;
}

static enum sp_refusal_word told(enum sp_refusal_word word, struct text behind,
                                 int64_t *number)
{
    *number = number_of(behind);
    return *number >= 0 ? word : SP_REFUSAL_NOTHING;
}

/* The words are those of libcurl 7.88 to 8.23; the spelling of the first
 * GOAWAY is that of 7.88. */
enum sp_refusal_word sp_refusal_read(const char *line, size_t len,
                                     int64_t *number)
{
    struct text text = { line, line + len };

    *number = -1;
    if (starts_with(text, "recveived GOAWAY, ") ||
        starts_with(text, "received GOAWAY, "))
        return told(SP_REFUSAL_GOAWAY, after(text, ", last_stream="), number);
    if (starts_with(text, "Using Stream ID: "))
        return told(SP_REFUSAL_STREAM, after(text, "Stream ID: "), number);
    if (starts_with(text, "[HTTP/2] [") && after(text, "] OPENED stream").at)
        return told(SP_REFUSAL_STREAM, after(text, "2] ["), number);
    if (starts_with(text, "HTTP/2 stream ") &&
        after(text, " refused by server").at)
        return SP_REFUSAL_REFUSED;
    if (starts_with(text, "Connection died, retrying"))
        return SP_REFUSAL_AGAIN;
    return SP_REFUSAL_NOTHING;
}
