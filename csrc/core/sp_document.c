#include "sp_document.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A multiple of three, so that only the last chunk needs padding. */
enum { CHUNK = 3 * 4096 };

static const char DIGITS[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t encode(const unsigned char *from, size_t len, char *to)
{
    size_t at = 0;

    for (size_t i = 0; i < len; i += 3) {
        unsigned b1 = i + 1 < len ? from[i + 1] : 0;
        unsigned b2 = i + 2 < len ? from[i + 2] : 0;
        unsigned bits = (unsigned)from[i] << 16 | b1 << 8 | b2;

        to[at++] = DIGITS[bits >> 18 & 63];
        to[at++] = DIGITS[bits >> 12 & 63];
        to[at++] = i + 1 < len ? DIGITS[bits >> 6 & 63] : '=';
        to[at++] = i + 2 < len ? DIGITS[bits & 63] : '=';
    }
    return at;
}

/* fread is asked for whole chunks, so a short one is the last. */
static enum sp_status read_all(FILE *file, size_t max, struct sp_buffer *text,
                               struct sp_error *error)
{
    unsigned char bytes[CHUNK];
    char digits[CHUNK / 3 * 4];
    size_t len, total = 0;
    enum sp_status status = SP_OK;

    do {
        len = fread(bytes, 1, sizeof bytes, file);
        total += len;
        if (ferror(file))
            status = sp_error_set(error, SP_ERR_SYSTEM, "%s",
                                  strerror(errno));
        else if (total > max)
            status = sp_error_set(error, SP_ERR_TOO_LARGE,
                                  "larger than %zu bytes", max);
        else if (len > 0)
            status = sp_buffer_append(text, digits,
                                      encode(bytes, len, digits));
    } while (status == SP_OK && len == sizeof bytes);
    if (status == SP_ERR_NO_MEMORY)
        sp_error_set(error, status, "out of memory");
    sp_wipe(bytes, sizeof bytes);
    sp_wipe(digits, sizeof digits);
    return status;
}

enum sp_status sp_document_read(const char *path, size_t max,
                                struct sp_buffer *text,
                                struct sp_error *error)
{
    FILE *file = fopen(path, "rb");
    enum sp_status status;

    sp_buffer_init(text, max / 3 * 4 + 4);
    if (!file)
        return sp_error_set(error, SP_ERR_SYSTEM, "%s", strerror(errno));
    /* stdio would keep a copy of the document in its own memory. */
    setvbuf(file, NULL, _IONBF, 0);
    status = read_all(file, max, text, error);
    fclose(file);
    if (status != SP_OK)
        sp_buffer_wipe(text);
    return status;
}
