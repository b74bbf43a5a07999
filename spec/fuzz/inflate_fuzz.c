/* Compressed bodies, against zlib: both accept the same and give the same.
 *
 * Input: a byte, then gzip as it is when the byte is even. When it is odd
 * what follows is a stream of DEFLATE alone, and gets a frame of gzip with
 * the right length and checksum around it, which chance would not find. */
#define ZLIB_CONST

#include <stdbool.h>
#include <zlib.h>

#include "fuzz.h"
#include "sp_inflate.h"

enum { CEILING = 64 * 1024, FRAME = 18, HEAD = 10 };

static const int GZIP_BITS = 15 + 16, BARE_BITS = -15;

struct result {
    bool is_whole;    /* and nothing is behind it */
    bool is_too_large;
    size_t used, len; /* of the input, of what it holds */
    unsigned char bytes[CEILING + 1];
};

/* One stream or member, behind those before it. */
static bool inflate_one(struct result *result, const unsigned char *bytes,
                        size_t size, int bits)
{
    z_stream stream = { .next_in = NULL };
    int verdict;

    if (inflateInit2(&stream, bits) != Z_OK)
        abort();
    stream.next_in = bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = result->bytes + result->len;
    stream.avail_out = (uInt)(sizeof result->bytes - result->len);
    verdict = inflate(&stream, Z_FINISH);
    result->used += size - stream.avail_in;
    result->len = sizeof result->bytes - stream.avail_out;
    result->is_too_large = result->len > CEILING;
    inflateEnd(&stream);
    return verdict == Z_STREAM_END;
}

static void inflate_gzip(struct result *result, const unsigned char *bytes,
                         size_t size)
{
    bool is_fine;

    *result = (struct result){ .used = 0 };
    do
        is_fine = inflate_one(result, bytes + result->used,
                              size - result->used, GZIP_BITS);
    while (is_fine && !result->is_too_large && result->used < size);
    result->is_whole = is_fine;
}

static void check(const char *bytes, size_t size, const struct result *want)
{
    struct sp_buffer out;
    enum sp_status status;

    sp_buffer_init(&out, CEILING);
    status = sp_inflate_gzip(bytes, size, &out);
    if (want->is_too_large)
        FUZZ_HOLDS(status != SP_OK);
    else
        FUZZ_HOLDS((status == SP_OK) == want->is_whole);
    if (status == SP_OK) {
        FUZZ_HOLDS(sp_inflate_is_gzip(bytes, size));
        FUZZ_HOLDS(out.len == want->len);
        FUZZ_HOLDS(out.len == 0 ||
                   memcmp(out.data, want->bytes, out.len) == 0);
    }
    FUZZ_HOLDS(out.len <= CEILING);
    sp_buffer_clear(&out);
}

static void put_number(char *to, unsigned long number)
{
    for (int i = 0; i < 4; i++)
        to[i] = (char)(number >> 8 * i);
}

/* The stream, as far as it goes, in the simplest frame. */
static void check_framed(const unsigned char *bytes, size_t size)
{
    static const char START[HEAD] = { 0x1f, (char)0x8b, 8 };
    static struct result result;
    char *framed;

    result = (struct result){ .used = 0 };
    result.is_whole = inflate_one(&result, bytes, size, BARE_BITS);
    size = result.is_whole ? result.used : size;
    framed = malloc(size + FRAME);
    if (!framed)
        abort();
    memcpy(framed, START, HEAD);
    if (size > 0)
        memcpy(framed + HEAD, bytes, size);
    put_number(framed + HEAD + size,
               crc32(0, result.bytes, (uInt)result.len));
    put_number(framed + HEAD + size + 4, result.len);
    check(framed, size + FRAME, &result);
    /* A byte too few, whatever it is. */
    result.is_whole = false;
    check(framed, size + FRAME - 1, &result);
    free(framed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct result result;
    struct fuzz_input input = { data, size };

    if (fuzz_byte(&input) % 2 == 1) {
        check_framed(input.at, input.left);
    } else {
        char *exact = fuzz_copy(input.at, input.left);

        inflate_gzip(&result, input.at, input.left);
        check(exact, input.left, &result);
        free(exact);
    }
    return 0;
}
