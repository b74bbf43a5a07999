/* sp_fold: where in a text the letters of its form stand, and its memory. What
 * becomes of each letter is in spec/privacy/fold_spec.lua. */
#include "sp_fold.h"

#include "alloc.h"
#include "check.h"

static struct sp_folded folded;

static void check_form(const char *text, const char *wanted)
{
    CHECK_INT(sp_fold(&folded, text, strlen(text)), SP_OK);
    CHECK_INT(folded.len, strlen(wanted));
    CHECK(memcmp(folded.form, wanted, folded.len) == 0);
}

static void check_place(size_t at, size_t from, size_t to)
{
    CHECK_INT(folded.places[at].from, from);
    CHECK_INT(folded.places[at].to, to);
}

static void test_places(void)
{
    check_case("knows where in the text each byte of the form stands");
    check_form("x %C3%A9 \\uD83D\\uDE00!", "x e \xF0\x9F\x98\x80!");
    check_place(0, 0, 1);
    check_place(2, 2, 8);
    for (size_t i = 4; i < 8; i++)
        check_place(i, 9, 21);
    check_place(8, 21, 22);

    check_case("of a letter that stands for two");
    check_form("a\xC3\x9F\xDFz", "assssz");
    check_place(1, 1, 3);
    check_place(2, 1, 3);
    check_place(4, 3, 4);
    check_place(5, 4, 5);

    check_case("of a mark and of more separators: with the letter before");
    check_form(" - a\xCC\x81 _\xC2\xA0 b", "a b");
    check_place(0, 3, 6);
    check_place(1, 6, 11);
    check_place(2, 11, 12);

    check_case("of a character whose bytes come in several ways");
    check_form("%C3\xA9&#x41;\xC3&#233;", "eaae");
    check_place(0, 0, 4);
    check_place(1, 4, 10);
    check_place(2, 10, 11);
    check_place(3, 11, 17);
}

static void test_ends(void)
{
    static const char *const TEXTS[] = { "a%C3%A9",        "a\\u00e9",
                                         "a&#233;",        "a&amp;",
                                         "a\\\\\\n",       "a\xF0\x9F\x98\x80",
                                         "a\\ud83d\\ude00" };

    check_case("reads nothing on behind the end of a text");
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        size_t len = strlen(TEXTS[i]);

        for (size_t cut = 0; cut <= len; cut++) {
            char *text = malloc(cut + 1); /* its end is watched */

            text = realloc(text, cut > 0 ? cut : 1);
            memcpy(text, TEXTS[i], cut);
            CHECK_INT(sp_fold(&folded, text, cut), SP_OK);
            CHECK(folded.len <= 2 * cut);
            if (folded.len > 0)
                CHECK(folded.places[folded.len - 1].to == cut);
            free(text);
        }
    }
}

static void test_memory(void)
{
    char longest[UINT16_MAX + 1];

    check_case("takes texts of less than 64 KiB");
    memset(longest, 0xDF, sizeof longest);
    CHECK_INT(sp_fold(&folded, longest, sizeof longest), SP_ERR_TOO_LARGE);
    CHECK_INT(folded.len, 0);
    CHECK_INT(sp_fold(&folded, longest, sizeof longest - 1), SP_OK);
    CHECK_INT(folded.len, 2 * UINT16_MAX);

    check_case("keeps its memory for the next, and has no form without any");
    alloc_fail(1);
    CHECK_INT(sp_fold(&folded, "Jane", 4), SP_OK);
    CHECK_INT(alloc.failures, 0);
    sp_fold_wipe(&folded);
    for (int nth = 1; nth <= 2; nth++) {
        alloc_fail(nth);
        CHECK_INT(sp_fold(&folded, "Jane", 4), SP_ERR_NO_MEMORY);
        CHECK_INT(alloc.failures, 1);
        CHECK_INT(folded.len, 0);
    }
    alloc_fail(0);

    check_case("overwrites what it lets go of");
    check_form("Jane", "jane");
    alloc_watch(folded.form, 4, "jane");
    sp_fold_wipe(&folded);
    CHECK(alloc.was_freed && !alloc.had_needle);
    check_form("Jane", "jane");
    alloc_watch(folded.form, 4, "jane");
    memset(longest, 'x', 1000);
    CHECK_INT(sp_fold(&folded, longest, 1000), SP_OK);
    CHECK(alloc.was_freed && !alloc.had_needle);
}

int main(void)
{
    test_places();
    test_ends();
    test_memory();
    sp_fold_wipe(&folded);
    return check_done();
}
