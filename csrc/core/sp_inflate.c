/* sp_inflate: a decoder for DEFLATE (RFC 1951) in gzip's frame.
 *
 * The whole input is in memory, and the output buffer is the window: a
 * distance is looked up in what was written. Codes are read bit by bit from
 * the counts of their lengths, which needs no table larger than its code.
 * Whoever meets an error notes it in `status`; from then on bits are zeros,
 * and every loop looks at the note. */
#include "sp_inflate.h"

#include <stdint.h>
#include <string.h>

enum {
    BITS_MAX = 15,      /* of a code */
    LITERALS = 288,     /* symbols of the code for literals and lengths */
    DISTANCES = 30,
    LENGTH_CODES = 19,  /* symbols of the code that describes both */
    END_OF_BLOCK = 256,
    FIXED_HEADER = 10
};

struct inflater {
    const unsigned char *at, *end;
    uint32_t bits; /* read and not used, the lowest first */
    int bit_count;
    struct sp_buffer *out;
    size_t start; /* of this member in `out` */
    enum sp_status status;
};

/* How many codes there are of each length, and their symbols in order. */
struct code {
    uint16_t count[BITS_MAX + 1];
    uint16_t symbols[LITERALS];
};

static void fail(struct inflater *in, enum sp_status status)
{
    if (in->status == SP_OK)
        in->status = status;
}

/* ---- bits -------------------------------------------------------------- */

static unsigned take_byte(struct inflater *in)
{
    if (in->at == in->end) {
        fail(in, SP_ERR_INVALID);
        return 0;
    }
    return *in->at++;
}

/* At most 16. */
static unsigned take_bits(struct inflater *in, int count)
{
    unsigned value;

    while (in->bit_count < count) {
        in->bits |= (uint32_t)take_byte(in) << in->bit_count;
        in->bit_count += 8;
    }
    value = in->bits & ((1u << count) - 1);
    in->bits >>= count;
    in->bit_count -= count;
    return value;
}

/* ---- codes ------------------------------------------------------------- */

/* From the length of the code of each symbol. False when there are more codes
 * than their lengths leave room for, or fewer, but for a single one. */
static bool make_code(struct code *code, const unsigned char *lengths,
                      int symbols)
{
    uint16_t next[BITS_MAX + 1];
    int left = 1, used = symbols;

    memset(code->count, 0, sizeof code->count);
    for (int i = 0; i < symbols; i++)
        code->count[lengths[i]]++;
    used -= code->count[0];
    for (int bits = 1; bits <= BITS_MAX; bits++) {
        left = 2 * left - code->count[bits];
        if (left < 0)
            return false;
    }
    next[1] = 0;
    for (int bits = 1; bits < BITS_MAX; bits++)
        next[bits + 1] = (uint16_t)(next[bits] + code->count[bits]);
    for (int i = 0; i < symbols; i++)
        if (lengths[i] != 0)
            code->symbols[next[lengths[i]]++] = (uint16_t)i;
    return left == 0 || used <= 1;
}

/* Codes of one length are numbers in a row, and begin where those that are
 * shorter ended, times two. */
static int take_symbol(struct inflater *in, const struct code *code)
{
    int number = 0, first = 0, index = 0;

    for (int bits = 1; bits <= BITS_MAX; bits++) {
        int count = code->count[bits];

        number |= (int)take_bits(in, 1);
        if (number - first < count)
            return code->symbols[index + number - first];
        index += count;
        first = (first + count) << 1;
        number <<= 1;
    }
    fail(in, SP_ERR_INVALID);
    return END_OF_BLOCK;
}

/* ---- blocks ------------------------------------------------------------ */

static void copy_back(struct inflater *in, size_t distance, size_t len)
{
    size_t at = in->out->len;
    enum sp_status status;
    char *room;

    if (distance > at - in->start) {
        fail(in, SP_ERR_INVALID);
        return;
    }
    status = sp_buffer_extend(in->out, len, &room);
    if (status != SP_OK) {
        fail(in, status);
        return;
    }
    for (size_t i = 0; i < len; i++) /* the two may overlap */
        room[i] = in->out->data[at - distance + i];
}

static void put(struct inflater *in, const void *bytes, size_t len)
{
    enum sp_status status = sp_buffer_append(in->out, bytes, len);

    if (status != SP_OK)
        fail(in, status);
}

static void take_match(struct inflater *in, int symbol,
                       const struct code *distances)
{
    static const uint16_t LENGTH[] = {
        3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
        31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
    };
    static const unsigned char LENGTH_BITS[] = {
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
        2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    };
    static const uint16_t DISTANCE[] = {
        1,   2,   3,   4,   5,   7,    9,    13,   17,   25,
        33,  49,  65,  97,  129, 193,  257,  385,  513,  769,
        1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
    };
    int place = symbol - END_OF_BLOCK - 1, far;
    size_t len, distance;

    if (place >= (int)(sizeof LENGTH / sizeof *LENGTH)) {
        fail(in, SP_ERR_INVALID);
        return;
    }
    len = LENGTH[place] + take_bits(in, LENGTH_BITS[place]);
    far = take_symbol(in, distances);
    if (far >= DISTANCES) {
        fail(in, SP_ERR_INVALID);
        return;
    }
    distance = DISTANCE[far] + take_bits(in, far < 4 ? 0 : far / 2 - 1);
    if (in->status == SP_OK)
        copy_back(in, distance, len);
}

static void take_coded(struct inflater *in, const struct code *literals,
                       const struct code *distances)
{
    while (in->status == SP_OK) {
        int symbol = take_symbol(in, literals);
        char byte = (char)symbol;

        if (symbol == END_OF_BLOCK)
            return;
        if (symbol > END_OF_BLOCK)
            take_match(in, symbol, distances);
        else if (in->status == SP_OK)
            put(in, &byte, 1);
    }
}

static void take_fixed(struct inflater *in)
{
    unsigned char lengths[LITERALS];
    struct code literals, distances;

    for (int i = 0; i < LITERALS; i++)
        lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    make_code(&literals, lengths, LITERALS);
    memset(lengths, 5, DISTANCES);
    make_code(&distances, lengths, DISTANCES);
    take_coded(in, &literals, &distances);
}

/* The lengths of both codes, one after the other, themselves in a code. */
static void take_lengths(struct inflater *in, const struct code *code,
                         unsigned char *lengths, int count)
{
    int done = 0;

    while (done < count && in->status == SP_OK) {
        int symbol = take_symbol(in, code), times;
        unsigned char length = 0;

        if (symbol < 16) {
            lengths[done++] = (unsigned char)symbol;
            continue;
        }
        if (symbol == 16 && done > 0)
            length = lengths[done - 1];
        else if (symbol == 16 || symbol > 18)
            fail(in, SP_ERR_INVALID);
        times = symbol == 16   ? 3 + (int)take_bits(in, 2)
                : symbol == 17 ? 3 + (int)take_bits(in, 3)
                               : 11 + (int)take_bits(in, 7);
        if (times > count - done)
            fail(in, SP_ERR_INVALID);
        for (; times > 0 && done < count; times--)
            lengths[done++] = length;
    }
}

static void take_dynamic(struct inflater *in)
{
    static const unsigned char ORDER[LENGTH_CODES] = {
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
    };
    int literal_count = 257 + (int)take_bits(in, 5);
    int distance_count = 1 + (int)take_bits(in, 5);
    int code_count = 4 + (int)take_bits(in, 4);
    unsigned char lengths[LITERALS + DISTANCES + 2] = { 0 };
    struct code literals, distances;

    for (int i = 0; i < code_count; i++)
        lengths[ORDER[i]] = (unsigned char)take_bits(in, 3);
    if (literal_count > 286 || distance_count > DISTANCES ||
        !make_code(&literals, lengths, LENGTH_CODES))
        fail(in, SP_ERR_INVALID);
    if (in->status != SP_OK)
        return;
    memset(lengths, 0, sizeof lengths);
    take_lengths(in, &literals, lengths, literal_count + distance_count);
    if (lengths[END_OF_BLOCK] == 0 ||
        !make_code(&distances, lengths + literal_count, distance_count) ||
        !make_code(&literals, lengths, literal_count))
        fail(in, SP_ERR_INVALID);
    if (in->status == SP_OK)
        take_coded(in, &literals, &distances);
}

static void take_stored(struct inflater *in)
{
    unsigned len, check;

    in->bits = 0; /* up to the next byte */
    in->bit_count = 0;
    len = take_byte(in);
    len |= take_byte(in) << 8;
    check = take_byte(in);
    check |= take_byte(in) << 8;
    if (len != (check ^ 0xffff) || (size_t)(in->end - in->at) < len) {
        fail(in, SP_ERR_INVALID);
        return;
    }
    put(in, in->at, len);
    in->at += len;
}

static void take_blocks(struct inflater *in)
{
    bool is_last = false;

    while (!is_last && in->status == SP_OK) {
        unsigned type;

        is_last = take_bits(in, 1) == 1;
        type = take_bits(in, 2);
        if (in->status != SP_OK)
            return;
        if (type == 0)
            take_stored(in);
        else if (type == 1)
            take_fixed(in);
        else if (type == 2)
            take_dynamic(in);
        else
            fail(in, SP_ERR_INVALID);
    }
}

/* ---- gzip's frame ------------------------------------------------------ */

static uint32_t crc32_of(const char *bytes, size_t len)
{
    static const uint32_t TABLE[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
        0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned char)bytes[i];
        crc = crc >> 4 ^ TABLE[crc & 15];
        crc = crc >> 4 ^ TABLE[crc & 15];
    }
    return ~crc;
}

static void skip_text(struct inflater *in)
{
    while (in->status == SP_OK && take_byte(in) != 0) {
    }
}

static void take_header(struct inflater *in)
{
    enum { CHECK = 2, EXTRA = 4, NAME = 8, COMMENT = 16, UNKNOWN = 0xe0 };
    unsigned flags, len;

    if (!sp_inflate_is_gzip(in->at, (size_t)(in->end - in->at)) ||
        in->end - in->at < FIXED_HEADER || in->at[3] & UNKNOWN) {
        fail(in, SP_ERR_INVALID);
        return;
    }
    flags = in->at[3];
    in->at += FIXED_HEADER;
    if (flags & EXTRA) {
        len = take_byte(in);
        len |= take_byte(in) << 8;
        for (; len > 0 && in->status == SP_OK; len--)
            take_byte(in);
    }
    if (flags & NAME)
        skip_text(in);
    if (flags & COMMENT)
        skip_text(in);
    if (flags & CHECK) {
        take_byte(in);
        take_byte(in);
    }
}

static uint32_t take_number(struct inflater *in)
{
    uint32_t number = 0;

    for (int shift = 0; shift < 32; shift += 8)
        number |= (uint32_t)take_byte(in) << shift;
    return number;
}

static void take_member(struct inflater *in)
{
    uint32_t crc, len;
    size_t came;

    in->start = in->out->len;
    in->bits = 0;
    in->bit_count = 0;
    take_header(in);
    if (in->status == SP_OK)
        take_blocks(in);
    crc = take_number(in);
    len = take_number(in);
    if (in->status != SP_OK)
        return;
    came = in->out->len - in->start;
    if (len != (uint32_t)came ||
        crc != crc32_of(came ? in->out->data + in->start : "", came))
        fail(in, SP_ERR_INVALID);
}

bool sp_inflate_is_gzip(const void *bytes, size_t len)
{
    return len >= 3 && memcmp(bytes, "\x1f\x8b\x08", 3) == 0;
}

enum sp_status sp_inflate_gzip(const void *bytes, size_t len,
                               struct sp_buffer *out)
{
    struct inflater in = { .at = bytes, .out = out };

    if (len == 0)
        return SP_ERR_INVALID;
    in.end = in.at + len;
    do
        take_member(&in);
    while (in.status == SP_OK && in.at < in.end);
    return in.status;
}
