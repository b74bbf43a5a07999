/* sp_headers: the header block of one response, as it came.
 *
 * libcurl hands over one line at a time, and several blocks can come in one
 * exchange (1xx, a proxy's CONNECT): each status line starts anew, so what
 * is left at the end is the block of the final response. The ceiling counts
 * every byte of every block, so that a storm of 1xx blocks ends too. */
#ifndef SP_HEADERS_H
#define SP_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sp_buffer.h"

struct sp_header {
    uint32_t name_at, name_len;   /* into block.data, lower-cased */
    uint32_t value_at, value_len; /* into block.data, outer blanks cut */
};

struct sp_headers {
    struct sp_buffer block;
    struct sp_header *items;
    size_t count, capacity;
    size_t leading; /* when it has ended: fields that are no trailers */
    size_t seen;    /* bytes of all blocks */
    size_t ceiling; /* for `seen` */
    bool foldable;  /* the line before was a field of this block */
    int status;     /* of this block; 0: no status line, or none with a code */
    int version;    /* of HTTP in it: 10, 11, 20; 0 */
    bool ended;     /* the blank line of this block has come */
};

/* A ceiling above UINT32_MAX counts as that. */
void sp_headers_init(struct sp_headers *headers, size_t ceiling);
void sp_headers_reset(struct sp_headers *headers);
void sp_headers_recycle(struct sp_headers *headers); /* see sp_buffer */
void sp_headers_clear(struct sp_headers *headers);

/* Whether the block is that of a final answer (no 1xx), and is complete. */
bool sp_headers_is_final(const struct sp_headers *headers);

/* Takes one line as libcurl's header callback has it, CRLF or LF included.
 * A status line ("HTTP/...") forgets the lines before it; a blank line ends
 * a block, and fields behind it are trailers; a folded line (leading blank) is
 * joined to the value before by one space; a line without a colon or a name
 * is ignored, and so are its folds. TOO_LARGE past the ceiling, NO_MEMORY;
 * then nothing was added. */
enum sp_status sp_headers_line(struct sp_headers *headers, const char *line,
                               size_t len);

/* The first value of that (lower-case) name, NUL-terminated, valid until the
 * next line, reset or clear; or NULL. */
const char *sp_headers_get(const struct sp_headers *headers, const char *name);

#endif
