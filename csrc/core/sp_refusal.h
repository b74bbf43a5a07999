/* sp_refusal: what libcurl says about streams of HTTP/2 that a server
 * refused.
 *
 * A server ends a connection with GOAWAY, which names the last stream that it
 * may have worked on, and refuses single streams with REFUSED_STREAM: both
 * prove that it did nothing (RFC 9113, sections 6.8 and 8.7). libcurl has no
 * call that tells of either; it says so in the lines of its verbose log,
 * which are read here as they come, and not kept. */
#ifndef SP_REFUSAL_H
#define SP_REFUSAL_H

#include <stddef.h>
#include <stdint.h>

enum sp_refusal_word {
    SP_REFUSAL_NOTHING, /* a line about something else */
    SP_REFUSAL_STREAM,  /* the request goes out as stream `number` */
    SP_REFUSAL_REFUSED, /* its stream was refused */
    SP_REFUSAL_GOAWAY,  /* no stream above `number` was worked on */
    SP_REFUSAL_AGAIN    /* libcurl lets go of the connection, and repeats */
};

/* Reads one line of the log of a transfer. */
enum sp_refusal_word sp_refusal_read(const char *line, size_t len,
                                     int64_t *number);

#endif
