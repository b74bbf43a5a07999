#include "sp_whole.h"

#include <stddef.h>
#include <string.h>

/* ---- header fields ----------------------------------------------------- */

static const char *value_of(const struct sp_headers *headers, size_t at)
{
    return headers->block.data + headers->items[at].value_at;
}

static bool is_named(const struct sp_headers *headers, size_t at,
                     const char *name)
{
    const struct sp_header *item = &headers->items[at];

    return item->name_len == strlen(name) &&
           memcmp(headers->block.data + item->name_at, name, item->name_len) ==
               0;
}

/* The next element of a list at `*text`, which moves on; false at its end. */
static bool next_element(const char **text, const char **element, size_t *len)
{
    const char *end;

    *text += strspn(*text, ", \t");
    if (**text == '\0')
        return false;
    *element = *text;
    end = *text + strcspn(*text, ",");
    *text = end;
    while (end > *element && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    *len = (size_t)(end - *element);
    return true;
}

/* ASCII alone: strncasecmp follows the locale of the host. */
static bool is_word(const char *text, size_t len, const char *word)
{
    if (len != strlen(word))
        return false;
    for (size_t i = 0; i < len; i++) {
        char byte = text[i];

        if (byte >= 'A' && byte <= 'Z')
            byte = (char)(byte - 'A' + 'a');
        if (byte != word[i])
            return false;
    }
    return true;
}

/* What the fields of that name list: how many, but for "identity", and the
 * last of those. */
static size_t list_of(const struct sp_headers *headers, const char *name,
                      const char **last, size_t *len)
{
    size_t count = 0;

    for (size_t i = 0; i < headers->leading; i++) {
        const char *text, *element;
        size_t size;

        if (!is_named(headers, i, name))
            continue;
        text = value_of(headers, i);
        while (next_element(&text, &element, &size)) {
            if (is_word(element, size, "identity"))
                continue;
            *last = element;
            *len = size;
            count++;
        }
    }
    return count;
}

enum sp_coding sp_coding_of(const struct sp_headers *headers)
{
    const char *last = "";
    size_t len = 0, count = list_of(headers, "content-encoding", &last, &len);

    if (count == 0)
        return SP_CODING_NONE;
    return count == 1 &&
                   (is_word(last, len, "gzip") || is_word(last, len, "x-gzip"))
               ? SP_CODING_GZIP
               : SP_CODING_OTHER;
}

/* ---- framing ----------------------------------------------------------- */

enum { NO_LENGTH = -1, BAD_LENGTH = -2 };

static int64_t number_of(const char *text, size_t len)
{
    int64_t number = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9' || number > INT64_MAX / 10 - 1)
            return BAD_LENGTH;
        number = number * 10 + (text[i] - '0');
    }
    return number;
}

/* What all fields of that name agree on (RFC 9112, section 6.3). libcurl
 * reads the number that the last begins with, and forgets one too large. */
static int64_t length_of(const struct sp_headers *headers)
{
    int64_t agreed = NO_LENGTH;

    for (size_t i = 0; i < headers->leading; i++) {
        const char *text, *element;
        size_t size;

        if (!is_named(headers, i, "content-length"))
            continue;
        text = value_of(headers, i);
        while (next_element(&text, &element, &size)) {
            int64_t number = number_of(element, size);

            if (number < 0 || (agreed >= 0 && number != agreed))
                return BAD_LENGTH;
            agreed = number;
        }
        if (agreed < 0)
            return BAD_LENGTH;
    }
    return agreed;
}

bool sp_framing_is_identity(const struct sp_headers *headers)
{
    const char *last;
    size_t len;

    return sp_headers_get(headers, "transfer-encoding") != NULL &&
           list_of(headers, "transfer-encoding", &last, &len) == 0;
}

enum sp_framing sp_framing_of(const struct sp_headers *headers,
                              bool asked_head, int64_t *length)
{
    int status = headers->status;
    const char *last = "";
    size_t len = 0;

    *length = -1;
    if (asked_head || status < 200 || status == 204 || status == 304)
        return SP_FRAMING_NONE;
    if (headers->version < 20 &&
        list_of(headers, "transfer-encoding", &last, &len) > 0)
        return is_word(last, len, "chunked") ? SP_FRAMING_CHUNKED
                                             : SP_FRAMING_CLOSE;
    *length = length_of(headers);
    if (*length == BAD_LENGTH)
        return SP_FRAMING_BROKEN;
    if (*length >= 0)
        return SP_FRAMING_LENGTH;
    return headers->version < 20 ? SP_FRAMING_CLOSE : SP_FRAMING_STREAM;
}

/* ---- the rule ---------------------------------------------------------- */

/* Whether the text is one object or array of JSON from bracket to bracket.
 * It says nothing of what is between them. */
static bool is_closed_json(const struct sp_buffer *body)
{
    const char *at = body->data, *end = at + body->len;
    size_t depth = 0;
    bool quoted = false, begun = false;

    for (; at < end && !(begun && depth == 0); at++) {
        if (quoted && *at == '\\')
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (!quoted && (*at == '{' || *at == '['))
            depth++, begun = true;
        else if (!quoted && (*at == '}' || *at == ']') && depth > 0)
            depth--;
    }
    while (at < end && strchr(" \t\r\n", *at) && *at)
        at++;
    return begun && depth == 0 && at == end;
}

/* When the end of a stream and that of the connection cannot be told apart,
 * the body itself may show that it is complete. */
static bool shows_its_end(const struct sp_evidence *evidence)
{
    const struct sp_buffer *body = evidence->body;

    if (body->len == 0)
        return false;
    /* The end of gzip is looked for when it is decoded. */
    return sp_coding_of(evidence->headers) == SP_CODING_GZIP ||
           is_closed_json(body);
}

static bool begins_as_json(const struct sp_buffer *body)
{
    size_t at = 0;

    while (at < body->len && strchr(" \t\r\n", body->data[at]) &&
           body->data[at])
        at++;
    return at < body->len && (body->data[at] == '{' || body->data[at] == '[');
}

/* Whether the stream of HTTP/2 has ended, and was not just given up. */
static bool has_ended(const struct sp_evidence *evidence)
{
    if (!evidence->kept)
        return shows_its_end(evidence);
    return !evidence->silent_reset || !begins_as_json(evidence->body) ||
           is_closed_json(evidence->body);
}

const char *sp_whole_lack(const struct sp_evidence *evidence)
{
    int64_t length;
    enum sp_framing framing;

    if (!sp_headers_is_final(evidence->headers))
        return evidence->headers->status >= 200
                   ? "the connection ended within the headers of the answer"
                   : "the connection ended before the answer came";
    framing = sp_framing_of(evidence->headers, evidence->asked_head, &length);
    switch (framing) {
    case SP_FRAMING_NONE:
    case SP_FRAMING_CHUNKED: /* libcurl waits for the last chunk */
        return NULL;
    case SP_FRAMING_LENGTH:
        return evidence->body->len == (uint64_t)length
                   ? NULL
                   : "the answer has not the length that it says";
    case SP_FRAMING_BROKEN:
        return SP_WHOLE_BROKEN;
    case SP_FRAMING_CLOSE:
        return evidence->tls && !evidence->goodbye
                   ? "TLS was cut before the answer ended"
                   : NULL;
    case SP_FRAMING_STREAM:
        return has_ended(evidence)
                   ? NULL
                   : "the connection ended before the answer did";
    }
    return NULL;
}
