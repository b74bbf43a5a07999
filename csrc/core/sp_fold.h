/* sp_fold: brings the spellings of one text into one form, so that a name is
 * found however it comes back: in another case, composed or decomposed or
 * without its accents, percent-encoded, with the escapes of JSON or HTML,
 * full width, with other separators.
 *
 * Not for showing: the form only serves to compare. Latin, Greek and
 * Cyrillic letters are known, others compare as they are. Nothing depends on
 * the locale of the host. */
#ifndef SP_FOLD_H
#define SP_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "sp_error.h"

/* Where in the text the letter begins that a byte of the form stands for,
 * and what is behind it. */
struct sp_place {
    uint16_t from, to;
};

/* Zeroed memory is empty, and keeps its memory from one text to the next. */
struct sp_folded {
    char *form;
    struct sp_place *places; /* as many as the form has bytes */
    size_t len;
    size_t room; /* bytes of a text for which there is memory */
};

/* Makes the form of `text` and forgets the one before. It never begins with
 * a space and has no two in a row; of bytes up to 32 it has only spaces.
 * NO_MEMORY; TOO_LARGE for more than 64 KiB less one. */
enum sp_status sp_fold(struct sp_folded *folded, const char *text, size_t len);

/* Overwrites the form and frees its memory. */
void sp_fold_wipe(struct sp_folded *folded);

#endif
