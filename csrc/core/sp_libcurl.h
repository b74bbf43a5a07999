/* sp_libcurl: what is known to be wrong with the libcurl that runs.
 *
 * People build against one libcurl and run with another, so a fault is looked
 * up by the version that runs. This table is the only place that compares
 * versions.
 *
 * Tested by spec/core/libcurl_spec.c, and by the specs of spec/contract that
 * meet each fault. */
#ifndef SP_LIBCURL_H
#define SP_LIBCURL_H

#include <stdbool.h>
#include <stddef.h>

enum sp_libcurl_fault {
    SP_LIBCURL_STALE_HEADER,   /* an easy handle must not be used twice */
    SP_LIBCURL_IDLE_BYTES,     /* a kept connection must be looked at by us */
    SP_LIBCURL_SECOND_SWITCH,  /* one request for each h2c connection */
    SP_LIBCURL_SILENT_REFUSAL, /* it does not say which stream was refused */
    SP_LIBCURL_SILENT_CUT,     /* TLS that ends without goodbye is no error */
    SP_LIBCURL_RESOLVER_POOL,  /* few threads resolve, and are waited for */
    SP_LIBCURL_READ_AHEAD,     /* bytes wait where no poll sees them */
    SP_LIBCURL_SILENT_RESET,   /* a stream reset without error has ended */
    SP_LIBCURL_BROAD_TRUST,    /* the system is trusted, too */
    SP_LIBCURL_SESSION_TWICE,  /* known, and not mended */
    SP_LIBCURL_FAULTS
};

struct sp_libcurl_entry {
    const char *name;
    unsigned since, until; /* 0xXXYYZZ: from, and the first without; 0: none */
    const char *tls;       /* only with a TLS library named so; NULL: any */
    const char *what;      /* the fault, one line */
    const char *remedy;    /* what the core does about it, one line */
};

/* Once per process, before the others: the version of the libcurl that runs
 * and the name of its TLS library, as curl_version_info has them. */
void sp_libcurl_init(unsigned version, const char *tls);

/* Whether the libcurl that runs has that fault. */
bool sp_libcurl_has(enum sp_libcurl_fault fault);

/* The entry of a fault, whether it is there or not. Static memory. */
const struct sp_libcurl_entry *sp_libcurl_entry(enum sp_libcurl_fault fault);

#endif
