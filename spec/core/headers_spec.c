/* What sp_headers keeps of a header block, and what it survives. */
#include "sp_headers.h"

#include "alloc.h"
#include "check.h"

/* A copy of exactly the line, so that a read past its end is seen. */
static enum sp_status feed_bytes(struct sp_headers *headers,
                                 const char *line, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    enum sp_status status;

    if (copy == NULL)
        abort();
    memcpy(copy, line, len);
    status = sp_headers_line(headers, copy, len);
    free(copy);
    return status;
}

static enum sp_status feed(struct sp_headers *headers, const char *line)
{
    return feed_bytes(headers, line, strlen(line));
}

/* Each row is a block of lines and what one name is then found to have. */
static const struct {
    const char *name;
    const char *lines[7];
    const char *get, *want;
} ROWS[] = {
    {"finds a field by its lower-case name",
     {"HTTP/1.1 200 OK\r\n", "Content-Type: text/html\r\n", "\r\n"},
     "content-type", "text/html"},
    {"knows no field that did not come",
     {"HTTP/1.1 200 OK\r\n", "Content-Type: text/html\r\n", "\r\n"},
     "content", NULL},
    {"knows no field before a line has come", {NULL}, "a", NULL},
    {"cuts blanks around the value",
     {"A: \t b c \t \r\n"}, "a", "b c"},
    {"cuts blanks between name and colon", {"A \t: b\r\n"}, "a", "b"},
    {"takes a value without a blank before it", {"A:b\r\n"}, "a", "b"},
    {"keeps an empty value", {"A: \r\n", "B: c\r\n"}, "a", ""},
    {"keeps the case of the value", {"a: MiXed\r\n"}, "a", "MiXed"},
    {"keeps colons in the value", {"A: b:c: d\r\n"}, "a", "b:c: d"},
    {"folds no trailer onto a field",
     {"HTTP/1.1 200 OK\r\n", "A: b\r\n", "\r\n", " c\r\n"}, "a", "b"},
    {"takes lines that end in LF alone", {"A: b\n"}, "a", "b"},
    {"takes lines without an end", {"A: b"}, "a", "b"},
    {"gives the first of several values",
     {"A: one\r\n", "a: two\r\n"}, "a", "one"},
    {"does not lower letters outside ASCII", {"\xc4: b\r\n"}, "\xc4", "b"},
    {"takes a status line of HTTP/2",
     {"HTTP/2 200\r\n", "a: b\r\n", "\r\n"}, "a", "b"},
    {"does not take a status line for a field",
     {"HTTP/1.1 200 fine: so far\r\n"}, "http/1.1 200 fine", NULL},
    {"ignores a line without a colon",
     {"nonsense\r\n", "A: b\r\n"}, "a", "b"},
    {"ignores a line without a name", {": b\r\n"}, "", NULL},
    {"joins a folded line by one blank",
     {"A: b\r\n", " \t c \r\n", "B: d\r\n"}, "a", "b c"},
    {"joins several folded lines",
     {"A: b\r\n", "\tc\r\n", " d\r\n"}, "a", "b c d"},
    {"joins a folded line to an empty value",
     {"A:\r\n", " b\r\n"}, "a", "b"},
    {"passes over a folded line with nothing in it",
     {"A: b\r\n", "  \r\n", " c\r\n"}, "a", "b c"},
    {"keeps the next field apart from a folded one",
     {"A: b\r\n", " c\r\n", "B: d\r\n"}, "b", "d"},
    {"ignores a folded line with no field before it",
     {" A: b\r\n"}, "a", NULL},
    {"ignores the folds of an ignored line",
     {"A: b\r\n", "nonsense\r\n", " c\r\n"}, "a", "b"},
    {"does not fold across a status line",
     {"A: b\r\n", "HTTP/1.1 200 OK\r\n", " c\r\n"}, "a", NULL},
    {"does not fold across the end of a block",
     {"A: b\r\n", "\r\n", " c\r\n"}, "a", "b"},
    {"forgets a block of 1xx when the next one starts",
     {"HTTP/1.1 103 Early Hints\r\n", "A: early\r\n", "\r\n",
      "HTTP/1.1 200 OK\r\n", "B: c\r\n", "\r\n"}, "a", NULL},
    {"keeps the block of the final response",
     {"HTTP/1.1 100 Continue\r\n", "\r\n", "HTTP/1.1 200 OK\r\n",
      "A: final\r\n", "\r\n"}, "a", "final"},
    {"adds trailing fields, which cannot hide the first ones",
     {"HTTP/1.1 200 OK\r\n", "A: b\r\n", "\r\n", "A: late\r\n",
      "T: u\r\n"}, "a", "b"},
    {"finds a trailing field",
     {"HTTP/1.1 200 OK\r\n", "\r\n", "T: u\r\n"}, "t", "u"},
};

static void test_lines(void)
{
    struct sp_headers headers;

    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        check_case(ROWS[i].name);
        sp_headers_init(&headers, 1000);
        for (int at = 0; at < 7 && ROWS[i].lines[at] != NULL; at++)
            CHECK_INT(feed(&headers, ROWS[i].lines[at]), SP_OK);
        CHECK_TEXT(sp_headers_get(&headers, ROWS[i].get), ROWS[i].want);
        sp_headers_clear(&headers);
    }
}

static void test_status_lines(void)
{
    static const struct {
        const char *line;
        int status, version;
    } LINES[] = {
        { "HTTP/1.1 200 OK\r\n", 200, 11 }, { "HTTP/1.0 404\r\n", 404, 10 },
        { "HTTP/2 503 \r\n", 503, 20 },     { "HTTP/1.1 a00 OK\r\n", 0, 11 },
        { "HTTP/1.1 2b0 OK\r\n", 0, 11 },   { "HTTP/1.1 20c OK\r\n", 0, 11 },
        { "HTTP/1.1 2000 OK\r\n", 0, 11 },  { "HTTP/1.1 20\r\n", 0, 11 },
        { "HTTP/1.1 200OK\r\n", 0, 11 },
    };

    check_case("reads a status of three digits, and no other");
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++) {
        struct sp_headers headers;

        sp_headers_init(&headers, 1000);
        CHECK_INT(feed(&headers, LINES[i].line), SP_OK);
        CHECK_INT(headers.status, LINES[i].status);
        CHECK_INT(headers.version, LINES[i].version);
        sp_headers_clear(&headers);
    }
}

static void test_nul_bytes(void)
{
    struct sp_headers headers;
    const struct sp_header *item;

    sp_headers_init(&headers, 1000);
    check_case("keeps NUL bytes in a value and counts them");
    CHECK_INT(feed_bytes(&headers, "A: b\0c\r\n", 8), SP_OK);
    item = &headers.items[0];
    CHECK_INT(item->value_len, 3);
    CHECK(memcmp(headers.block.data + item->value_at, "b\0c", 4) == 0);

    check_case("does not find a name with a NUL by what precedes it");
    CHECK_INT(feed_bytes(&headers, "x\0y: z\r\n", 8), SP_OK);
    CHECK(sp_headers_get(&headers, "x") == NULL);

    check_case("takes lines of nothing but NUL, CR, LF or colons");
    CHECK_INT(feed_bytes(&headers, "\0\0", 2), SP_OK);
    CHECK_INT(feed_bytes(&headers, "\r\r\n\n", 4), SP_OK);
    CHECK_INT(feed_bytes(&headers, "::", 2), SP_OK);
    CHECK_INT(feed_bytes(&headers, "", 0), SP_OK);
    CHECK_INT(headers.count, 2);
    sp_headers_clear(&headers);
}

static void test_ceiling(void)
{
    struct sp_headers headers;
    enum sp_status status = SP_OK;
    int blocks = 0;

    check_case("takes exactly as many bytes as the ceiling says");
    sp_headers_init(&headers, 12);
    CHECK_INT(feed(&headers, "A: b\r\n"), SP_OK);
    CHECK_INT(feed(&headers, "B: c\r\n"), SP_OK);
    CHECK_INT(headers.seen, 12);

    check_case("refuses the line that passes it and keeps the rest");
    CHECK_INT(feed(&headers, "\n"), SP_ERR_TOO_LARGE);
    CHECK_TEXT(sp_headers_get(&headers, "a"), "b");
    CHECK_INT(headers.count, 2);

    check_case("counts from nothing after a reset");
    sp_headers_reset(&headers);
    CHECK_INT(headers.seen, 0);
    CHECK(sp_headers_get(&headers, "a") == NULL);
    CHECK_INT(feed(&headers, "A: longer\r\n"), SP_OK);
    sp_headers_clear(&headers);

    check_case("ends a storm of 1xx blocks");
    sp_headers_init(&headers, 1000);
    while (status == SP_OK && blocks < 1000) {
        status = feed(&headers, "HTTP/1.1 103 Early Hints\r\n");
        blocks++;
    }
    CHECK_INT(status, SP_ERR_TOO_LARGE);
    CHECK_INT(blocks, 1000 / 26 + 1);
    sp_headers_clear(&headers);

    check_case("needs no more room for lines without an end than they have");
    sp_headers_init(&headers, 12);
    for (int i = 0; i < 6; i++)
        CHECK_INT(feed(&headers, "A:"), SP_OK);
    CHECK_INT(headers.count, 6);
    sp_headers_clear(&headers);

    check_case("takes nothing when zeroed, and may be cleared");
    headers = (struct sp_headers){0};
    CHECK_INT(feed(&headers, "A: b\r\n"), SP_ERR_TOO_LARGE);
    sp_headers_reset(&headers);
    sp_headers_clear(&headers);
    CHECK(headers.items == NULL);
}

/* Feeds a hundred lines, each with one allocation more until it is taken. */
static void test_no_memory(void)
{
    struct sp_headers headers;
    char line[600];
    int failures = 0;

    check_case("adds nothing when memory runs out, and goes on after it");
    sp_headers_init(&headers, 100000);
    for (size_t i = 0; i < 100; i++) {
        size_t seen = headers.seen;
        int allowed = 1; /* the copy that feed makes */

        (void)snprintf(line, sizeof line, "Name-%zu: %0*d\r\n", i,
                       (int)i + 1, 7);
        for (;; allowed++, failures++) {
            alloc_fail(allowed + 1);
            if (feed(&headers, line) == SP_OK)
                break;
            CHECK_INT(headers.count, i);
            CHECK_INT(headers.seen, seen);
        }
        alloc_fail(0);
        CHECK_INT(headers.count, i + 1);
    }
    CHECK(failures > 5);
    CHECK_TEXT(sp_headers_get(&headers, "name-2"), "007");
    CHECK_INT(strlen(sp_headers_get(&headers, "name-99")), 100);
    sp_headers_clear(&headers);

    check_case("keeps the value when a fold finds no memory");
    CHECK_INT(feed(&headers, "A: b\r\n"), SP_OK);
    memset(line, 'x', sizeof line);
    line[0] = ' ';
    alloc_fail(2);
    CHECK_INT(feed_bytes(&headers, line, sizeof line), SP_ERR_NO_MEMORY);
    CHECK_TEXT(sp_headers_get(&headers, "a"), "b");
    CHECK_INT(feed(&headers, " c\r\n"), SP_OK);
    CHECK_TEXT(sp_headers_get(&headers, "a"), "b c");
    sp_headers_clear(&headers);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_sound_field(const char *data, struct sp_header item)
{
    const char *name = data + item.name_at;
    const char *value = data + item.value_at;

    if (item.name_len == 0 || name + item.name_len != value ||
        value[item.value_len] != '\0')
        return false;
    for (size_t i = 0; i < item.name_len; i++) {
        if ((name[i] >= 'A' && name[i] <= 'Z') || name[i] == ':')
            return false;
    }
    return item.value_len == 0 ||
           (!is_blank(value[0]) && !is_blank(value[item.value_len - 1]));
}

/* What must be true of any headers whatever was fed. */
static bool is_sound(const struct sp_headers *headers)
{
    size_t end = 0;

    for (size_t i = 0; i < headers->count; i++) {
        struct sp_header item = headers->items[i];

        if (item.value_at + item.value_len > headers->block.len ||
            !is_sound_field(headers->block.data, item))
            return false;
        end = item.value_at + item.value_len;
    }
    return headers->block.len == end && end <= headers->seen &&
           headers->seen <= headers->ceiling;
}

static void test_fuzz(void)
{
    static const char ALPHABET[] = "aZ:: \t\r\n\0\xffHTTP/1";
    struct sp_headers headers;
    uint64_t seed = 20240817;

    check_case("stays sound under random lines and failing allocations");
    sp_headers_init(&headers, 4000);
    for (int i = 0; i < 60000; i++) {
        char line[60];
        size_t len = check_below(&seed, sizeof line);
        size_t from = 0;

        if (check_below(&seed, 40) == 0 && len >= 5) {
            memcpy(line, "HTTP/", 5);
            from = 5;
        }
        for (; from < len; from++)
            line[from] = ALPHABET[check_below(&seed, sizeof ALPHABET - 1)];
        if (check_below(&seed, 8) == 0)
            alloc_fail(2);
        if (feed_bytes(&headers, line, len) == SP_ERR_TOO_LARGE)
            sp_headers_reset(&headers);
        alloc_fail(0);
        if (!CHECK(is_sound(&headers)))
            break;
        if (check_below(&seed, 500) == 0)
            sp_headers_clear(&headers);
    }
    sp_headers_clear(&headers);
}

int main(void)
{
    test_lines();
    test_status_lines();
    test_nul_bytes();
    test_ceiling();
    test_no_memory();
    test_fuzz();
    return check_done();
}
