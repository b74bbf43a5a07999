#include "sp_libcurl.h"

#include <string.h>

/* Written once, before there is a reader. */
static bool running[SP_LIBCURL_FAULTS];

static const struct sp_libcurl_entry ENTRIES[SP_LIBCURL_FAULTS] = {
    [SP_LIBCURL_STALE_HEADER] = {
        .name = "stale_header",
        .since = 0x075300,
        .until = 0x080101,
        .what = "an easy handle that is used again remembers the last header "
                "of its previous answer, which is freed: a folded line then "
                "writes to freed memory",
        .remedy = "each exchange gets an easy handle of its own",
    },
    [SP_LIBCURL_IDLE_BYTES] = {
        .name = "idle_bytes",
        .what = "bytes that wait on a kept connection pass for a sign of "
                "life (before 8.0), or are looked for once a second (from "
                "8.22 on), and become the answer to the next request",
        .remedy = "the core looks right before it sends; a connection with "
                  "anything to read is not used again",
    },
    [SP_LIBCURL_SECOND_SWITCH] = {
        .name = "second_switch",
        .since = 0x075800,
        .until = 0x080000,
        .what = "a second request on a connection of HTTP/2 without TLS sets "
                "HTTP/2 up once more, and fails",
        .remedy = "each such request gets a connection of its own",
    },
    [SP_LIBCURL_SILENT_REFUSAL] = {
        .name = "silent_refusal",
        .since = 0x075700,
        .until = 0x081300,
        .what = "a request whose stream the server refused is sent again "
                "without a word that tells it from one whose connection died",
        .remedy = "it is kept from repeating the latter, so what it sends "
                  "again was refused",
    },
    [SP_LIBCURL_SILENT_CUT] = {
        .name = "silent_cut",
        .until = 0x080f00,
        .tls = "SSL",
        .what = "the end of a connection without TLS's close_notify passes "
                "for the end of a body that has no length",
        .remedy = "the core waits for the close_notify of such a body",
    },
    [SP_LIBCURL_RESOLVER_POOL] = {
        .name = "resolver_pool",
        .since = 0x081400,
        .what = "names are looked up by twenty threads of the multi handle: "
                "some that hang keep all others waiting, and closing waits "
                "for them",
        .remedy = "there may be a thousand, and nothing waits for them",
    },
    [SP_LIBCURL_READ_AHEAD] = {
        .name = "read_ahead",
        .since = 0x081400,
        .tls = "OpenSSL/",
        .what = "TLS reads ahead: bytes that nobody asked for wait where no "
                "look at the socket finds them",
        .remedy = "it reads exactly; where it cannot be told to, no "
                  "connection of HTTP/1 is used twice",
    },
    [SP_LIBCURL_SILENT_RESET] = {
        .name = "silent_reset",
        .since = 0x080300,
        .what = "a stream that is reset with the code NO_ERROR passes for "
                "one that has ended",
        .remedy = "a body that begins as JSON and has no length must be "
                  "closed; one that is empty is taken for whole",
    },
    [SP_LIBCURL_BROAD_TRUST] = {
        .name = "broad_trust",
        .since = 0x081500,
        .until = 0x081700,
        .what = "the system's directory of certificates is trusted beside a "
                "file that is named, and its file beside a directory",
        .remedy = "an empty directory is named, too, or a file of the "
                  "directory; the bundle is then read for each connection",
    },
    [SP_LIBCURL_SESSION_TWICE] = {
        .name = "session_twice",
        .until = 0x080800,
        .what = "when memory runs out just while a TLS session is kept, the "
                "name of its host is freed twice",
        .remedy = "none; it takes one allocation of some hundred to fail",
    },
};

const struct sp_libcurl_entry *sp_libcurl_entry(enum sp_libcurl_fault fault)
{
    return &ENTRIES[fault];
}

static bool is_in(const struct sp_libcurl_entry *entry, unsigned version,
                  const char *tls)
{
    return version >= entry->since &&
           (entry->until == 0 || version < entry->until) &&
           (!entry->tls || (tls && strstr(tls, entry->tls)));
}

void sp_libcurl_init(unsigned version, const char *tls)
{
    for (int i = 0; i < SP_LIBCURL_FAULTS; i++)
        running[i] = is_in(&ENTRIES[i], version, tls);
}

bool sp_libcurl_has(enum sp_libcurl_fault fault)
{
    return running[fault];
}
