/* sp_decimal: what a number in a text is, whatever the host's locale. */
#ifndef SP_DECIMAL_H
#define SP_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

/* The double that is nearest to the number `text`, which must follow the
 * grammar of JSON and be followed by a byte that cannot continue it. False
 * when no finite double is near. What is too small becomes 0. */
bool sp_decimal_read(const char *text, size_t len, double *number);

#endif
