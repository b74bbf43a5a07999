/* sp_ascii: what a byte is in ASCII, whatever the locale of the host says. */
#ifndef SP_ASCII_H
#define SP_ASCII_H

#include <stdbool.h>

static inline bool sp_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static inline bool sp_is_small_or_digit(char byte)
{
    return (byte >= 'a' && byte <= 'z') || sp_is_digit(byte);
}

/* The value of a hexadecimal digit; -1: it is none. */
static inline int sp_hex_value(char byte)
{
    if (sp_is_digit(byte))
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

#endif
