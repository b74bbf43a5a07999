/* sp_echo: its memory and its bounds. In which spellings it finds what was
 * sent is in spec/privacy/echo_spec.lua. */
#include "sp_echo.h"

#include "alloc.h"
#include "check.h"

static struct sp_echo echo;

static void add(const char *value)
{
    CHECK_INT(sp_echo_add(&echo, value, strlen(value)), SP_OK);
}

static void check_cut(const char *text, const char *wanted)
{
    struct sp_buffer out;
    bool found = false;

    sp_buffer_init(&out, 100000);
    CHECK_INT(sp_echo_cut(&echo, text, strlen(text), &out, &found), SP_OK);
    CHECK(found == (strcmp(text, wanted) != 0));
    CHECK_TEXT(found ? out.data : text, wanted);
    sp_buffer_clear(&out);
}

static void test_values(void)
{
    check_case("knows nothing at first, and nothing of what is too short");
    check_cut("Jane", "Jane");
    add("");
    add("a");
    add("-a-");
    CHECK_INT(echo.count, 0);
    check_cut("a -a- b", "a -a- b");

    check_case("cuts the longest, in whatever order they came");
    add("Jane");
    check_cut("Jane Smith", "[redacted] Smith");
    add("Jane Smith");
    add("Smith");
    check_cut("Jane Smith, Smith-Jane", "[redacted], [redacted]-[redacted]");
    check_cut("", "");

    check_case("makes one mask of what touches");
    check_cut("JaneSmith, Jane.", "[redacted], [redacted].");

    check_case("leaves what is part of a word, and takes it by its side");
    check_cut("Janet, Jane", "Janet, [redacted]");
    check_cut("xjanejane", "xjanejane");
    check_cut("janeAnna, janeZoe, jane{",
              "[redacted]Anna, [redacted]Zoe, [redacted]{");
    check_cut("xsmithx", "xsmithx");
    add("Wacker");
    check_cut("xwackerx", "x[redacted]x");

    check_case("takes for the end of a word what has been found beside it");
    add("Smithson");
    check_cut("janesmithson", "[redacted]");

    check_case("looks on behind the first byte of what stands not alone");
    add("b-b");
    check_cut("xb b b", "xb [redacted]");

    check_case("looks for the beginning of a long one");
    sp_echo_wipe(&echo);
    {
        char value[SP_ECHO_MAX_VALUE + 100];

        memset(value, 'v', sizeof value);
        CHECK_INT(sp_echo_add(&echo, value, sizeof value), SP_OK);
        value[SP_ECHO_MAX_VALUE] = '\0';
        check_cut(value, "[redacted]");
        value[SP_ECHO_MAX_VALUE - 1] = '\0';
        check_cut(value, value);
    }
}

static void test_numbers(void)
{
    char number[70];

    sp_echo_wipe(&echo);
    check_case("finds a number of six digits in any grouping");
    add("12 345/6");
    add("98765");
    check_cut("(123) 456; 1-2-3-4-5-6; 98765; 987.65",
              "([redacted]; [redacted]; [redacted]; 987.65");
    check_cut("654321 or 0123456 or 12345",
              "[redacted] or [redacted] or 12345");
    check_cut("654322 and 6", "654322 and 6");

    check_case("but not in a group of more than 64");
    memset(number, '1', sizeof number);
    memcpy(number, "123456", 6);
    number[65] = '\0';
    check_cut(number, number);
    number[64] = '\0';
    check_cut(number, "[redacted]");

    check_case("takes no letters for a number");
    sp_echo_wipe(&echo);
    add("x123456");
    check_cut("123-456", "123-456");
    check_cut("x123456", "[redacted]");
}

static void test_bounds(void)
{
    static char text[SP_ECHO_MAX_TEXT + 1];
    struct sp_buffer out;
    bool found;

    check_case("takes no more values than it has room for");
    sp_echo_wipe(&echo);
    for (int i = 0; i < SP_ECHO_MAX + 5; i++) {
        char value[32];

        snprintf(value, sizeof value, "value%dx", i);
        add(value);
    }
    CHECK_INT(echo.count, SP_ECHO_MAX);
    check_cut("value0x value999x value1000x",
              "[redacted] [redacted] value1000x");

    check_case("and no longer text, and keeps no memory for a long one");
    sp_buffer_init(&out, 100000);
    memset(text, 'x', sizeof text);
    memcpy(text + 4088, "value77x", 8);
    CHECK_INT(sp_echo_cut(&echo, text, sizeof text, &out, &found),
              SP_ERR_TOO_LARGE);
    CHECK_INT(sp_echo_cut(&echo, text, SP_ECHO_MAX_TEXT, &out, &found), SP_OK);
    CHECK(found);
    CHECK_INT(out.len, 4088 + strlen("[redacted]"));
    CHECK_INT(echo.folded.room, 0);
    sp_buffer_clear(&out);
}

static void test_memory(void)
{
    char text[500];
    struct sp_buffer out;
    bool found;

    check_case("without memory says so, and leaks nothing");
    for (int nth = 1; nth <= 4; nth++) {
        sp_echo_wipe(&echo);
        alloc_fail(nth);
        CHECK_INT(sp_echo_add(&echo, "Jane", 4), SP_ERR_NO_MEMORY);
        CHECK_INT(alloc.failures, 1);
        CHECK_INT(echo.count, 0);
    }
    alloc_fail(0);
    add("Jane");
    sp_buffer_init(&out, 1000);
    memset(text, 'x', sizeof text);
    memcpy(text, "Jane ", 5);
    for (int nth = 1; nth <= 3; nth++) { /* the form, its places, the result */
        alloc_fail(nth);
        CHECK_INT(sp_echo_cut(&echo, text, sizeof text, &out, &found),
                  SP_ERR_NO_MEMORY);
        sp_buffer_clear(&out);
        sp_fold_wipe(&echo.folded);
    }
    alloc_fail(0);
    check_cut("Jane is unknown", "[redacted] is unknown");

    check_case("is overwritten when it is let go of");
    alloc_watch(echo.forms.data, echo.forms.capacity, "jane");
    sp_echo_wipe(&echo);
    CHECK(alloc.was_freed && !alloc.had_needle);
}

int main(void)
{
    test_values();
    test_numbers();
    test_bounds();
    test_memory();
    sp_echo_wipe(&echo);
    return check_done();
}
