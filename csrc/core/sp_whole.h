/* sp_whole: whether what came is the whole answer. Pure.
 *
 * That libcurl is content proves little: it takes the end of a connection for
 * the end of a header block, of a body without a length, and in some versions
 * of a stream. An answer is whole when the header block of a final status has
 * ended and its body has, by the framing that the block announces. */
#ifndef SP_WHOLE_H
#define SP_WHOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "sp_buffer.h"
#include "sp_headers.h"

/* How the end of a body shows. */
enum sp_framing {
    SP_FRAMING_NONE,    /* there is no body */
    SP_FRAMING_LENGTH,  /* so many bytes */
    SP_FRAMING_CHUNKED, /* a last chunk */
    SP_FRAMING_CLOSE,   /* the end of the connection */
    SP_FRAMING_BROKEN,  /* it cannot: lengths that are none, or differ */
    SP_FRAMING_STREAM   /* the end of a stream of HTTP/2 */
};

/* That of the block in `headers`, and the announced length, else -1.
 * `asked_head`: the request was a HEAD. */
enum sp_framing sp_framing_of(const struct sp_headers *headers,
                              bool asked_head, int64_t *length);

/* Whether the length counts although libcurl waits for the end of the
 * connection: "Transfer-Encoding: identity" says nothing, and libcurl takes
 * it for something. */
bool sp_framing_is_identity(const struct sp_headers *headers);

/* What is known when libcurl says that the exchange is over. */
struct sp_evidence {
    const struct sp_headers *headers;
    const struct sp_buffer *body; /* as it came, not decoded */
    bool asked_head;
    bool tls;
    bool goodbye; /* TLS was ended by the peer, or libcurl minds it itself */
    bool kept;    /* the connection has outlived the exchange */
    bool silent_reset; /* its stream may have been reset all the same */
};

/* Of SP_FRAMING_BROKEN. */
#define SP_WHOLE_BROKEN "the answer has lengths that differ, or are none"

/* NULL when the answer is whole, or what is missing, as a static text. */
const char *sp_whole_lack(const struct sp_evidence *evidence);

/* The encoding of the body by the block in `headers`. */
enum sp_coding {
    SP_CODING_NONE,
    SP_CODING_GZIP,
    SP_CODING_OTHER /* one that was not asked for */
};

enum sp_coding sp_coding_of(const struct sp_headers *headers);

#endif
