/* suspects.c: what of a text `scrub` has to look at closer. Most texts hold
 * nothing of what it removes, and Lua's patterns take a hundred times as long
 * to find that out. What is said here may be too much, never too little; what
 * a letter is does not depend on the locale of the host. */
#include "binding.h"

#include <string.h>

enum {
    MIN_KEY = 20,        /* a word of so many bytes may be a key */
    MIN_PHONE_DIGITS = 7 /* so many digits may be somebody's number */
};

struct suspects {
    bool secrets; /* something may be a key, an address or a link */
    bool untidy;  /* other than words of ASCII with one space in between */
    /* of a tidy text: */
    bool values; /* something is quoted, or a number */
    bool names;  /* a capital may be a name's */
};

/* What a byte of ASCII is. */
enum {
    LETTER = 'a',
    CAPITAL = 'A',
    DIGIT = '0',
    DASH = '-',   /* of a word, too */
    SECRET = ':', /* stands in what may be one */
    QUOTE = '"',
    SPACE = ' ',
    OTHER = '?' /* of no plain line */
};

/* "." for what says nothing. */
static const char CLASSES[] = "????????????????"
                              "????????????????"
                              " .\"....\".....-.."
                              "0000000000:..:.."
                              ":AAAAAAAAAAAAAAA"
                              "AAAAAAAAAAA....:"
                              "\"aaaaaaaaaaaaaaa"
                              "aaaaaaaaaaa....?";

static char class_of(char byte)
{
    return (unsigned char)byte < 0x80 ? CLASSES[(unsigned char)byte] : OTHER;
}

/* Bytes above 127 are letters in some locales. */
static bool is_of_word(char byte)
{
    char class = class_of(byte);

    return class == LETTER || class == CAPITAL || class == DIGIT ||
           class == DASH || (unsigned char)byte >= 0x80;
}

/* Whether nothing but dots comes behind the word at the beginning. */
static bool is_one_word(const char *text, size_t len)
{
    size_t at = 0;

    while (at < len && (is_of_word(text[at]) || text[at] == '\''))
        at++;
    while (at < len && (text[at] == '.' || text[at] == ' '))
        at++;
    return at == len;
}

/* Whether the capital at `at` begins a word; the first word is none when
 * others come behind it, for it begins the sentence. */
static bool is_name(const char *text, size_t len, size_t at)
{
    return at == 0 ? is_one_word(text, len)
                   : !is_of_word(text[at - 1]) || text[at - 1] == '-';
}

/* Whether a text goes on with this word, in any case. */
static bool is_next(const char *word, const char *text, size_t len)
{
    size_t word_len = strlen(word);

    if (len < word_len)
        return false;
    for (size_t i = 0; i < word_len; i++)
        if ((text[i] | 32) != (word[i] | 32))
            return false;
    return true;
}

/* Whether a word that is none of a sentence begins at a letter. */
static bool is_word_of_secrets(const char *text, size_t len)
{
    if ((*text | 32) == 'b')
        return is_next("bearer", text, len);
    return *text == 'e' && is_next("eyJ", text, len);
}

static void look(struct suspects *found, const char *text, size_t len)
{
    size_t digits = 0, word = 0; /* `word`: of how many bytes, so far */

    found->untidy = len > 0 && (text[0] == ' ' || text[len - 1] == ' ');
    for (size_t at = 0; at < len; at++) {
        char class = class_of(text[at]);

        word++;
        switch (class) {
        case CAPITAL:
            found->names = found->names || is_name(text, len, at);
            /* fall through */
        case LETTER:
            if (is_word_of_secrets(text + at, len - at))
                found->secrets = true;
            break;
        case DIGIT:
            if (++digits == MIN_PHONE_DIGITS)
                found->values = true;
            break;
        case DASH:
            break;
        case OTHER:
            found->untidy = true;
            if ((unsigned char)text[at] < 0x80)
                word = 0;
            break;
        case SPACE:
            if (at > 0 && text[at - 1] == ' ')
                found->untidy = true;
            word = 0;
            break;
        default:
            found->secrets = found->secrets || class == SECRET;
            found->values = found->values || class == QUOTE;
            word = 0;
        }
        if (word == MIN_KEY)
            found->secrets = true;
    }
}

/* suspects(text): see core.d.lua. */
static int suspects(lua_State *L)
{
    struct suspects found = { .untidy = false };
    size_t len;
    const char *text = luaL_checklstring(L, 1, &len);

    look(&found, text, len);
    lua_pushboolean(L, found.secrets);
    lua_pushboolean(L, found.untidy);
    lua_pushboolean(L, found.values);
    lua_pushboolean(L, found.names);
    return 4;
}

void spL_open_suspects(lua_State *L)
{
    lua_pushcfunction(L, suspects);
    lua_setfield(L, -2, "suspects");
}
