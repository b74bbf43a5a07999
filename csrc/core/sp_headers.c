/* sp_headers: fields indexed in one block of bytes.
 *
 * A field is kept as name and value, one after the other. The NUL that ends
 * a value is written when the next field comes; the last value is ended by
 * the buffer's own NUL. So a folded line is a plain append, and the block
 * never needs more bytes than were seen: one ceiling holds for both. */
#include "sp_headers.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sp_ascii.h"

enum { FIRST_ITEMS = 16 };

void sp_headers_init(struct sp_headers *headers, size_t ceiling)
{
    if (ceiling > UINT32_MAX)
        ceiling = UINT32_MAX;
    *headers = (struct sp_headers){ .ceiling = ceiling };
    sp_buffer_init(&headers->block, ceiling);
}

/* A new block of the same exchange: what was seen still counts. */
static void start_block(struct sp_headers *headers)
{
    sp_buffer_reset(&headers->block);
    headers->count = 0;
    headers->foldable = headers->ended = false;
    headers->status = headers->version = 0;
    headers->leading = 0;
}

void sp_headers_reset(struct sp_headers *headers)
{
    start_block(headers);
    headers->seen = 0;
}

void sp_headers_recycle(struct sp_headers *headers)
{
    if (headers->block.capacity > SP_BUFFER_KEEP ||
        headers->capacity * sizeof *headers->items > SP_BUFFER_KEEP)
        sp_headers_clear(headers);
    else
        sp_headers_reset(headers);
}

void sp_headers_clear(struct sp_headers *headers)
{
    sp_buffer_clear(&headers->block);
    free(headers->items);
    sp_headers_init(headers, headers->ceiling);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && is_blank((*text)[*len - 1]))
        (*len)--;
    while (*len > 0 && is_blank(**text)) {
        (*text)++;
        (*len)--;
    }
}

/* By hand, because tolower depends on the locale of the host. */
static void lower(char *text, size_t len)
{
    for (; len > 0; text++, len--) {
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
    }
}

static enum sp_status reserve_item(struct sp_headers *headers)
{
    size_t capacity = headers->capacity;
    struct sp_header *items;

    if (headers->count < capacity)
        return SP_OK;
    if (capacity > SIZE_MAX / 2 / sizeof *items)
        return SP_ERR_NO_MEMORY;
    capacity = capacity == 0 ? FIRST_ITEMS : capacity * 2;
    items = realloc(headers->items, capacity * sizeof *items);
    if (items == NULL)
        return SP_ERR_NO_MEMORY;
    headers->items = items;
    headers->capacity = capacity;
    return SP_OK;
}

static enum sp_status add_field(struct sp_headers *headers, const char *name,
                                size_t name_len, const char *value,
                                size_t value_len)
{
    struct sp_buffer *block = &headers->block;
    size_t gap = headers->count > 0 ? 1 : 0;
    struct sp_header *item;
    enum sp_status status = reserve_item(headers);
    char *room;

    if (status == SP_OK)
        status = sp_buffer_extend(block, gap + name_len + value_len, &room);
    if (status != SP_OK)
        return status;
    if (gap)
        *room++ = '\0';
    memcpy(room, name, name_len);
    lower(room, name_len);
    memcpy(room + name_len, value, value_len);
    item = &headers->items[headers->count++];
    item->name_len = (uint32_t)name_len;
    item->value_len = (uint32_t)value_len;
    item->value_at = (uint32_t)(block->len - value_len);
    item->name_at = item->value_at - item->name_len;
    headers->foldable = true;
    return SP_OK;
}

static enum sp_status fold(struct sp_headers *headers, const char *text,
                           size_t len)
{
    struct sp_header *item;
    enum sp_status status;
    size_t gap;
    char *room;

    trim(&text, &len);
    if (!headers->foldable || len == 0)
        return SP_OK;
    item = &headers->items[headers->count - 1];
    gap = item->value_len > 0 ? 1 : 0;
    status = sp_buffer_extend(&headers->block, gap + len, &room);
    if (status != SP_OK)
        return status;
    if (gap)
        *room++ = ' ';
    memcpy(room, text, len);
    item->value_len += (uint32_t)(gap + len);
    return SP_OK;
}

/* "HTTP/1.1 200 OK", "HTTP/2 200": what is not written so leaves zeros. */
static void read_status_line(struct sp_headers *headers, const char *line,
                             size_t len)
{
    const char *at = line + 5, *end = line + len;
    int version = 0;

    if (at == end || !sp_is_digit(*at))
        return;
    version = (*at++ - '0') * 10;
    if (end - at >= 2 && *at == '.' && sp_is_digit(at[1])) {
        version += at[1] - '0';
        at += 2;
    }
    headers->version = version;
    while (at < end && *at == ' ')
        at++;
    if (end - at >= 3 && sp_is_digit(at[0]) && sp_is_digit(at[1]) &&
        sp_is_digit(at[2]) && (end - at == 3 || at[3] == ' '))
        headers->status =
            (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
}

bool sp_headers_is_final(const struct sp_headers *headers)
{
    return headers->ended && headers->status >= 200;
}

static enum sp_status take_line(struct sp_headers *headers, const char *line,
                                size_t len)
{
    bool is_whole = len > 0 && line[len - 1] == '\n';
    const char *colon, *value;
    size_t value_len;

    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        start_block(headers);
        read_status_line(headers, line, len);
        return SP_OK;
    }
    if (len > 0 && is_blank(line[0]))
        return fold(headers, line, len);
    headers->foldable = false;
    if (len == 0) {
        if (is_whole && !headers->ended)
            headers->leading = headers->count;
        headers->ended |= is_whole;
        return SP_OK;
    }
    colon = memchr(line, ':', len);
    if (colon == NULL || colon == line)
        return SP_OK;
    value = colon + 1;
    value_len = len - (size_t)(value - line);
    trim(&value, &value_len);
    len = (size_t)(colon - line);
    trim(&line, &len);
    return add_field(headers, line, len, value, value_len);
}

enum sp_status sp_headers_line(struct sp_headers *headers, const char *line,
                               size_t len)
{
    enum sp_status status;

    if (len > headers->ceiling - headers->seen)
        return SP_ERR_TOO_LARGE;
    status = take_line(headers, line, len);
    if (status == SP_OK)
        headers->seen += len;
    return status;
}

const char *sp_headers_get(const struct sp_headers *headers, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < headers->count; i++) {
        const struct sp_header *item = &headers->items[i];

        if (item->name_len == len &&
            memcmp(headers->block.data + item->name_at, name, len) == 0)
            return headers->block.data + item->value_at;
    }
    return NULL;
}
