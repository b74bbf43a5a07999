/* sp_utf8: the table of RFC 3629, as conditions on the first two bytes. */
#include "sp_utf8.h"

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

int sp_utf8_length(const char *at)
{
    unsigned char first = (unsigned char)at[0];
    unsigned char second = (unsigned char)at[1];

    if (first < 0xC2 || first > 0xF4 || !is_continuation(at[1]))
        return 0;
    if (first < 0xE0)
        return 2;
    if (!is_continuation(at[2]))
        return 0;
    if (first < 0xF0)
        return (first == 0xE0 && second < 0xA0) ||
                       (first == 0xED && second > 0x9F)
                   ? 0
                   : 3;
    if (!is_continuation(at[3]) || (first == 0xF0 && second < 0x90) ||
        (first == 0xF4 && second > 0x8F))
        return 0;
    return 4;
}

bool sp_utf8_is_valid(const char *text, size_t len)
{
    const char *end = text + len;

    while (text < end) {
        int step = (unsigned char)*text < 128 ? 1 : sp_utf8_length(text);

        if (step == 0)
            return false;
        text += step;
    }
    return text == end;
}

size_t sp_utf8_put(char *to, uint32_t code)
{
    const char *first = to;

    if (code < 0x80) {
        *to++ = (char)code;
        return 1;
    }
    if (code < 0x800) {
        *to++ = (char)(0xC0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *to++ = (char)(0xE0 | code >> 12);
        } else {
            *to++ = (char)(0xF0 | code >> 18);
            *to++ = (char)(0x80 | (code >> 12 & 0x3F));
        }
        *to++ = (char)(0x80 | (code >> 6 & 0x3F));
    }
    *to++ = (char)(0x80 | (code & 0x3F));
    return (size_t)(to - first);
}
