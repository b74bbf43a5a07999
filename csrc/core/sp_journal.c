#define _DEFAULT_SOURCE /* flock */

#include "sp_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 16384, LINE_MAX_BYTES = 1024 };

static enum sp_status fail(struct sp_error *error)
{
    return sp_error_set(error, SP_ERR_SYSTEM, "%s", strerror(errno));
}

static enum sp_status write_all(int fd, const char *bytes, size_t len,
                                struct sp_error *error)
{
    while (len > 0) {
        ssize_t put = write(fd, bytes, len);

        if (put < 0 && errno != EINTR)
            return fail(error);
        if (put > 0) {
            bytes += put;
            len -= (size_t)put;
        }
    }
    return SP_OK;
}

static enum sp_status read_all(int fd, struct sp_buffer *text,
                               struct sp_error *error)
{
    char bytes[CHUNK];
    ssize_t got;

    while ((got = read(fd, bytes, sizeof bytes)) != 0) {
        if (got < 0 && errno != EINTR)
            return fail(error);
        if (got > 0 && sp_buffer_append(text, bytes, (size_t)got) != SP_OK)
            return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    }
    return SP_OK;
}

static enum sp_status claim(int fd, struct sp_error *error)
{
    struct stat info;

    if (fstat(fd, &info) != 0)
        return fail(error);
    if (!S_ISREG(info.st_mode))
        return sp_error_set(error, SP_ERR_SYSTEM, "not a regular file");
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK
                   ? sp_error_set(error, SP_ERR_SYSTEM,
                                  "another process is using it")
                   : fail(error);
    return fchmod(fd, S_IRUSR | S_IWUSR) == 0 ? SP_OK : fail(error);
}

enum sp_status sp_journal_open(struct sp_journal *journal, const char *path,
                               struct sp_buffer *text, struct sp_error *error)
{
    enum sp_status status;

    sp_buffer_init(text, SIZE_MAX / 2);
    journal->fd = open(
        path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
        S_IRUSR | S_IWUSR);
    if (journal->fd < 0)
        return fail(error);
    status = claim(journal->fd, error);
    if (status == SP_OK)
        status = read_all(journal->fd, text, error);
    if (status == SP_OK && text->len > 0 && text->data[text->len - 1] != '\n')
        status = write_all(journal->fd, "\n", 1, error);
    if (status != SP_OK) {
        sp_journal_close(journal);
        sp_buffer_clear(text);
    }
    return status;
}

enum sp_status sp_journal_append(struct sp_journal *journal, const char *line,
                                 size_t len, struct sp_error *error)
{
    char whole[LINE_MAX_BYTES + 1];
    enum sp_status status;

    if (journal->fd < 0)
        return sp_error_set(error, SP_ERR_CLOSED, "it is closed");
    if (len > LINE_MAX_BYTES)
        return sp_error_set(error, SP_ERR_TOO_LARGE, "a line is too long");
    memcpy(whole, line, len);
    whole[len] = '\n';
    status = write_all(journal->fd, whole, len + 1, error);
    if (status == SP_OK && fsync(journal->fd) != 0)
        status = fail(error);
    return status;
}

void sp_journal_close(struct sp_journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = -1;
}
