#include "sp_fold.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sp_ascii.h"
#include "sp_buffer.h"
#include "sp_utf8.h"

enum { MAX_TEXT = UINT16_MAX, MAX_LETTER = 4, LEAST_ROOM = 80 };

/* ---- the letters below the accents -------------------------------------- */

/* From U+00C0 and from U+1E00; '.' where there is none. */
static const char LATIN[] =
    "aaaaaa.ceeeeiiiidnooooo.ouuuuy..aaaaaa.ceeeeiiiidnooooo.ouuuuy.y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkkkllllll."
    ".llnnnnnn.nnoooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
    "b..............e.......i..l.....oo.............uu....zz........."
    ".............aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa...."
    "aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............"
    "................";
static const char LATIN_MORE[] =
    "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
    "mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
    "wwwwwwwwwwxxxxyyzzzzzzhtwy.s....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
    "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";

/* Those of ASCII, which most texts have alone. NUL: an escape may begin. */
static const char ASCII[] = "                "
                            "                "
                            " !\"#$\0\0'()*    /"
                            "0123456789:;<=>?"
                            "@abcdefghijklmno"
                            "pqrstuvwxyz[\0]^ "
                            "`abcdefghijklmno"
                            "pqrstuvwxyz{|}~\177";

/* Of Greek and Cyrillic: one stands for the other. In order. */
static const struct pair {
    uint16_t accented, plain;
} PAIRS[] = {
    { 0x386, 0x3B1 }, { 0x388, 0x3B5 }, { 0x389, 0x3B7 }, { 0x38A, 0x3B9 },
    { 0x38C, 0x3BF }, { 0x38E, 0x3C5 }, { 0x38F, 0x3C9 }, { 0x390, 0x3B9 },
    { 0x3AA, 0x3B9 }, { 0x3AB, 0x3C5 }, { 0x3AC, 0x3B1 }, { 0x3AD, 0x3B5 },
    { 0x3AE, 0x3B7 }, { 0x3AF, 0x3B9 }, { 0x3B0, 0x3C5 }, { 0x3C2, 0x3C3 },
    { 0x3CA, 0x3B9 }, { 0x3CB, 0x3C5 }, { 0x3CC, 0x3BF }, { 0x3CD, 0x3C5 },
    { 0x3CE, 0x3C9 }, { 0x400, 0x435 }, { 0x401, 0x435 }, { 0x403, 0x433 },
    { 0x407, 0x456 }, { 0x40C, 0x43A }, { 0x40D, 0x438 }, { 0x40E, 0x443 },
    { 0x419, 0x438 }, { 0x439, 0x438 }, { 0x450, 0x435 }, { 0x451, 0x435 },
    { 0x453, 0x433 }, { 0x457, 0x456 }, { 0x45C, 0x43A }, { 0x45D, 0x438 },
    { 0x45E, 0x443 },
};

static const struct special {
    uint16_t code;
    char letters[3];
} SPECIAL[] = {
    { 0xC6, "ae" },  { 0xDE, "th" },  { 0xDF, "ss" },   { 0xE6, "ae" },
    { 0xFE, "th" },  { 0x132, "ij" }, { 0x133, "ij" },  { 0x14A, "n" },
    { 0x14B, "n" },  { 0x152, "oe" }, { 0x153, "oe" },  { 0x18F, "e" },
    { 0x259, "e" },  { 0x2BC, "'" },  { 0x1E9E, "ss" }, { 0x2019, "'" },
    { 0x212A, "k" },
};

static bool is_mark(uint32_t code)
{
    return (code >= 0x300 && code <= 0x36F) || code == 0xAD ||
           (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2060 && code <= 0x2069) || code == 0xFEFF;
}

/* What stands between words and groups of digits. */
static bool is_separator(uint32_t code)
{
    return code == 0x85 || code == 0xA0 ||
           (code >= 0x2000 && code <= 0x2015) || code == 0x202F ||
           code == 0x3000;
}

static const char *special_of(uint32_t code)
{
    for (size_t i = 0; i < sizeof SPECIAL / sizeof *SPECIAL; i++)
        if (SPECIAL[i].code == code)
            return SPECIAL[i].letters;
    return NULL;
}

/* The small letter of Greek or Cyrillic, without its accent. */
static uint32_t plain_of(uint32_t code)
{
    if (code < 0x386 || code > 0x45E)
        return code;
    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++)
        if (PAIRS[i].accented == code)
            return PAIRS[i].plain;
    if ((code >= 0x391 && code <= 0x3A9) || (code >= 0x410 && code <= 0x42F))
        return code + 0x20;
    return code >= 0x400 && code <= 0x40F ? code + 0x50 : code;
}

static size_t put_letters(char *to, const char *letters)
{
    size_t len = 0;

    for (; letters[len] != '\0'; len++)
        to[len] = letters[len];
    return len;
}

/* Writes the folded letter and returns its length: a space for a separator,
 * nothing for a mark that is no letter. */
static size_t put_letter(char *to, uint32_t code)
{
    const char *special;
    char letter = '.';

    if (code >= 0xFF01 && code <= 0xFF5E)
        code -= 0xFEE0;
    if (code < 0x80) {
        *to = ASCII[code] == '\0' ? (char)code : ASCII[code];
        return 1;
    }
    if (is_mark(code)) /* some lie among the separators */
        return 0;
    if (is_separator(code)) {
        *to = ' ';
        return 1;
    }
    special = special_of(code);
    if (special)
        return put_letters(to, special);
    if (code >= 0xC0 && code <= 0x24F)
        letter = LATIN[code - 0xC0];
    else if (code >= 0x1E00 && code <= 0x1EFF)
        letter = LATIN_MORE[code - 0x1E00];
    if (letter == '.')
        return sp_utf8_put(to, plain_of(code));
    *to = letter;
    return 1;
}

/* ---- escapes ------------------------------------------------------------ */

/* A text that is read, byte by byte, without its escapes. */
struct reader {
    const char *text;
    size_t len;
    size_t from, to; /* of what the bytes below stand for */
    unsigned char bytes[MAX_LETTER];
    size_t count, given;
};

static int digit_at(const struct reader *reader, size_t at)
{
    return at < reader->len ? sp_hex_value(reader->text[at]) : -1;
}

/* `count` hexadecimal digits, or -1. */
static int32_t hex_at(const struct reader *reader, size_t at, size_t count)
{
    int32_t value = 0;

    for (size_t i = 0; i < count; i++) {
        int digit = digit_at(reader, at + i);

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool is_at(const struct reader *reader, size_t at, char byte)
{
    return at < reader->len && reader->text[at] == byte;
}

static void stand_for(struct reader *reader, uint32_t code, size_t to)
{
    reader->count = sp_utf8_put((char *)reader->bytes, code);
    reader->to = to;
}

/* "%41", and "%2541", which is that encoded once more. */
static bool read_percent(struct reader *reader, size_t at)
{
    int32_t byte = hex_at(reader, ++at, 2);

    if (byte < 0)
        return false;
    while (byte == '%' && hex_at(reader, at + 2, 2) >= 0) {
        at += 2;
        byte = hex_at(reader, at, 2);
    }
    reader->bytes[0] = (unsigned char)byte;
    reader->count = 1;
    reader->to = at + 2;
    return true;
}

/* "\u0041" behind any number of backslashes, or -1; `past` is behind it. */
static int32_t unit_at(const struct reader *reader, size_t at, size_t *past)
{
    size_t first = at;

    while (is_at(reader, at, '\\'))
        at++;
    if (at == first || !is_at(reader, at, 'u'))
        return -1;
    *past = at + 5;
    return hex_at(reader, at + 1, 4);
}

/* "\n", "\/", "\\": what is behind the last backslash, or that itself. */
static bool read_short(struct reader *reader, size_t at)
{
    size_t first = at;
    char letter;

    while (is_at(reader, at, '\\'))
        at++;
    letter = at < reader->len ? reader->text[at] : '\0';
    if (letter == '\0' || !strchr("/\"'nrt", letter)) {
        if (at - first < 2)
            return false;
        letter = reader->text[--at];
    }
    stand_for(reader, strchr("nrt", letter) ? ' ' : (uint32_t)letter, at + 1);
    return true;
}

static bool read_backslash(struct reader *reader, size_t at)
{
    size_t past = 0, past_low = 0;
    int32_t code = unit_at(reader, at, &past), low;

    if (code < 0)
        return read_short(reader, at);
    low = unit_at(reader, past, &past_low);
    if (code >= 0xD800 && code < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + (code - 0xD800) * 1024 + low - 0xDC00;
        past = past_low;
    }
    stand_for(reader, (uint32_t)code, past);
    return true;
}

/* "&amp;" at `at`. */
static bool read_named(struct reader *reader, size_t at)
{
    static const struct {
        char name[6], byte;
    } NAMED[] = { { "amp;", '&' },
                  { "lt;", '<' },
                  { "gt;", '>' },
                  { "quot;", '"' },
                  { "apos;", '\'' } };

    for (size_t i = 0; i < sizeof NAMED / sizeof *NAMED; i++) {
        size_t len = strlen(NAMED[i].name);

        if (reader->len - at > len &&
            memcmp(reader->text + at + 1, NAMED[i].name, len) == 0) {
            stand_for(reader, (unsigned char)NAMED[i].byte, at + 1 + len);
            return true;
        }
    }
    return false;
}

/* "&#233;", "&#xE9;", and the names of five characters. */
static bool read_ampersand(struct reader *reader, size_t at)
{
    enum { MOST_DECIMAL = 7, MOST_HEX = 6 };
    size_t first = at + 2;
    int base = 10, digit;
    uint32_t code = 0;

    if (!is_at(reader, at + 1, '#'))
        return read_named(reader, at);
    if (is_at(reader, first, 'x') || is_at(reader, first, 'X')) {
        base = 16;
        first++;
    }
    for (at = first; (digit = digit_at(reader, at)) >= 0 && digit < base; at++)
        if (at - first < MOST_DECIMAL)
            code = code * (uint32_t)base + (uint32_t)digit;
    if (at == first || !is_at(reader, at, ';') || code >= 0x110000 ||
        at - first > (base == 10 ? MOST_DECIMAL : MOST_HEX))
        return false;
    stand_for(reader, code, at + 1);
    return true;
}

static void read_unit(struct reader *reader)
{
    size_t at = reader->from = reader->to;
    char byte = reader->text[at];
    bool is_escape = (byte == '%' && read_percent(reader, at)) ||
                     (byte == '\\' && read_backslash(reader, at)) ||
                     (byte == '&' && read_ampersand(reader, at));

    reader->given = 0;
    if (is_escape)
        return;
    reader->bytes[0] = (unsigned char)byte;
    reader->count = 1;
    reader->to = at + 1;
}

/* The next byte without escapes, or -1 behind the last. */
static int next_byte(struct reader *reader)
{
    if (reader->given == reader->count) {
        if (reader->to == reader->len)
            return -1;
        read_unit(reader);
    }
    return reader->bytes[reader->given++];
}

/* The next code point, whose first byte is `first`, of which the reader stands
 * behind; a byte that is no UTF-8 is read as Latin-1. */
static uint32_t next_code(struct reader *reader, int first)
{
    int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC2 ? 1 : 0;
    struct reader ahead;
    uint32_t code;

    if (more == 0 || first > 0xF4)
        return (uint32_t)first;
    ahead = *reader;
    code = (uint32_t)first & (more == 1 ? 0x1F : more == 2 ? 0x0F : 0x07);
    for (int i = 0; i < more; i++) {
        int byte = next_byte(&ahead);

        if (byte < 0x80 || byte > 0xBF)
            return (uint32_t)first;
        code = code << 6 | ((uint32_t)byte & 0x3F);
    }
    *reader = ahead;
    return code;
}

/* ---- the form ----------------------------------------------------------- */

/* A byte may become two of the form: one of Latin-1 that is no letter is
 * written as UTF-8, or is a letter that stands for two. An escape is never
 * shorter than what it stands for. */
static enum sp_status make_room(struct sp_folded *folded, size_t len)
{
    struct sp_place *places;
    char *form;

    if (len <= folded->room)
        return SP_OK;
    if (len > MAX_TEXT)
        return SP_ERR_TOO_LARGE;
    if (len < LEAST_ROOM) /* most texts are as short, and differ in length */
        len = LEAST_ROOM;
    sp_fold_wipe(folded);
    form = malloc(2 * len + MAX_LETTER);
    places = malloc((2 * len + MAX_LETTER) * sizeof *places);
    if (!form || !places) {
        free(form);
        free(places);
        return SP_ERR_NO_MEMORY;
    }
    folded->form = form;
    folded->places = places;
    folded->room = len;
    return SP_OK;
}

static void add_letter(struct sp_folded *folded, uint32_t code, size_t from,
                       size_t to)
{
    char *letter = folded->form + folded->len;
    struct sp_place *place = folded->places + folded->len;
    size_t len = put_letter(letter, code);
    bool is_space = len == 1 && *letter == ' ';

    if (len == 0 || (is_space && (folded->len == 0 || letter[-1] == ' '))) {
        if (folded->len > 0)
            place[-1].to = (uint16_t)to; /* belongs to the letter before */
        return;
    }
    for (size_t i = 0; i < len; i++)
        place[i] = (struct sp_place){ (uint16_t)from, (uint16_t)to };
    folded->len += len;
}

/* The letters from `at` on that are ASCII and no escapes; where they end. */
static size_t add_plain(struct sp_folded *folded, const char *text, size_t len,
                        size_t at)
{
    size_t count = folded->len;
    char last = count > 0 ? folded->form[count - 1] : ' ';

    for (; at < len; at++) {
        unsigned char byte = (unsigned char)text[at];
        char letter = byte < 0x80 ? ASCII[byte] : '\0';

        if (letter == '\0')
            break;
        if (letter != ' ' || last != ' ') {
            folded->places[count].from = (uint16_t)at;
            folded->form[count++] = last = letter;
        }
        if (count > 0)
            folded->places[count - 1].to = (uint16_t)(at + 1);
    }
    folded->len = count;
    return at;
}

enum sp_status sp_fold(struct sp_folded *folded, const char *text, size_t len)
{
    struct reader reader = { .text = text, .len = len };
    enum sp_status status = make_room(folded, len);
    int byte = 0;

    folded->len = 0;
    while (status == SP_OK && byte >= 0) {
        size_t from;
        uint32_t code;

        if (reader.given == reader.count)
            reader.to = add_plain(folded, text, len, reader.to);
        byte = next_byte(&reader);
        if (byte < 0)
            break;
        from = reader.from;
        code = next_code(&reader, byte);
        add_letter(folded, code, from, reader.to);
    }
    return status;
}

void sp_fold_wipe(struct sp_folded *folded)
{
    if (folded->form)
        sp_wipe(folded->form, 2 * folded->room + MAX_LETTER);
    free(folded->form);
    free(folded->places);
    *folded = (struct sp_folded){ 0 };
}
