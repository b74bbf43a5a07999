/* sp_utf8: characters as bytes (RFC 3629): no overlong forms, no surrogates,
 * nothing beyond U+10FFFF. */
#ifndef SP_UTF8_H
#define SP_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The number of bytes of the character at `at`, whose first byte is above
 * 127; 0 when it is none. A NUL behind a text ends a character that is
 * cut. */
int sp_utf8_length(const char *at);

/* Whether all of `text` is UTF-8. A NUL must follow it. */
bool sp_utf8_is_valid(const char *text, size_t len);

/* Writes the character `code`, up to four bytes; returns how many. */
size_t sp_utf8_put(char *to, uint32_t code);

#endif
