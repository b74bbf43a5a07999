/* Texts of a server, and what was sent: values, in any spelling.
 *
 * Input: lines, the values, up to an empty one; then the text. */
#include <stdbool.h>

#include "fuzz.h"
#include "sp_echo.h"

enum { WORD = 6 }; /* bytes of a form that is found within words, too */

/* Whether the form of the value is one that must be found wherever it is. */
static bool is_word(const struct sp_folded *form, size_t *len)
{
    *len = form->len;
    if (*len > 0 && form->form[*len - 1] == ' ')
        (*len)--;
    return *len >= WORD;
}

static bool has(const struct sp_folded *form, const char *part, size_t len)
{
    for (size_t at = 0; at + len <= form->len; at++)
        if (memcmp(form->form + at, part, len) == 0)
            return true;
    return false;
}

static void check_form(const struct sp_folded *form)
{
    for (size_t i = 0; i < form->len; i++) {
        FUZZ_HOLDS((unsigned char)form->form[i] >= ' ');
        FUZZ_HOLDS(form->form[i] != ' ' || (i > 0 && form->form[i - 1] != ' '));
        FUZZ_HOLDS(form->places[i].from < form->places[i].to);
        FUZZ_HOLDS(i == 0 || form->places[i].from >= form->places[i - 1].from);
    }
}

/* Whether a value stands in the text as it is compared. */
static bool must_be_found(char *const *values, int count, const char *text,
                          size_t len)
{
    struct sp_folded whole = { 0 }, value = { 0 };
    bool must = false;

    FUZZ_HOLDS(sp_fold(&whole, text, len) == SP_OK);
    check_form(&whole);
    for (int i = 0; i < count; i++) {
        size_t value_len = strlen(values[i]), part;

        if (value_len > SP_ECHO_MAX_VALUE)
            value_len = SP_ECHO_MAX_VALUE;
        FUZZ_HOLDS(sp_fold(&value, values[i], value_len) == SP_OK);
        check_form(&value);
        must |= is_word(&value, &part) && has(&whole, value.form, part);
    }
    sp_fold_wipe(&whole);
    sp_fold_wipe(&value);
    return must;
}

static void check_text(struct sp_echo *echo, char *const *values, int count,
                       const char *text, size_t len)
{
    struct sp_buffer out;
    bool found, again;

    sp_buffer_init(&out, SIZE_MAX / 2);
    FUZZ_HOLDS(sp_echo_cut(echo, text, len, &out, &found) == SP_OK);
    FUZZ_HOLDS(found || out.len == 0);
    FUZZ_HOLDS(found || !must_be_found(values, count, text, len));
    /* What was looked at last leaves no trace. */
    sp_buffer_reset(&out);
    FUZZ_HOLDS(sp_echo_cut(echo, text, len, &out, &again) == SP_OK);
    FUZZ_HOLDS(again == found);
    sp_buffer_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct sp_echo echo = { 0 };
    char *values[16], *text;
    int count = 0;

    while (count < 16 && input.left > 0) {
        values[count] = fuzz_text(&input);
        FUZZ_HOLDS(sp_echo_add(&echo, values[count], strlen(values[count])) ==
                   SP_OK);
        if (values[count++][0] == '\0')
            break;
    }
    if (input.left > SP_ECHO_MAX_TEXT)
        input.left = SP_ECHO_MAX_TEXT;
    text = fuzz_copy(input.at, input.left);
    check_text(&echo, values, count, text, input.left);
    free(text);
    while (count > 0)
        free(values[--count]);
    sp_echo_wipe(&echo);
    return 0;
}
