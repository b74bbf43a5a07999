/* sp_json: the reader is two states: a value is expected, or has ended.
 *
 * While an array or object is open, its token's `len` holds the index of
 * the one around it, plus one, so no stack is needed. The NUL behind the
 * text is an ordinary wrong byte and ends every loop; only then is it asked
 * whether the text has ended. */
#include "sp_json.h"

#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "sp_ascii.h"
#include "sp_decimal.h"
#include "sp_utf8.h"

/* The bytes of a string that do not simply stand for themselves: control
 * characters, the quote, the backslash, and all beyond ASCII. */
static const unsigned char IS_SPECIAL[256] = {
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0x00 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0x10 */
    0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x20 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x30 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x40 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, /* 0x50 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x60 */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x70 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0x80 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0x90 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0xa0 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0xb0 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0xc0 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0xd0 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0xe0 */
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, /* 0xf0 */
};

struct reader {
    struct sp_json *json;
    const char *at, *end;
    uint32_t capacity;
    uint32_t open; /* index plus one of the innermost container; 0: none */
    uint32_t depth;
    uint32_t values;
    size_t name_bytes;
    uint32_t longest; /* string with escapes */
    const struct sp_json_limits *limits;
    struct sp_error *error;
};

/* ---- errors ----------------------------------------------------------- */

/* Each returns false. */
static bool fail_at(struct reader *reader, const char *at, const char *what)
{
    if (at >= reader->end)
        sp_error_set(reader->error, SP_ERR_INVALID,
                     "the text ends too early, after %zu bytes",
                     (size_t)(reader->end - reader->json->text));
    else
        sp_error_set(reader->error, SP_ERR_INVALID, "%s at byte %zu", what,
                     (size_t)(at - reader->json->text) + 1);
    return false;
}

static bool fail(struct reader *reader, const char *what)
{
    return fail_at(reader, reader->at, what);
}

static bool fail_limit(struct reader *reader, size_t limit, const char *what)
{
    sp_error_set(reader->error, SP_ERR_TOO_LARGE, "more than %zu %s", limit,
                 what);
    return false;
}

static bool fail_memory(struct reader *reader)
{
    sp_error_set(reader->error, SP_ERR_NO_MEMORY, "out of memory");
    return false;
}

/* ---- tokens ----------------------------------------------------------- */

/* Enough for most texts; others double it. */
static size_t first_capacity(size_t len)
{
    return len / 10 + 2 * SP_JSON_FEW;
}

/* Moves the tokens to larger memory. */
static bool grow(struct reader *reader)
{
    struct sp_json *json = reader->json;
    bool is_first = json->tokens == json->few;
    uint64_t capacity =
        is_first ? first_capacity((size_t)(reader->end - reader->at))
                 : (uint64_t)reader->capacity * 2;
    struct sp_json_token *tokens;

    if (capacity > UINT32_MAX || capacity > SIZE_MAX / sizeof *tokens)
        return fail_memory(reader);
    tokens = realloc(is_first ? NULL : json->tokens,
                     (size_t)capacity * sizeof *tokens);
    if (tokens == NULL)
        return fail_memory(reader);
    if (is_first)
        memcpy(tokens, json->few, sizeof json->few);
    json->tokens = tokens;
    reader->capacity = (uint32_t)capacity;
    return true;
}

/* Room for two more tokens, a value and the first name in it. */
static bool make_room(struct reader *reader)
{
    return reader->capacity - reader->json->count >= 2 || grow(reader);
}

/* The next token, which begins at `at`. There is room. */
static inline struct sp_json_token *add(struct reader *reader,
                                        enum sp_json_type type)
{
    struct sp_json *json = reader->json;
    struct sp_json_token *token = &json->tokens[json->count++];

    token->at = (uint32_t)(reader->at - json->text);
    token->type = type;
    token->escaped = false;
    return token;
}

/* ---- strings ---------------------------------------------------------- */

/* The length of the escape at `at`; 0 when it is none. */
static int escape_length(const char *at)
{
    if (at[1] != 'u')
        return at[1] != '\0' && strchr("\"\\/bfnrt", at[1]) ? 2 : 0;
    for (int i = 2; i < 6; i++)
        if (sp_hex_value(at[i]) < 0)
            return 0;
    return 6;
}

#ifdef __SSE2__
/* A bit for each of sixteen bytes that is special. As signed bytes, those
 * beyond ASCII are below ' ' too. */
static inline unsigned specials(const char *at)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    __m128i low = _mm_cmpgt_epi8(_mm_set1_epi8(' '), bytes);

    return (unsigned)_mm_movemask_epi8(
        _mm_or_si128(_mm_or_si128(quotes, backslashes), low));
}

#endif

/* The first byte that does not simply stand for itself: sixteen are looked at
 * a time, while there are as many. */
static inline const char *skip_ordinary(const char *at, const char *end)
{
#ifdef __SSE2__
    for (; end - at >= 16; at += 16) {
        unsigned bits = specials(at);

        if (bits != 0)
            return at + __builtin_ctz(bits);
    }
#else
    (void)end;
#endif
    while (!IS_SPECIAL[(unsigned char)*at])
        at++;
    return at;
}

/* Past the special byte at `at`, which is not the quote, and what belongs to
 * it; NULL after an error. */
static const char *skip_special(struct reader *reader, const char *at)
{
    bool is_escape = *at == '\\';
    int len;

    if ((unsigned char)*at < ' ') {
        fail_at(reader, at, "a control character in a string");
        return NULL;
    }
    len = is_escape ? escape_length(at) : sp_utf8_length(at);
    if (len == 0) {
        fail_at(reader, at, is_escape ? "a wrong escape" : "no UTF-8");
        return NULL;
    }
    return at + len;
}

/* Past the rest of a string, from the special byte at `at` on, up to its
 * closing quote; NULL after an error. */
static const char *skip_rest(struct reader *reader, const char *at,
                             struct sp_json_token *token)
{
    while (at != NULL && *at != '"') {
        token->escaped |= *at == '\\';
        at = skip_special(reader, at);
        if (at != NULL)
            at = skip_ordinary(at, reader->end);
    }
    if (at != NULL && token->escaped && at - reader->at > reader->longest)
        reader->longest = (uint32_t)(at - reader->at);
    return at;
}

/* The string at `at`, which is a quote. */
static inline bool read_string(struct reader *reader)
{
    const char *first = ++reader->at;
    const char *at = skip_ordinary(first, reader->end);
    struct sp_json_token *token = add(reader, SP_JSON_STRING);

    if (*at != '"') {
        at = skip_rest(reader, at, token);
        if (at == NULL)
            return false;
    }
    token->len = (uint32_t)(at - first);
    reader->at = at + 1;
    return true;
}

/* ---- numbers ---------------------------------------------------------- */

static const char *skip_digits(const char *at)
{
    while (sp_is_digit(*at))
        at++;
    return at;
}

/* Past the fraction and the exponent at `at`; NULL after an error. */
static const char *skip_fraction(struct reader *reader, const char *at)
{
    if (*at == '.') {
        at++;
        if (!sp_is_digit(*at)) {
            fail_at(reader, at, "expected a digit");
            return NULL;
        }
        at = skip_digits(at);
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '+' || *at == '-';
        if (!sp_is_digit(*at)) {
            fail_at(reader, at, "expected a digit");
            return NULL;
        }
        at = skip_digits(at);
    }
    return at;
}

/* The digits of an integer, of which 19 fit into 64 bits. */
static bool fits(uint64_t digits, ptrdiff_t count, bool negative)
{
    return count <= 19 && digits <= (uint64_t)INT64_MAX + negative;
}

static bool read_number(struct reader *reader)
{
    bool negative = *reader->at == '-';
    const char *first = reader->at + negative, *at = first;
    struct sp_json_token *token = add(reader, SP_JSON_INTEGER);
    uint64_t digits = 0;

    if (!sp_is_digit(*at))
        return fail_at(reader, at, "expected a digit");
    do
        digits = digits * 10 + (uint64_t)(*at++ - '0');
    while (*first != '0' && sp_is_digit(*at));
    if (*at != '.' && *at != 'e' && *at != 'E' &&
        fits(digits, at - first, negative)) {
        token->as.integer = negative ? (int64_t)(0 - digits) : (int64_t)digits;
    } else {
        at = skip_fraction(reader, at);
        if (at == NULL)
            return false;
        token->type = SP_JSON_NUMBER;
        if (!sp_decimal_read(reader->at, (size_t)(at - reader->at),
                             &token->as.number))
            return fail(reader, "a number out of range");
    }
    token->len = (uint32_t)(at - reader->at);
    reader->at = at;
    return true;
}

/* ---- values ----------------------------------------------------------- */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

/* Most texts have none, and one comparison tells that. */
static inline void skip_blanks(struct reader *reader)
{
    while (*reader->at <= ' ' && is_blank(*reader->at))
        reader->at++;
}

static bool read_word(struct reader *reader, const char *word, size_t len,
                      enum sp_json_type type)
{
    struct sp_json_token *token;

    if (strncmp(reader->at, word, len) != 0)
        return fail(reader, "expected a value");
    token = add(reader, type);
    token->len = (uint32_t)len;
    reader->at += len;
    return true;
}

/* A name, and the colon behind it. */
static bool read_name(struct reader *reader)
{
    const char *first;

    skip_blanks(reader);
    first = reader->at;
    if (*first != '"')
        return fail(reader, "expected a name in quotes");
    if (!read_string(reader))
        return false;
    reader->name_bytes += (size_t)(reader->at - first) - 2;
    if (reader->name_bytes > reader->limits->name_bytes)
        return fail_limit(reader, reader->limits->name_bytes,
                          "bytes of names");
    skip_blanks(reader);
    if (*reader->at != ':')
        return fail(reader, "expected :");
    reader->at++;
    return true;
}

static char closing(const struct sp_json_token *open)
{
    return open->type == SP_JSON_ARRAY ? ']' : '}';
}

static void close_container(struct reader *reader)
{
    struct sp_json_token *token = &reader->json->tokens[reader->open - 1];

    reader->at++;
    reader->open = token->len;
    reader->depth--;
    token->len = (uint32_t)(reader->at - reader->json->text) - token->at;
}

/* Up to where the first item is expected, or past the end of an empty one,
 * which sets `ended`. */
static bool open_container(struct reader *reader, enum sp_json_type type,
                           bool *ended)
{
    struct sp_json_token *token = add(reader, type);

    if (++reader->depth > reader->limits->depth)
        return fail_limit(reader, reader->limits->depth, "levels of nesting");
    token->as.count = 0;
    token->len = reader->open;
    reader->open = reader->json->count;
    reader->at++;
    skip_blanks(reader);
    *ended = *reader->at == closing(token);
    if (*ended)
        close_container(reader);
    else if (type == SP_JSON_OBJECT)
        return read_name(reader);
    return true;
}

/* One value, or the beginning of one: `ended` says which. */
static bool read_value(struct reader *reader, bool *ended)
{
    skip_blanks(reader);
    if (!make_room(reader))
        return false;
    if (++reader->values > reader->limits->values)
        return fail_limit(reader, reader->limits->values, "values");
    if (reader->open > 0)
        reader->json->tokens[reader->open - 1].as.count++;
    *ended = true;
    switch (*reader->at) {
    case '"':
        return read_string(reader);
    case '{':
        return open_container(reader, SP_JSON_OBJECT, ended);
    case '[':
        return open_container(reader, SP_JSON_ARRAY, ended);
    case 't':
        return read_word(reader, "true", 4, SP_JSON_TRUE);
    case 'f':
        return read_word(reader, "false", 5, SP_JSON_FALSE);
    case 'n':
        return read_word(reader, "null", 4, SP_JSON_NULL);
    default:
        if (*reader->at == '-' || sp_is_digit(*reader->at))
            return read_number(reader);
        return fail(reader, "expected a value");
    }
}

/* Behind a value: closes what ends here, up to where another value is
 * expected or the text is over, which sets `over`. */
static bool read_on(struct reader *reader, bool *over)
{
    *over = false;
    for (;;) {
        const struct sp_json_token *open;

        skip_blanks(reader);
        if (reader->open == 0) {
            *over = true;
            return reader->at == reader->end ||
                   fail(reader, "expected the end");
        }
        open = &reader->json->tokens[reader->open - 1];
        if (*reader->at == closing(open)) {
            close_container(reader);
        } else if (*reader->at == ',') {
            reader->at++;
            return open->type == SP_JSON_ARRAY || read_name(reader);
        } else {
            return fail(reader, open->type == SP_JSON_ARRAY
                                    ? "expected , or ]"
                                    : "expected , or }");
        }
    }
}

static bool read_text(struct reader *reader)
{
    bool ended, over = false;

    if (strncmp(reader->at, "\xEF\xBB\xBF", 3) == 0)
        reader->at += 3;
    while (!over)
        if (!read_value(reader, &ended) || (ended && !read_on(reader, &over)))
            return false;
    return true;
}

/* ---- the face --------------------------------------------------------- */

/* All but `few`, whose bytes need no reset. */
static void forget(struct sp_json *json)
{
    json->text = NULL;
    json->tokens = NULL;
    json->count = 0;
    json->scratch = NULL;
}

static bool make_scratch(struct reader *reader)
{
    if (reader->longest == 0)
        return true;
    reader->json->scratch = malloc(reader->longest);
    return reader->json->scratch != NULL || fail_memory(reader);
}

enum sp_status sp_json_read(struct sp_json *json, const char *text, size_t len,
                            const struct sp_json_limits *limits,
                            struct sp_error *error)
{
    struct reader reader = { .json = json,
                             .at = text,
                             .end = text + len,
                             .limits = limits,
                             .error = error };

    forget(json);
    json->text = text;
    json->tokens = json->few;
    reader.capacity = SP_JSON_FEW;
    error->status = SP_OK;
    if (len >= UINT32_MAX)
        fail_limit(&reader, UINT32_MAX, "bytes");
    else if (read_text(&reader) && make_scratch(&reader))
        return SP_OK;
    sp_json_clear(json);
    return error->status;
}

void sp_json_clear(struct sp_json *json)
{
    if (json->tokens != json->few)
        free(json->tokens);
    free(json->scratch);
    forget(json);
}

uint32_t sp_json_next(const struct sp_json *json, uint32_t index)
{
    const struct sp_json_token *token = &json->tokens[index++];
    uint32_t end = token->at + token->len;

    if (token->type == SP_JSON_ARRAY || token->type == SP_JSON_OBJECT)
        while (index < json->count && json->tokens[index].at < end)
            index++;
    return index;
}
