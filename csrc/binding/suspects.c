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

static bool is_letter(unsigned char byte)
{
    byte |= 32;
    return byte >= 'a' && byte <= 'z';
}

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Those of words that may be keys. Bytes above 127 are letters in some
 * locales. */
static bool is_of_word(unsigned char byte)
{
    return is_letter(byte) || is_digit(byte) || byte == '-' || byte >= 0x80;
}

static bool is_capital(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z';
}

/* Whether nothing but dots comes behind the word at the beginning. */
static bool is_one_word(const char *text, size_t len)
{
    size_t at = 0;

    while (at < len &&
           (is_of_word((unsigned char)text[at]) || text[at] == '\''))
        at++;
    while (at < len && (text[at] == '.' || text[at] == ' '))
        at++;
    return at == len;
}

/* Whether the capital at `at` begins a word; the first word is none when
 * others come behind it, for it begins the sentence. */
static bool is_name(const char *text, size_t len, size_t at)
{
    if (at == 0)
        return is_one_word(text, len);
    return !is_letter((unsigned char)text[at - 1]) &&
           !is_digit((unsigned char)text[at - 1]) && text[at - 1] != '_';
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

/* Whether a secret, or the name of one, may begin with this byte. */
static bool is_secret(const char *text, size_t len)
{
    switch (*text) {
    case ':':
    case '=':
    case '@':
    case '_':
        return true;
    case 'b':
    case 'B':
        return is_next("bearer", text, len);
    case 'e':
        return is_next("eyJ", text, len);
    default:
        return false;
    }
}

static void look(struct suspects *found, const char *text, size_t len)
{
    size_t digits = 0, word_len = 0;

    found->untidy = len > 0 && (text[0] == ' ' || text[len - 1] == ' ');
    for (size_t at = 0; at < len; at++) {
        unsigned char byte = (unsigned char)text[at];

        word_len = is_of_word(byte) ? word_len + 1 : 0;
        if (word_len == MIN_KEY || is_secret(text + at, len - at))
            found->secrets = true;
        if (byte < ' ' || byte > '~' ||
            (byte == ' ' && at > 0 && text[at - 1] == ' '))
            found->untidy = true;
        if (byte == '"' || byte == '\'' || byte == '`' ||
            (is_digit(byte) && ++digits == MIN_PHONE_DIGITS))
            found->values = true;
        if (is_capital(byte) && !found->names)
            found->names = is_name(text, len, at);
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
