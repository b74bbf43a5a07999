#include "sp_secrets.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sp_ascii.h"

enum {
    WHOLE_WORD = 8, /* a shorter one is cut only where it stands alone */
    PART = 12,      /* so much of a longer one is cut too */
    PART_OF = 1024  /* where a part may begin */
};

static const char MASK[] = "[redacted]";

/* The host's locale has no say in what a letter is. */
static unsigned char lower(unsigned char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (unsigned char)(byte + 32) : byte;
}

static bool is_word(unsigned char byte)
{
    byte = lower(byte);
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

/* The byte that two hexadecimal digits name, or -1. */
static int hex_byte(const char *digits, size_t len)
{
    int high = len >= 2 ? sp_hex_value(digits[0]) : -1;
    int low = len >= 2 ? sp_hex_value(digits[1]) : -1;

    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* "%41", and "%2541", which is that encoded once more. */
static size_t percent(const char *text, size_t len, unsigned char *byte)
{
    size_t at = 1;
    int value = hex_byte(text + at, len - at);

    if (value < 0)
        return 0;
    at += 2;
    while (value == '%' && hex_byte(text + at, len - at) >= 0) {
        value = hex_byte(text + at, len - at);
        at += 2;
    }
    *byte = (unsigned char)value;
    return at;
}

/* "\u0041", "\/", and the same behind more backslashes. */
static size_t backslash(const char *text, size_t len, unsigned char *byte)
{
    size_t at = 0;

    while (at < len && text[at] == '\\')
        at++;
    if (at == len)
        return 0;
    if (text[at] == 'u' && len - at >= 5 && hex_byte(text + at + 1, 2) == 0 &&
        hex_byte(text + at + 3, 2) >= 0) {
        *byte = (unsigned char)hex_byte(text + at + 3, 2);
        return at + 5;
    }
    *byte = (unsigned char)text[at];
    return at + 1;
}

/* How many bytes of the text stand for the byte `wanted`; 0: it is not what
 * comes next. */
static size_t spelling_of(unsigned char wanted, const char *text, size_t len)
{
    unsigned char byte = 0;
    size_t used = 0;

    if (len == 0)
        return 0;
    if (lower((unsigned char)text[0]) == wanted)
        return 1;
    if (text[0] == '%')
        used = percent(text, len, &byte);
    else if (text[0] == '\\')
        used = backslash(text, len, &byte);
    return used > 0 && lower(byte) == wanted ? used : 0;
}

/* How many bytes of the text spell the beginning of `value`, and how many of
 * its bytes that are. */
static size_t common(const char *value, size_t value_len, const char *text,
                     size_t len, size_t *matched)
{
    size_t at = 0, used;

    for (*matched = 0; *matched < value_len; ++*matched) {
        used = spelling_of(lower((unsigned char)value[*matched]), text + at,
                           len - at);
        if (used == 0)
            break;
        at += used;
    }
    return at;
}

/* Notes where a part of a value may begin: at each byte that has PART behind
 * it, and the whole at its first. */
static void note_beginnings(struct sp_secrets *secrets, const char *value,
                            size_t len)
{
    secrets->begins['%'] = secrets->begins['\\'] = true;
    for (size_t i = 0; i < len && i < PART_OF; i++) {
        unsigned char low = lower((unsigned char)value[i]);

        if (i > 0 && i + PART > len)
            break;
        secrets->begins[low] = true;
        if (low >= 'a' && low <= 'z')
            secrets->begins[low - 'a' + 'A'] = true;
    }
}

/* Whether the text can spell something that begins with `byte`: a quick look,
 * because a part of a long value may begin at any of its bytes. */
static bool may_spell(const char *text, char byte)
{
    return *text == '%' || *text == '\\' ||
           lower((unsigned char)*text) == lower((unsigned char)byte);
}

/* The bytes at `at` that spell `value`, or enough of it; 0: none. */
static size_t find_one(const char *value, size_t value_len, const char *text,
                       size_t len, size_t at)
{
    size_t matched, used, longest = 0;

    used = common(value, value_len, text + at, len - at, &matched);
    if (value_len < WHOLE_WORD) {
        bool alone =
            (at == 0 || !is_word((unsigned char)text[at - 1])) &&
            (at + used == len || !is_word((unsigned char)text[at + used]));

        return matched == value_len && alone ? used : 0;
    }
    if (matched == value_len)
        return used;
    for (size_t from = 0; from + PART <= value_len && from < PART_OF; from++) {
        if (!may_spell(text + at, value[from]))
            continue;
        used = common(value + from, value_len - from, text + at, len - at,
                      &matched);
        if (matched >= PART && used > longest)
            longest = used;
    }
    return longest;
}

static size_t find(const struct sp_secrets *secrets, const char *text,
                   size_t len, size_t at)
{
    const char *value = secrets->memory.data;
    size_t longest = 0;

    for (int i = 0; i < secrets->count; i++) {
        size_t used = find_one(value, secrets->lens[i], text, len, at);

        if (used > longest)
            longest = used;
        value += secrets->lens[i];
    }
    return longest;
}

/* Where the next of them begins, at `at` or behind, and the bytes that spell
 * it; `len`: none does. */
static size_t next(const struct sp_secrets *secrets, const char *text,
                   size_t len, size_t at, size_t *used)
{
    for (; at < len; at++) {
        if (!secrets->begins[(unsigned char)text[at]])
            continue;
        *used = find(secrets, text, len, at);
        if (*used > 0)
            return at;
    }
    return len;
}

bool sp_secrets_has(const struct sp_secrets *secrets, const char *text,
                    size_t len)
{
    size_t used;

    return next(secrets, text, len, 0, &used) < len;
}

enum sp_status sp_secrets_mask(const struct sp_secrets *secrets,
                               const char *text, size_t len,
                               struct sp_buffer *out)
{
    enum sp_status status = SP_OK;
    size_t at = 0, kept = 0, used; /* `kept`: behind the last secret */

    while (status == SP_OK &&
           (at = next(secrets, text, len, kept, &used)) < len) {
        status = sp_buffer_append(out, text + kept, at - kept);
        if (status == SP_OK && (at > kept || at == 0))
            status = sp_buffer_append(out, MASK, sizeof MASK - 1);
        kept = at + used;
    }
    return status == SP_OK ? sp_buffer_append(out, text + kept, len - kept)
                           : status;
}

/* ---- what is in a set -------------------------------------------------- */

enum sp_status sp_secrets_add(struct sp_secrets *secrets, const char *value,
                              size_t len)
{
    enum sp_status status;

    if (len == 0 || secrets->count == SP_SECRETS_MAX)
        return SP_OK;
    secrets->memory.ceiling = SIZE_MAX / 2;
    status = sp_buffer_append(&secrets->memory, value, len);
    if (status != SP_OK)
        return status;
    secrets->lens[secrets->count++] = len;
    note_beginnings(secrets, value, len);
    return SP_OK;
}

/* A part of a URL, as libcurl reads it: decoded. */
static enum sp_status add_decoded(struct sp_secrets *secrets, const char *part,
                                  size_t len)
{
    struct sp_buffer plain;
    enum sp_status status = SP_OK;

    sp_buffer_init(&plain, len);
    for (size_t i = 0; i < len && status == SP_OK; i++) {
        int byte = part[i] == '%' ? hex_byte(part + i + 1, len - i - 1) : -1;
        char plain_byte = byte < 0 ? part[i] : (char)byte;

        i += byte < 0 ? 0 : 2;
        status = sp_buffer_append(&plain, &plain_byte, 1);
    }
    if (status == SP_OK)
        status = sp_secrets_add(secrets, plain.data, plain.len);
    sp_buffer_wipe(&plain);
    return status;
}

/* "scheme://user:password@host:port", the scheme may be missing. */
static enum sp_status add_credentials(struct sp_secrets *secrets,
                                      const char *url)
{
    const char *start = strstr(url, "://"), *end, *colon;
    enum sp_status status;

    start = start ? start + 3 : url;
    end = strrchr(start, '@');
    if (!end)
        return SP_OK;
    colon = memchr(start, ':', (size_t)(end - start));
    if (!colon)
        return add_decoded(secrets, start, (size_t)(end - start));
    status = add_decoded(secrets, start, (size_t)(colon - start));
    if (status == SP_OK)
        status = add_decoded(secrets, colon + 1, (size_t)(end - colon - 1));
    return status;
}

enum sp_status sp_secrets_add_proxies(struct sp_secrets *secrets,
                                      const struct sp_settings *settings)
{
    static const char *const NAMES[] = {
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    };
    enum sp_status status = SP_OK;

    if (!settings->proxy_from_environment)
        return settings->proxy ? add_credentials(secrets, settings->proxy)
                               : SP_OK;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const char *url = getenv(NAMES[i]);

        if (url && status == SP_OK)
            status = add_credentials(secrets, url);
    }
    return status;
}

void sp_secrets_wipe(struct sp_secrets *secrets)
{
    sp_buffer_wipe(&secrets->memory);
    sp_wipe(secrets, sizeof *secrets);
}
