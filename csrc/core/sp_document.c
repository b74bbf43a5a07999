#define _POSIX_C_SOURCE 200809L

#include "sp_document.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static enum sp_status fail(struct sp_error *error, int cause)
{
    return sp_error_set(error, SP_ERR_SYSTEM, "%s", strerror(cause));
}

/* Fills `bytes`, so that a short chunk is the last; its length, or -1. */
static ssize_t read_chunk(int fd, unsigned char *bytes)
{
    size_t len = 0;

    while (len < CHUNK) {
        ssize_t got = read(fd, bytes + len, CHUNK - len);

        if (got == 0)
            break;
        if (got > 0)
            len += (size_t)got;
        else if (errno != EINTR)
            return -1;
    }
    return (ssize_t)len;
}

static enum sp_status read_all(int fd, size_t max, struct sp_buffer *text,
                               struct sp_error *error)
{
    unsigned char bytes[CHUNK];
    char digits[CHUNK / 3 * 4];
    size_t total = 0;
    ssize_t len;
    enum sp_status status = SP_OK;

    do {
        len = read_chunk(fd, bytes);
        total += len > 0 ? (size_t)len : 0;
        if (len < 0)
            status = fail(error, errno);
        else if (total > max)
            status = sp_error_set(error, SP_ERR_TOO_LARGE,
                                  "larger than %zu bytes", max);
        else if (len > 0)
            status = sp_buffer_append(text, digits,
                                      encode(bytes, (size_t)len, digits));
    } while (status == SP_OK && len == CHUNK);
    if (status == SP_ERR_NO_MEMORY)
        sp_error_set(error, status, "out of memory");
    sp_wipe(bytes, sizeof bytes);
    sp_wipe(digits, sizeof digits);
    return status;
}

/* Only a regular file has an end that surely comes. Without O_NONBLOCK the
 * open itself would wait for the other end of a FIFO. */
static enum sp_status check_kind(int fd, struct sp_error *error)
{
    struct stat info;

    if (fstat(fd, &info) != 0)
        return fail(error, errno);
    if (S_ISDIR(info.st_mode))
        return fail(error, EISDIR);
    if (!S_ISREG(info.st_mode))
        return sp_error_set(error, SP_ERR_SYSTEM, "not a regular file");
    return SP_OK;
}

enum sp_status sp_document_read(const char *path, size_t max,
                                struct sp_buffer *text, struct sp_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    enum sp_status status;

    sp_buffer_init(text, max / 3 * 4 + 4);
    if (fd < 0)
        return fail(error, errno);
    status = check_kind(fd, error);
    if (status == SP_OK)
        status = read_all(fd, max, text, error);
    close(fd);
    if (status != SP_OK)
        sp_buffer_wipe(text);
    return status;
}
