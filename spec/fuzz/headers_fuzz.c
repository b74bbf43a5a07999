/* Header blocks of any bytes, line by line as libcurl hands them over.
 *
 * Input: a byte for the ceiling, then the lines. */
#include "fuzz.h"
#include "sp_headers.h"

static void check_item(const struct sp_headers *headers,
                       const struct sp_header *item)
{
    const char *block = headers->block.data;
    size_t end = (size_t)item->value_at + item->value_len;
    char *name = fuzz_copy(block + item->name_at, item->name_len);
    const char *found;

    FUZZ_HOLDS(item->name_len > 0 || item->name_at == item->value_at);
    FUZZ_HOLDS((size_t)item->name_at + item->name_len == item->value_at);
    FUZZ_HOLDS(end <= headers->block.len);
    FUZZ_HOLDS(block[end] == '\0');
    for (size_t i = 0; i < item->name_len; i++)
        FUZZ_HOLDS(name[i] < 'A' || name[i] > 'Z');
    if (!memchr(name, '\0', item->name_len)) {
        name = realloc(name, (size_t)item->name_len + 1);
        if (!name)
            abort();
        name[item->name_len] = '\0';
        found = sp_headers_get(headers, name);
        FUZZ_HOLDS(found && found <= block + item->value_at);
    }
    free(name);
}

static void check(const struct sp_headers *headers)
{
    size_t before = 0;

    FUZZ_HOLDS(headers->seen <= headers->ceiling);
    FUZZ_HOLDS(headers->block.len <= headers->seen);
    FUZZ_HOLDS(headers->count <= headers->capacity);
    for (size_t i = 0; i < headers->count; i++) {
        FUZZ_HOLDS(headers->items[i].name_at >= before);
        check_item(headers, &headers->items[i]);
        before = (size_t)headers->items[i].value_at +
                 headers->items[i].value_len;
    }
}

static size_t line_length(const struct fuzz_input *input)
{
    const uint8_t *end = memchr(input->at, '\n', input->left);

    return end ? (size_t)(end - input->at) + 1 : input->left;
}

static void take_lines(struct sp_headers *headers, struct fuzz_input input)
{
    while (input.left > 0) {
        size_t len = line_length(&input), seen = headers->seen;
        char *line = fuzz_copy(input.at, len);
        enum sp_status status = sp_headers_line(headers, line, len);

        free(line);
        FUZZ_HOLDS(headers->seen == (status == SP_OK ? seen + len : seen));
        FUZZ_HOLDS(status == SP_OK || status == SP_ERR_TOO_LARGE);
        FUZZ_HOLDS((status == SP_OK) == (len <= headers->ceiling - seen));
        input.at += len;
        input.left -= len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    struct sp_headers headers;

    sp_headers_init(&headers, (size_t)fuzz_byte(&input) * 64);
    take_lines(&headers, input);
    check(&headers);
    /* The next answer, in the memory of the one before. */
    sp_headers_recycle(&headers);
    FUZZ_HOLDS(headers.count == 0 && headers.seen == 0);
    take_lines(&headers, input);
    check(&headers);
    sp_headers_clear(&headers);
    return 0;
}
