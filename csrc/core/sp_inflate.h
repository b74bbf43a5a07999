/* sp_inflate: gzip (RFC 1952), of bytes that are all there.
 *
 * libcurl decodes as well, but does not tell whether the compressed stream
 * came to its end: half an answer would pass for a whole one. Here zlib
 * decodes, and only a stream with its end, length and checksum is taken. */
#ifndef SP_INFLATE_H
#define SP_INFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "sp_buffer.h"
#include "sp_error.h"

/* Whether the bytes begin as gzip does. */
bool sp_inflate_is_gzip(const void *bytes, size_t len);

/* Appends what `bytes` hold to `out`. INVALID: they are not gzip, are broken,
 * end too early or go on after the end. TOO_LARGE: `out` would pass its
 * ceiling; NO_MEMORY. After an error `out` holds a part. */
enum sp_status sp_inflate_gzip(const void *bytes, size_t len,
                               struct sp_buffer *out);

#endif
