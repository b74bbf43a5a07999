/* sp_decimal: numbers as text, whatever the host's locale is. */
#ifndef SP_DECIMAL_H
#define SP_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

enum { SP_DECIMAL_MAX = 32 }; /* bytes of a written number, with its NUL */

/* The double that is nearest to the number `text`, which must follow the
 * grammar of JSON and be followed by a byte that cannot continue it. False
 * when no finite double is near. What is too small becomes 0. */
bool sp_decimal_read(const char *text, size_t len, double *number);

/* The number as JSON: the fewest digits of 15 to 17 that are read back as
 * the same double; whole numbers below 1e21 without an exponent. Returns
 * the length; 0, and "", when the number is not finite. */
size_t sp_decimal_write(double number, char text[SP_DECIMAL_MAX]);

#endif
