#include "sp_echo.h"

#include <stdlib.h>
#include <string.h>

#include "sp_ascii.h"

enum {
    MIN_LENGTH = 2,  /* of a form */
    WORD_LENGTH = 6, /* a shorter word is cut only where it stands alone */
    MIN_DIGITS = 6,  /* so many are found in any grouping */
    MAX_DIGITS = 64, /* of a group in a text */
    KEPT_ROOM = 512  /* memory for longer texts is not kept */
};

static const char MASK[] = "[redacted]";

/* What a value is compared by: its form; and its digits, when it is little
 * else. */
struct sp_needle {
    const char *form, *digits; /* into `forms`, once it is sorted */
    size_t at;                 /* of the form there, its digits behind it */
    size_t len, digit_count;   /* no digits: it is no number */
    uint64_t bytes;            /* which of them its form has */
};

/* What may stand between the digits of a number, in a form. */
static bool is_between(char byte)
{
    return byte == ' ' || byte == '/' || byte == '(' || byte == ')';
}

/* A bit for each byte that there is: what lacks one of a needle's does not
 * have the needle. Bytes share bits, so the other way round it says nothing.
 */
static uint64_t bytes_of(const char *form, size_t len)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < len; i++)
        bytes |= UINT64_C(1) << ((unsigned char)form[i] & 63);
    return bytes;
}

/* ---- what was sent ------------------------------------------------------ */

static enum sp_status make_room(struct sp_echo *echo)
{
    int room = echo->room > 0 ? 2 * echo->room : 16;
    struct sp_needle *more;

    if (echo->count < echo->room)
        return SP_OK;
    more = realloc(echo->needles, (size_t)room * sizeof *more);
    if (!more)
        return SP_ERR_NO_MEMORY;
    echo->needles = more;
    echo->room = room;
    return SP_OK;
}

/* The digits of a form that has little else; 0: it has. */
static size_t digits_of(const char *form, size_t len, char *digits)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++) {
        if (sp_is_digit(form[i]))
            digits[count++] = form[i];
        else if (!is_between(form[i]))
            return 0;
    }
    return count >= MIN_DIGITS ? count : 0;
}

enum sp_status sp_echo_add(struct sp_echo *echo, const char *value, size_t len)
{
    struct sp_folded *folded = &echo->folded;
    char digits[2 * SP_ECHO_MAX_VALUE];
    enum sp_status status;
    struct sp_needle needle = { 0 };

    if (echo->count == SP_ECHO_MAX)
        return SP_OK;
    status = sp_fold(folded, value,
                     len < SP_ECHO_MAX_VALUE ? len : SP_ECHO_MAX_VALUE);
    if (status != SP_OK)
        return status;
    needle.len = folded->len;
    if (needle.len > 0 && folded->form[needle.len - 1] == ' ')
        needle.len--;
    if (needle.len < MIN_LENGTH)
        return SP_OK;
    needle.at = echo->forms.len;
    needle.bytes = bytes_of(folded->form, needle.len);
    needle.digit_count = digits_of(folded->form, needle.len, digits);
    echo->forms.ceiling = SIZE_MAX / 2;
    status = make_room(echo);
    if (status == SP_OK)
        status = sp_buffer_append(&echo->forms, folded->form, needle.len);
    if (status == SP_OK)
        status = sp_buffer_append(&echo->forms, digits, needle.digit_count);
    if (status != SP_OK)
        return status;
    echo->needles[echo->count++] = needle;
    echo->is_sorted = false;
    return SP_OK;
}

static int longest_first(const void *a, const void *b)
{
    const struct sp_needle *one = a, *other = b;

    if (one->len != other->len)
        return one->len > other->len ? -1 : 1;
    return memcmp(one->form, other->form, one->len);
}

/* What is found is looked for no more, so the longest come first. */
static void sort(struct sp_echo *echo)
{
    if (echo->is_sorted)
        return;
    for (int i = 0; i < echo->count; i++) {
        struct sp_needle *needle = &echo->needles[i];

        needle->form = echo->forms.data + needle->at;
        needle->digits = needle->form + needle->len;
    }
    if (echo->count > 1)
        qsort(echo->needles, (size_t)echo->count, sizeof *echo->needles,
              longest_first);
    echo->is_sorted = true;
}

/* ---- where it stands ---------------------------------------------------- */

/* A text that is looked at. What has been found is blotted out in its form:
 * nothing shorter is looked for there, and a word that ends there ends. */
struct search {
    const char *text;
    struct sp_folded *folded;
    char *hidden; /* for each byte of the text: whether it is to go */
    bool found;
};

/* The next place of `needle` in the form, or NULL. */
static char *find(const struct sp_folded *folded, const char *from,
                  const struct sp_needle *needle)
{
    const char *end = folded->form + folded->len;

    while ((size_t)(end - from) >= needle->len) {
        from = memchr(from, *needle->form,
                      (size_t)(end - from) - needle->len + 1);
        if (!from || memcmp(from, needle->form, needle->len) == 0)
            break;
        from++;
    }
    return from && (size_t)(end - from) >= needle->len
               ? folded->form + (from - folded->form)
               : NULL;
}

/* Whether a word ends in front of this byte of the form: there, where escapes
 * are no letters any more; or in the text itself, where "janeSmith" is two
 * words. */
static bool breaks(const struct search *search, size_t at)
{
    const struct sp_folded *folded = search->folded;
    const char *text = search->text;
    char left, right;

    if (at == 0 || at == folded->len ||
        !sp_is_small_or_digit(folded->form[at - 1]) ||
        !sp_is_small_or_digit(folded->form[at]))
        return true;
    left = text[folded->places[at - 1].to - 1u];
    right = text[folded->places[at].from];
    return left >= 'a' && left <= 'z' && right >= 'A' && right <= 'Z';
}

static void hide(struct search *search, size_t first, size_t last)
{
    const struct sp_place *places = search->folded->places;
    size_t from = places[first].from;

    memset(search->hidden + from, 1, places[last].to - from);
    search->found = true;
}

static void find_form(struct search *search, const struct sp_needle *needle)
{
    struct sp_folded *folded = search->folded;
    char *here = folded->form;

    while ((here = find(folded, here, needle)) != NULL) {
        size_t at = (size_t)(here - folded->form);

        if (needle->len < WORD_LENGTH &&
            !(breaks(search, at) && breaks(search, at + needle->len))) {
            here++;
            continue;
        }
        hide(search, at, at + needle->len - 1);
        memset(here, '\1', needle->len);
        here += needle->len;
    }
}

static bool has(const char *digits, size_t count, const char *part,
                size_t part_count)
{
    for (size_t at = 0; at + part_count <= count; at++)
        if (memcmp(digits + at, part, part_count) == 0)
            return true;
    return false;
}

/* Days and months may be exchanged, and years stand at either end. */
static bool is_shuffled(const char *digits, const char *others, size_t count)
{
    int balance[10] = { 0 };

    for (size_t i = 0; i < count; i++) {
        balance[digits[i] - '0']++;
        balance[others[i] - '0']--;
    }
    for (int i = 0; i < 10; i++)
        if (balance[i] != 0)
            return false;
    return true;
}

static bool is_sent(const struct sp_echo *echo, const char *run, size_t count)
{
    if (count < MIN_DIGITS || count > MAX_DIGITS)
        return false;
    for (int i = 0; i < echo->count; i++) {
        const struct sp_needle *one = &echo->needles[i];

        if (one->digit_count == 0)
            continue;
        if (has(run, count, one->digits, one->digit_count) ||
            has(one->digits, one->digit_count, run, count) ||
            (count == one->digit_count &&
             is_shuffled(run, one->digits, count)))
            return true;
    }
    return false;
}

/* Numbers in another grouping, with or without a country's prefix. */
static void find_digits(struct search *search, const struct sp_echo *echo)
{
    const char *form = search->folded->form;
    size_t len = search->folded->len, at = 0;

    while (at < len) {
        char run[MAX_DIGITS];
        size_t first = at, last = at, count = 0;

        if (!sp_is_digit(form[at++]))
            continue;
        run[count++] = form[first];
        for (; at < len && (sp_is_digit(form[at]) || is_between(form[at]));
             at++) {
            if (!sp_is_digit(form[at]))
                continue;
            if (count < MAX_DIGITS)
                run[count] = form[at];
            count++;
            last = at;
        }
        at = last + 1;
        if (is_sent(echo, run, count))
            hide(search, first, last);
    }
}

/* Appends the text with one mask for each stretch that is to go. */
static enum sp_status put_rest(const struct search *search, size_t len,
                               struct sp_buffer *out)
{
    enum sp_status status = SP_OK;
    size_t at = 0;

    while (at < len && status == SP_OK) {
        bool hidden = search->hidden[at];
        size_t from = at;

        while (at < len && search->hidden[at] == hidden)
            at++;
        status = hidden
                     ? sp_buffer_append(out, MASK, sizeof MASK - 1)
                     : sp_buffer_append(out, search->text + from, at - from);
    }
    return status;
}

enum sp_status sp_echo_cut(struct sp_echo *echo, const char *text, size_t len,
                           struct sp_buffer *out, bool *found)
{
    char hidden[SP_ECHO_MAX_TEXT];
    struct search search = { .text = text,
                             .folded = &echo->folded,
                             .hidden = hidden };
    enum sp_status status;
    uint64_t bytes;

    *found = false;
    if (len > SP_ECHO_MAX_TEXT)
        return SP_ERR_TOO_LARGE;
    if (echo->count == 0)
        return SP_OK;
    status = sp_fold(&echo->folded, text, len);
    if (status != SP_OK)
        return status;
    sort(echo);
    memset(hidden, 0, len);
    bytes = bytes_of(echo->folded.form, echo->folded.len);
    for (int i = 0; i < echo->count; i++)
        if ((echo->needles[i].bytes & ~bytes) == 0)
            find_form(&search, &echo->needles[i]);
    find_digits(&search, echo);
    if (echo->folded.room > KEPT_ROOM)
        sp_fold_wipe(&echo->folded);
    *found = search.found;
    return search.found ? put_rest(&search, len, out) : SP_OK;
}

void sp_echo_wipe(struct sp_echo *echo)
{
    sp_buffer_wipe(&echo->forms);
    sp_fold_wipe(&echo->folded);
    free(echo->needles);
    *echo = (struct sp_echo){ 0 };
}
