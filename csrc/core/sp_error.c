/* sp_error: error messages and the names of enumerators. */
#include "sp_error.h"

#include <stdarg.h>
#include <stdio.h>

/* What libcurl or a peer says may span lines; a message is one line. */
static void join_lines(char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ')
            *text = ' ';
    }
}

enum sp_status sp_error_set(struct sp_error *error, enum sp_status status,
                            const char *format, ...)
{
    va_list args;

    if (error == NULL)
        return status;
    error->status = status;
    va_start(args, format);
    if (vsnprintf(error->message, sizeof error->message, format, args) < 0)
        error->message[0] = '\0';
    va_end(args);
    join_lines(error->message);
    return status;
}

const char *sp_kind_name(enum sp_kind kind)
{
    switch (kind) {
    case SP_KIND_NONE:
        return "";
    case SP_KIND_INVALID:
        return "invalid";
    case SP_KIND_NETWORK:
        return "network";
    case SP_KIND_TIMEOUT:
        return "timeout";
    case SP_KIND_TLS:
        return "tls";
    case SP_KIND_PROTOCOL:
        return "protocol";
    case SP_KIND_RATE_LIMITED:
        return "rate_limited";
    case SP_KIND_CANCELLED:
        return "cancelled";
    case SP_KIND_CLOSED:
        return "closed";
    }
    return "";
}

const char *sp_sent_name(enum sp_sent sent)
{
    switch (sent) {
    case SP_SENT_NO:
        return "no";
    case SP_SENT_MAYBE:
        return "maybe";
    case SP_SENT_YES:
        return "yes";
    }
    return "maybe";
}
