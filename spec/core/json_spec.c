/* What sp_json reads, and what it refuses. The cases follow the grammar of
 * RFC 8259, rule by rule. */
#include "sp_json.h"

#include "alloc.h"
#include "check.h"

static const struct sp_json_limits LIMITS = { 8, 40, 60 };

/* A copy of exactly the text and its NUL, so that a read past it is seen. */
static char *copy_of(const char *text, size_t len)
{
    char *copy = malloc(len + 1);

    if (copy == NULL)
        abort();
    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

/* ---- tokens as a text ------------------------------------------------- */

static char dump[1024];

static void put(const char *text, size_t len)
{
    size_t used = strlen(dump);

    if (used + len + 1 >= sizeof dump)
        abort();
    memcpy(dump + used, text, len);
    dump[used + len] = '\0';
}

static void put_token(const struct sp_json *json,
                      const struct sp_json_token *token)
{
    static const char *const NAMES[] = {
        "null", "false", "true", "i", "n", "s", "array", "object"
    };
    char text[64];
    const char *string;
    size_t len;

    snprintf(text, sizeof text, dump[0] != '\0' ? " %s" : "%s",
             NAMES[token->type]);
    put(text, strlen(text));
    text[0] = '\0';
    if (token->type == SP_JSON_INTEGER)
        snprintf(text, sizeof text, ":%jd", (intmax_t)token->as.integer);
    else if (token->type == SP_JSON_NUMBER)
        snprintf(text, sizeof text, ":%.17g", token->as.number);
    else if (token->type >= SP_JSON_ARRAY)
        snprintf(text, sizeof text, ":%u", (unsigned)token->as.count);
    put(text, strlen(text));
    if (token->type == SP_JSON_STRING) {
        string = sp_json_string(json, token, &len);
        put(":", 1);
        put(string, len);
    }
}

/* The tokens of `len` bytes, or the error. */
static const char *read_bytes(const char *text, size_t len)
{
    char *copy = copy_of(text, len);
    struct sp_json json;
    struct sp_error error;
    enum sp_status status = sp_json_read(&json, copy, len, &LIMITS, &error);

    dump[0] = '\0';
    CHECK_INT(error.status, status);
    if (status == SP_OK)
        for (uint32_t i = 0; i < json.count; i++)
            put_token(&json, &json.tokens[i]);
    else
        put(error.message, strlen(error.message));
    if (status != SP_OK)
        CHECK(json.tokens == NULL && json.scratch == NULL);
    sp_json_clear(&json);
    free(copy);
    return dump;
}

struct row {
    const char *text;
    size_t len;
    const char *want;
};

#define ROW(text, want) { text, sizeof(text) - 1, want }

static void check_rows(const char *name, const struct row *rows, size_t count)
{
    check_case(name);
    for (size_t i = 0; i < count; i++)
        CHECK_TEXT(read_bytes(rows[i].text, rows[i].len), rows[i].want);
}

#define CHECK_ROWS(name, rows)                                                \
    check_rows(name, rows, sizeof(rows) / sizeof *(rows))

/* ---- what is accepted ------------------------------------------------- */

static const struct row VALUES[] = {
    ROW("null", "null"), ROW("true", "true"), ROW("false", "false"),
    ROW("[]", "array:0"), ROW("{}", "object:0"), ROW("\"\"", "s:"),
    ROW("[ ]", "array:0"), ROW("{\n}", "object:0"),
    ROW(" \t\r\n5 \t\r\n", "i:5"),
    ROW("[1,2]", "array:2 i:1 i:2"),
    ROW("[1 , 2 ]", "array:2 i:1 i:2"),
    ROW("[[],[[]],{}]", "array:3 array:0 array:1 array:0 object:0"),
    ROW("{\"a\":1,\"b\":[true]}", "object:2 s:a i:1 s:b array:1 true"),
    ROW("{ \"a\" : { \"b\" : null } }", "object:1 s:a object:1 s:b null"),
    ROW("{\"\":0,\"\":1}", "object:2 s: i:0 s: i:1"),
    ROW("\xEF\xBB\xBF[1]", "array:1 i:1"),
    ROW("[[[[[[[[]]]]]]]]", "array:1 array:1 array:1 array:1 array:1 array:1"
                            " array:1 array:0"),
};

static const struct row NUMBERS[] = {
    ROW("0", "i:0"), ROW("-0", "i:0"), ROW("-1", "i:-1"),
    ROW("9223372036854775807", "i:9223372036854775807"),
    ROW("-9223372036854775808", "i:-9223372036854775808"),
    ROW("9223372036854775808", "n:9.2233720368547758e+18"),
    ROW("-9223372036854775809", "n:-9.2233720368547758e+18"),
    ROW("18446744073709551616", "n:1.8446744073709552e+19"),
    ROW("100000000000000000000", "n:1e+20"),
    ROW("1.0", "n:1"), ROW("1e2", "n:100"), ROW("1E2", "n:100"),
    ROW("1e+2", "n:100"), ROW("1e-2", "n:0.01"), ROW("0e0", "n:0"),
    ROW("-0.0", "n:-0"), ROW("0.5e00", "n:0.5"), ROW("1e-999", "n:0"),
    ROW("[123456789012345678,0.1]", "array:2 i:123456789012345678"
                                    " n:0.10000000000000001"),
};

static const struct row STRINGS[] = {
    ROW("\"a\"", "s:a"), ROW("\" \x7f\"", "s: \x7f"),
    ROW("\" !#$%&'()*+,-./0123456789:;<=>?@[]^_`{|}~\"",
        "s: !#$%&'()*+,-./0123456789:;<=>?@[]^_`{|}~"),
    ROW("\"01234567\\n01234567\xC3\xA9""012345678901234\"",
        "s:01234567\n01234567\xC3\xA9""012345678901234"),
    ROW("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "s:\"\\/\b\f\n\r\t"),
    ROW("\"\\u0041\\u00e9\\u20AC\"", "s:A\xC3\xA9\xE2\x82\xAC"),
    ROW("\"\\ud83d\\ude00\"", "s:\xF0\x9F\x98\x80"),
    ROW("\"\\uDBFF\\uDFFF\"", "s:\xF4\x8F\xBF\xBF"),
    ROW("\"\\ud83d\"", "s:\xEF\xBF\xBD"),
    ROW("\"\\ude00\"", "s:\xEF\xBF\xBD"),
    ROW("\"\\ud83dx\"", "s:\xEF\xBF\xBDx"),
    ROW("\"\\ud83d\\n\"", "s:\xEF\xBF\xBD\n"),
    ROW("\"\\ud83d\\u0041\"", "s:\xEF\xBF\xBD" "A"),
    ROW("\"\\ud83d\\ud83d\\ude00\"", "s:\xEF\xBF\xBD\xF0\x9F\x98\x80"),
    ROW("\"\\ude00\\ud83d\"", "s:\xEF\xBF\xBD\xEF\xBF\xBD"),
    ROW("\"\\udc00\\ude00\"", "s:\xEF\xBF\xBD\xEF\xBF\xBD"),
    ROW("\"\\ud800\\udc00\"", "s:\xF0\x90\x80\x80"),
    ROW("\"\\ud800\\udbff\"", "s:\xEF\xBF\xBD\xEF\xBF\xBD"),
    ROW("\"\\ud83d\\ue000\"", "s:\xEF\xBF\xBD\xEE\x80\x80"),
    ROW("\"\\ud7ff\\udc00\"", "s:\xED\x9F\xBF\xEF\xBF\xBD"),
    ROW("\"\\ud83dxude00\"", "s:\xEF\xBF\xBDxude00"),
    ROW("\"\\ud83dxxde00\"", "s:\xEF\xBF\xBDxxde00"),
    ROW("\"\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\"",
        "s:\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"),
    ROW("\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"",
        "s:\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"),
    ROW("{\"\\u0061\":\"\\u0062\"}", "object:1 s:a s:b"),
};

/* ---- what is refused -------------------------------------------------- */

#define VALUE "expected a value at byte "
#define EARLY "the text ends too early, after "

static const struct row WRONG_GRAMMAR[] = {
    ROW("", EARLY "0 bytes"), ROW(" ", EARLY "1 bytes"),
    ROW("\xEF\xBB\xBF", EARLY "3 bytes"), ROW("[", EARLY "1 bytes"),
    ROW("{", EARLY "1 bytes"), ROW("[1", EARLY "2 bytes"),
    ROW("[1,", EARLY "3 bytes"), ROW("{\"a\"", EARLY "4 bytes"),
    ROW("{\"a\":", EARLY "5 bytes"), ROW("{\"a\":1", EARLY "6 bytes"),
    ROW("{\"a\":1,", EARLY "7 bytes"), ROW("\"a", EARLY "2 bytes"),
    ROW("-", EARLY "1 bytes"), ROW("1.", EARLY "2 bytes"),
    ROW("1e", EARLY "2 bytes"), ROW("1e+", EARLY "3 bytes"),
    ROW("\xEF\xBB[]", VALUE "1"),
    ROW("[]\xEF\xBB\xBF", "expected the end at byte 3"),
    ROW("\xEF\xBB\xBF\xEF\xBB\xBF[]", VALUE "4"),
    ROW("]", VALUE "1"), ROW("[,]", VALUE "2"), ROW("[1,]", VALUE "4"),
    ROW("[1,,2]", VALUE "4"), ROW("tru", VALUE "1"), ROW("True", VALUE "1"),
    ROW("nulL", VALUE "1"), ROW("NaN", VALUE "1"), ROW("Infinity", VALUE "1"),
    ROW("'a'", VALUE "1"), ROW("/**/1", VALUE "1"), ROW("\0", VALUE "1"),
    ROW("\f1", VALUE "1"), ROW("\xC2\xA0" "1", VALUE "1"),
    ROW("[1 2]", "expected , or ] at byte 4"),
    ROW("[1}", "expected , or ] at byte 3"),
    ROW("[1\0]", "expected , or ] at byte 3"),
    ROW("{\"a\":1]", "expected , or } at byte 7"),
    ROW("{\"a\":1 \"b\":2}", "expected , or } at byte 8"),
    ROW("{,}", "expected a name in quotes at byte 2"),
    ROW("{\"a\":1,}", "expected a name in quotes at byte 8"),
    ROW("{a:1}", "expected a name in quotes at byte 2"),
    ROW("{1:1}", "expected a name in quotes at byte 2"),
    ROW("{null:1}", "expected a name in quotes at byte 2"),
    ROW("{\"a\" 1}", "expected : at byte 6"),
    ROW("{\"a\",1}", "expected : at byte 5"),
    ROW("{\"a\"=1}", "expected : at byte 5"), ROW("{\"a\":}", VALUE "6"),
    ROW("[]]", "expected the end at byte 3"),
    ROW("{} {}", "expected the end at byte 4"),
    ROW("1 2", "expected the end at byte 3"),
    ROW("{}\0junk", "expected the end at byte 3"),
    ROW("truex", "expected the end at byte 5"),
};

static const struct row WRONG_NUMBERS[] = {
    ROW("+1", VALUE "1"), ROW(".5", VALUE "1"),
    ROW("-x", "expected a digit at byte 2"),
    ROW("--1", "expected a digit at byte 2"),
    ROW("-.5", "expected a digit at byte 2"),
    ROW("01", "expected the end at byte 2"),
    ROW("-01", "expected the end at byte 3"),
    ROW("00", "expected the end at byte 2"),
    ROW("0x1", "expected the end at byte 2"),
    ROW("1.e1", "expected a digit at byte 3"),
    ROW("1.-5", "expected a digit at byte 3"),
    ROW("1ex", "expected a digit at byte 3"),
    ROW("1e+-1", "expected a digit at byte 4"),
    ROW("1e1.5", "expected the end at byte 4"),
    ROW("1_000", "expected the end at byte 2"),
    ROW("1,5", "expected the end at byte 2"),
    ROW("-Infinity", "expected a digit at byte 2"),
    ROW("[1e999]", "a number out of range at byte 2"),
    ROW("-1e400", "a number out of range at byte 1"),
};

static const struct row WRONG_STRINGS[] = {
    ROW("\"\n\"", "a control character in a string at byte 2"),
    ROW("\"\0\"", "a control character in a string at byte 2"),
    ROW("\"a\x1f\"", "a control character in a string at byte 3"),
    ROW("\"0123456\x1f""01234567\"",
        "a control character in a string at byte 9"),
    ROW("\"01234567890123\xFF""4\"", "no UTF-8 at byte 16"),
    ROW("\"\\x\"", "a wrong escape at byte 2"),
    ROW("\"\\'\"", "a wrong escape at byte 2"),
    ROW("\"\\\0\"", "a wrong escape at byte 2"),
    ROW("\"\\u12\"", "a wrong escape at byte 2"),
    ROW("\"\\u123g\"", "a wrong escape at byte 2"),
    ROW("\"\\U0041\"", "a wrong escape at byte 2"),
    ROW("\"\\", "a wrong escape at byte 2"),
    ROW("\"\\u004", "a wrong escape at byte 2"),
    ROW("\"\\\"", EARLY "3 bytes"),
    ROW("\"\x80\"", "no UTF-8 at byte 2"),
    ROW("\"\xFF\"", "no UTF-8 at byte 2"),
    ROW("\"a\xE9\"", "no UTF-8 at byte 3"),
    ROW("\"\xC0\xAF\"", "no UTF-8 at byte 2"),
    ROW("\"\xC1\xBF\"", "no UTF-8 at byte 2"),
    ROW("\"\xE0\x9F\xBF\"", "no UTF-8 at byte 2"),
    ROW("\"\xED\xA0\x80\"", "no UTF-8 at byte 2"),
    ROW("\"\xF0\x8F\xBF\xBF\"", "no UTF-8 at byte 2"),
    ROW("\"\xF4\x90\x80\x80\"", "no UTF-8 at byte 2"),
    ROW("\"\xF5\x80\x80\x80\"", "no UTF-8 at byte 2"),
    ROW("\"\xE2\x82\"", "no UTF-8 at byte 2"),
    ROW("\"\xE2\x82", "no UTF-8 at byte 2"),
    ROW("\"\xF0\x9F\x98", "no UTF-8 at byte 2"),
    ROW("\"\xC2", "no UTF-8 at byte 2"),
    ROW("{\"\xFF\":1}", "no UTF-8 at byte 3"),
};

/* UTF-16 and UTF-32 are not UTF-8. */
static const struct row OTHER_ENCODINGS[] = {
    ROW("\xFF\xFE[\0]\0", VALUE "1"), ROW("\xFE\xFF\0[\0]", VALUE "1"),
    ROW("[\0]\0", VALUE "2"), ROW("\0[\0]", VALUE "1"),
};

/* ---- limits and memory ------------------------------------------------ */

static const struct row BEYOND_LIMITS[] = {
    ROW("[[[[[[[[[]]]]]]]]]", "more than 8 levels of nesting"),
    ROW("{\"a\":[[[[[[[{\"b\":1}]]]]]]]}", "more than 8 levels of nesting"),
    ROW("[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,"
        "1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0]", "more than 40 values"),
    ROW("{\"0123456789012345678901234567890123456789\":1,"
        "\"012345678901234567890\":2}", "more than 60 bytes of names"),
};

static const struct row WITHIN_LIMITS[] = {
    ROW("[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,"
        "1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9]",
        "array:39 i:1 i:2 i:3 i:4 i:5 i:6 i:7 i:8 i:9 i:0"
        " i:1 i:2 i:3 i:4 i:5 i:6 i:7 i:8 i:9 i:0"
        " i:1 i:2 i:3 i:4 i:5 i:6 i:7 i:8 i:9 i:0"
        " i:1 i:2 i:3 i:4 i:5 i:6 i:7 i:8 i:9"),
    ROW("{\"012345678901234567890123456789012345678901234567890123456789\":1}",
        "object:1 s:01234567890123456789012345678901234567890123456789"
        "0123456789 i:1"),
};

/* More tokens than a struct sp_json has room for, twice, and an escape. */
static char *large_text(size_t *len)
{
    enum { ITEMS = 1000 };
    char *text = malloc(ITEMS * 2 + 8);

    if (text == NULL)
        abort();
    *len = 0;
    text[(*len)++] = '[';
    for (int i = 0; i < ITEMS; i++) {
        text[(*len)++] = '1';
        text[(*len)++] = ',';
    }
    strcpy(text + *len, "\"\\n\"]");
    *len += 5;
    return text;
}

static void check_memory(void)
{
    static const struct sp_json_limits WIDE = { 8, 2000, 0 };
    size_t len;
    char *text = large_text(&len);
    struct sp_json json;
    struct sp_error error;
    int nth = 0, failures;

    check_case("says so when there is no memory, and leaks nothing");
    do {
        enum sp_status status;

        alloc_fail(++nth);
        status = sp_json_read(&json, text, len, &WIDE, &error);
        failures = alloc.failures;
        alloc_fail(0);
        CHECK_INT(status, failures > 0 ? SP_ERR_NO_MEMORY : SP_OK);
        if (failures > 0)
            CHECK_TEXT(error.message, "out of memory");
        else
            CHECK_INT(json.count, 1002);
        sp_json_clear(&json);
    } while (failures > 0 && nth < 100);
    CHECK(nth > 3);
    free(text);
}

/* ---- the rest --------------------------------------------------------- */

static void check_next(void)
{
    static const char TEXT[] = "{\"a\":[1,[2],{}],\"b\":\"\",\"c\":[]}";
    struct sp_json json;
    struct sp_error error;

    check_case("finds what stands behind a value");
    CHECK_INT(sp_json_read(&json, TEXT, sizeof TEXT - 1, &LIMITS, &error),
              SP_OK);
    CHECK_INT(json.count, 11);
    CHECK_INT(sp_json_next(&json, 0), 11);
    CHECK_INT(sp_json_next(&json, 1), 2);
    CHECK_INT(sp_json_next(&json, 2), 7);
    CHECK_INT(sp_json_next(&json, 4), 6);
    CHECK_INT(sp_json_next(&json, 8), 9);
    CHECK_INT(sp_json_next(&json, 10), 11);
    CHECK_INT(json.tokens[2].at, 5);
    CHECK_INT(json.tokens[2].len, 10);
    sp_json_clear(&json);
    sp_json_clear(&json);
}

int main(void)
{
    CHECK_ROWS("reads every kind of value", VALUES);
    CHECK_ROWS("reads numbers, as integers where they are", NUMBERS);
    CHECK_ROWS("reads strings and their escapes", STRINGS);
    CHECK_ROWS("refuses what the grammar does not have", WRONG_GRAMMAR);
    CHECK_ROWS("refuses what is nearly a number", WRONG_NUMBERS);
    CHECK_ROWS("refuses what is nearly a string", WRONG_STRINGS);
    CHECK_ROWS("refuses other encodings", OTHER_ENCODINGS);
    CHECK_ROWS("refuses what is beyond its limits", BEYOND_LIMITS);
    CHECK_ROWS("takes what is just within them", WITHIN_LIMITS);
    check_memory();
    check_next();
    return check_done();
}
