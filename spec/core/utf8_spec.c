/* sp_utf8 against the definition: every code, and every byte spoilt. */
#include "sp_utf8.h"

#include "check.h"

static bool is_valid(const char *bytes, size_t len)
{
    char text[8] = "";

    memcpy(text, bytes, len);
    return sp_utf8_is_valid(text, len);
}

static void check_codes(void)
{
    check_case("takes every character, and not when a byte of it is missing");
    for (uint32_t code = 0; code < 0x110000; code++) {
        char text[8] = "";
        size_t len = sp_utf8_put(text, code);
        bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;

        CHECK(len == (code < 0x80 ? 1u : code < 0x800 ? 2u
                      : code < 0x10000 ? 3u : 4u));
        CHECK(is_valid(text, len) == !is_surrogate);
        CHECK(len == 1 || !is_valid(text, len - 1));
        CHECK(len == 1 || !is_valid(text + 1, len - 1));
        if (len > 1 && !is_surrogate)
            CHECK_INT(sp_utf8_length(text), len);
    }
}

static void check_others(void)
{
    static const char *const WRONG[] = {
        "\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xC3(", "\xC3\xC3",
        "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82(", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF0\x9F\x98(", "\xF5\x80\x80\x80", "\xFE",
        "\xFF", "a\xE9"
    };

    check_case("refuses every other sequence");
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
        CHECK(!is_valid(WRONG[i], strlen(WRONG[i])));
    check_case("takes text, empty text and NULs");
    CHECK(is_valid("", 0));
    CHECK(is_valid("Jos\xC3\xA9\0", 6));
    CHECK(!is_valid("\xC3\0\xA9", 3));
}

int main(void)
{
    check_codes();
    check_others();
    return check_done();
}
