#include "sp_inflate.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

enum { GZIP_ALONE = 15 + 16 }; /* window bits: no other frame is taken */

bool sp_inflate_is_gzip(const void *bytes, size_t len)
{
    return len >= 3 && memcmp(bytes, "\x1f\x8b\x08", 3) == 0;
}

/* One member, to its end. */
static enum sp_status take_member(z_stream *stream, struct sp_buffer *out)
{
    unsigned char chunk[8192];
    enum sp_status status = SP_OK;
    int code = Z_OK;

    while (code == Z_OK && status == SP_OK) {
        stream->next_out = chunk;
        stream->avail_out = sizeof chunk;
        code = inflate(stream, Z_NO_FLUSH);
        status =
            sp_buffer_append(out, chunk, sizeof chunk - stream->avail_out);
    }
    sp_wipe(chunk, sizeof chunk);
    if (status != SP_OK)
        return status;
    return code == Z_STREAM_END  ? SP_OK
           : code == Z_MEM_ERROR ? SP_ERR_NO_MEMORY
                                 : SP_ERR_INVALID; /* broken, or cut */
}

enum sp_status sp_inflate_gzip(const void *bytes, size_t len,
                               struct sp_buffer *out)
{
    z_stream stream;
    enum sp_status status;

    if (len == 0 || len > UINT_MAX)
        return SP_ERR_INVALID;
    memset(&stream, 0, sizeof stream);
    stream.next_in = (z_const Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)len;
    if (inflateInit2(&stream, GZIP_ALONE) != Z_OK)
        return SP_ERR_NO_MEMORY;
    do
        status = take_member(&stream, out);
    while (status == SP_OK && stream.avail_in > 0 &&
           inflateReset(&stream) == Z_OK);
    inflateEnd(&stream);
    return status;
}
