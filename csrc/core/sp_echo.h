/* sp_echo: what a request had carried, cut out of the texts of its answer: a
 * server quotes what it refuses.
 *
 * What is looked for is known by value, so this is exact, in every spelling
 * that sp_fold knows, and for numbers in any grouping. Zeroed memory is an
 * empty set. */
#ifndef SP_ECHO_H
#define SP_ECHO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sp_buffer.h"
#include "sp_error.h"
#include "sp_fold.h"

enum {
    SP_ECHO_MAX = 1000,      /* values in one set */
    SP_ECHO_MAX_VALUE = 254, /* the beginning of a longer one is looked for */
    SP_ECHO_MAX_TEXT = 4096  /* so much of a longer text is looked at */
};

struct sp_needle;

struct sp_echo {
    struct sp_needle *needles; /* longest first, once `is_sorted` */
    int count, room;
    bool is_sorted;
    struct sp_buffer forms;  /* of the needles, one behind the other */
    struct sp_folded folded; /* of what was looked at last */
};

/* Adds a value that was sent. One whose form has less than two bytes stands
 * in every text and is ignored, and so is what comes after SP_ECHO_MAX.
 * NO_MEMORY. */
enum sp_status sp_echo_add(struct sp_echo *echo, const char *value,
                           size_t len);

/* Looks for all of them in a text of at most SP_ECHO_MAX_TEXT bytes. When
 * `*found`, the text with "[redacted]" in place of each is appended to
 * `out`. NO_MEMORY, TOO_LARGE. */
enum sp_status sp_echo_cut(struct sp_echo *echo, const char *text, size_t len,
                           struct sp_buffer *out, bool *found);

/* Overwrites and frees the copies. */
void sp_echo_wipe(struct sp_echo *echo);

#endif
