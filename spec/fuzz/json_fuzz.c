/* JSON texts of any bytes.
 *
 * What is accepted is written again from its tokens alone, and that text
 * must be accepted and mean the same. What is refused must say so in words
 * of its own. Input: the text. */
#include "fuzz.h"
#include "sp_buffer.h"
#include "sp_json.h"
#include "sp_utf8.h"

static const struct sp_json_limits LIMITS = { 20, 1000, 2000 };

static void put(struct sp_buffer *out, const char *bytes, size_t len)
{
    if (sp_buffer_append(out, bytes, len) != SP_OK)
        abort();
}

static void write_string(struct sp_buffer *out, const char *text, size_t len)
{
    put(out, "\"", 1);
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)text[i];
        char escape[8];

        if (byte >= ' ' && byte != '"' && byte != '\\') {
            put(out, &text[i], 1);
        } else {
            snprintf(escape, sizeof escape, "\\u%04x", byte);
            put(out, escape, 6);
        }
    }
    put(out, "\"", 1);
}

/* What a string means is UTF-8 and no longer than what was written. */
static void check_string(const struct sp_json *json,
                         const struct sp_json_token *token,
                         struct sp_buffer *out)
{
    size_t len;
    const char *text = sp_json_string(json, token, &len);

    FUZZ_HOLDS(len <= token->len);
    FUZZ_HOLDS(sp_utf8_is_valid(text, len));
    FUZZ_HOLDS(token->escaped || len == token->len);
    write_string(out, text, len);
}

static void write_number(struct sp_buffer *out,
                         const struct sp_json_token *token)
{
    char text[40];
    int len =
        token->type == SP_JSON_INTEGER
            ? snprintf(text, sizeof text, "%jd", (intmax_t)token->as.integer)
            : snprintf(text, sizeof text, "%.17e", token->as.number);

    put(out, text, (size_t)len);
}

static uint32_t write_value(const struct sp_json *json, uint32_t at,
                            struct sp_buffer *out);

/* Each item, or each name and value; returns what stands behind them. */
static uint32_t write_container(const struct sp_json *json, uint32_t at,
                                struct sp_buffer *out)
{
    const struct sp_json_token *token = &json->tokens[at];
    bool is_object = token->type == SP_JSON_OBJECT;
    uint32_t next = at + 1;

    put(out, is_object ? "{" : "[", 1);
    for (uint32_t i = 0; i < token->as.count; i++) {
        if (i > 0)
            put(out, ",", 1);
        if (is_object) {
            FUZZ_HOLDS(json->tokens[next].type == SP_JSON_STRING);
            next = write_value(json, next, out);
            put(out, ":", 1);
        }
        next = write_value(json, next, out);
    }
    put(out, is_object ? "}" : "]", 1);
    return next;
}

static uint32_t write_value(const struct sp_json *json, uint32_t at,
                            struct sp_buffer *out)
{
    const struct sp_json_token *token = &json->tokens[at];
    uint32_t next = at + 1;

    FUZZ_HOLDS(at < json->count);
    switch (token->type) {
    case SP_JSON_NULL:
        put(out, "null", 4);
        break;
    case SP_JSON_FALSE:
        put(out, "false", 5);
        break;
    case SP_JSON_TRUE:
        put(out, "true", 4);
        break;
    case SP_JSON_INTEGER:
    case SP_JSON_NUMBER:
        write_number(out, token);
        break;
    case SP_JSON_STRING:
        check_string(json, token, out);
        break;
    case SP_JSON_ARRAY:
    case SP_JSON_OBJECT:
        next = write_container(json, at, out);
        break;
    }
    FUZZ_HOLDS(sp_json_next(json, at) == next);
    return next;
}

static void check_refusal(enum sp_status status, const struct sp_json *json,
                          const struct sp_error *error)
{
    FUZZ_HOLDS(status == SP_ERR_INVALID || status == SP_ERR_TOO_LARGE);
    FUZZ_HOLDS(error->status == status && error->message[0] != '\0');
    for (const char *at = error->message; *at != '\0'; at++)
        FUZZ_HOLDS(*at >= ' ' && *at < 127);
    FUZZ_HOLDS(json->tokens == NULL && json->scratch == NULL);
}

/* Appends what the text means to `out`; false when it is refused. */
static bool rewrite(const char *bytes, size_t len, struct sp_buffer *out)
{
    char *text = malloc(len + 1);
    struct sp_json json;
    struct sp_error error;
    enum sp_status status;

    if (!text)
        abort();
    if (len > 0)
        memcpy(text, bytes, len);
    text[len] = '\0';
    status = sp_json_read(&json, text, len, &LIMITS, &error);
    if (status == SP_OK)
        FUZZ_HOLDS(write_value(&json, 0, out) == json.count);
    else
        check_refusal(status, &json, &error);
    sp_json_clear(&json);
    free(text);
    return status == SP_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sp_buffer once, twice;

    sp_buffer_init(&once, SIZE_MAX / 2);
    sp_buffer_init(&twice, SIZE_MAX / 2);
    if (rewrite((const char *)data, size, &once)) {
        /* Names may be longer now: control characters take six bytes. */
        if (once.len <= LIMITS.name_bytes)
            FUZZ_HOLDS(rewrite(once.data, once.len, &twice));
        if (twice.len > 0)
            FUZZ_HOLDS(once.len == twice.len &&
                       memcmp(once.data, twice.data, once.len) == 0);
    }
    sp_buffer_clear(&once);
    sp_buffer_clear(&twice);
    return 0;
}
