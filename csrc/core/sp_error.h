/* sp_error: how the core says what went wrong.
 *
 * A core function that can fail returns an enum sp_status (0 is success) and
 * fills a struct sp_error that the caller owns. It never prints, aborts or
 * jumps. A failed HTTP call is not a failed function: it is an answer whose
 * enum sp_kind says what the network did. */
#ifndef SP_ERROR_H
#define SP_ERROR_H

enum sp_status {
    SP_OK = 0,
    SP_ERR_NO_MEMORY,   /* an allocation failed; nothing changed */
    SP_ERR_TOO_LARGE,   /* a ceiling set at birth would be passed */
    SP_ERR_INVALID,     /* an argument that the caller could have checked */
    SP_ERR_CLOSED,      /* the engine is closed or belongs to the parent */
    SP_ERR_UNSUPPORTED, /* this system or this libcurl cannot do it */
    SP_ERR_SYSTEM       /* the operating system or libcurl refused */
};

/* Why an exchange brought no usable answer. The names are the `kind` that
 * Lua sees (see sp_kind_name). */
enum sp_kind {
    SP_KIND_NONE = 0, /* there is an answer */
    SP_KIND_INVALID,
    SP_KIND_NETWORK,
    SP_KIND_TIMEOUT,
    SP_KIND_TLS,
    SP_KIND_PROTOCOL,
    SP_KIND_RATE_LIMITED, /* by the client itself, before sending */
    SP_KIND_CANCELLED,
    SP_KIND_CLOSED,
    SP_KIND_LAST = SP_KIND_CLOSED
};

/* How far a request got. */
enum sp_sent {
    SP_SENT_NO = 0, /* provably never left */
    SP_SENT_MAYBE,  /* some of it may have arrived */
    SP_SENT_YES     /* the server answered it */
};

struct sp_error {
    enum sp_status status;
    char message[192]; /* one line, no secret, no personal data */
};

/* Fills `error` (may be NULL) like printf, cuts what does not fit, and
 * returns `status`, so that `return sp_error_set(...)` reads well. */
enum sp_status sp_error_set(struct sp_error *error, enum sp_status status,
                            const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Static strings, never NULL: "network", "timeout" ...; "" for NONE. */
const char *sp_kind_name(enum sp_kind kind);

/* "no", "maybe" or "yes". */
const char *sp_sent_name(enum sp_sent sent);

#endif
