/* sp_json_string: what a string of a JSON text means. The reader has checked
 * its escapes, so nothing can be wrong here.
 *
 * Tested by spec/core/json_spec.c. */
#include "sp_json.h"
#include "sp_utf8.h"

/* Of a digit that is one. */
static uint32_t hex_value(char digit)
{
    return ((uint32_t)digit & 15) + (digit > '9' ? 9 : 0);
}

static uint32_t read_hex(const char *at)
{
    uint32_t code = 0;

    for (int i = 0; i < 4; i++)
        code = code << 4 | hex_value(at[i]);
    return code;
}

/* The escape \uXXXX at `*at`, and the second one of a pair. A half that is
 * alone becomes U+FFFD. */
static uint32_t read_code(const char **at)
{
    uint32_t code = read_hex(*at + 2), low;

    *at += 6;
    if (code < 0xD800 || code > 0xDFFF)
        return code;
    if (code > 0xDBFF || (*at)[0] != '\\' || (*at)[1] != 'u')
        return 0xFFFD;
    low = read_hex(*at + 2);
    if (low < 0xDC00 || low > 0xDFFF)
        return 0xFFFD;
    *at += 6;
    return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
}

static char short_escape(char letter)
{
    switch (letter) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return letter;
    }
}

const char *sp_json_string(const struct sp_json *json,
                           const struct sp_json_token *string, size_t *len)
{
    const char *at = json->text + string->at, *end = at + string->len;
    char *to = json->scratch;

    *len = string->len;
    if (!string->escaped)
        return at;
    while (at < end) {
        if (*at != '\\') {
            *to++ = *at++;
        } else if (at[1] == 'u') {
            to += sp_utf8_put(to, read_code(&at));
        } else {
            *to++ = short_escape(at[1]);
            at += 2;
        }
    }
    *len = (size_t)(to - json->scratch);
    return json->scratch;
}
