/* sp_json: one JSON text (RFC 8259) as a list of tokens.
 *
 * The text is read once, from front to back, without recursion, and all of
 * it is checked before the first token is used: the grammar, UTF-8, and the
 * limits. Tokens stand in the order of the text:
 *   [1,{"a":[]}]   ARRAY(2) INTEGER OBJECT(1) STRING ARRAY(0)
 * so the items of an array follow it, and the members of an object follow
 * it as pairs of a name (a STRING) and a value.
 *
 * More than the grammar asks for: a byte order mark before the text is
 * skipped; half of a surrogate pair in an escape becomes U+FFFD; a number
 * beyond the range of doubles is an error. Names may repeat. */
#ifndef SP_JSON_H
#define SP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sp_error.h"

enum sp_json_type {
    SP_JSON_NULL,
    SP_JSON_FALSE,
    SP_JSON_TRUE,
    SP_JSON_INTEGER, /* no fraction, no exponent, and fits in 64 bits */
    SP_JSON_NUMBER,  /* any other */
    SP_JSON_STRING,
    SP_JSON_ARRAY,
    SP_JSON_OBJECT
};

struct sp_json_token {
    uint32_t at, len; /* its bytes in the text; a string's without quotes */
    enum sp_json_type type;
    bool escaped; /* a string with a backslash: see sp_json_string */
    union {
        int64_t integer; /* of INTEGER */
        double number;   /* of NUMBER: the nearest */
        uint32_t count;  /* of ARRAY: items; of OBJECT: members */
    } as;
};

struct sp_json_limits {
    uint32_t depth;    /* arrays and objects within each other */
    uint32_t values;   /* of any type, names not counted */
    size_t name_bytes; /* of all names together, as they are written */
};

enum { SP_JSON_FEW = 160 }; /* a customer has about a hundred */

/* Zeroed memory is legal for clear. The text is the caller's and must stay
 * as it is while tokens are used; so must the struct where it is. */
struct sp_json {
    const char *text;
    struct sp_json_token *tokens; /* `few`, or allocated */
    uint32_t count;
    char *scratch; /* room for the longest string with escapes */
    struct sp_json_token few[SP_JSON_FEW];
};

/* Reads `len` bytes of `text`, which a NUL must follow. INVALID (the error
 * says what was expected or is wrong, and at which byte, the first being 1;
 * it never holds a byte of the text), TOO_LARGE (a limit), NO_MEMORY.
 * Except for OK there is nothing to clear. */
enum sp_status sp_json_read(struct sp_json *json, const char *text, size_t len,
                            const struct sp_json_limits *limits,
                            struct sp_error *error);

/* Frees the tokens. */
void sp_json_clear(struct sp_json *json);

/* What a STRING means, as UTF-8. The result has no NUL at its end and holds
 * until the next use of sp_json_string. Cannot fail. */
const char *sp_json_string(const struct sp_json *json,
                           const struct sp_json_token *string, size_t *len);

/* The index of the first token behind the value at `index` and all that is
 * within it. */
uint32_t sp_json_next(const struct sp_json *json, uint32_t index);

#endif
