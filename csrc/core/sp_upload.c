#define _POSIX_C_SOURCE 200809L
#define _DARWIN_C_SOURCE /* st_mtimespec */

#include "sp_upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char CHANGED[] = "the file was changed while it was being sent";
static const char SHORTER[] = "the file ended early while it was being sent";
static const char UNREADABLE[] =
    "the file could not be read while it was being sent";

/* ---- what kind of file it is ------------------------------------------ */

static bool begins(const unsigned char *head, size_t len, const char *with,
                   size_t with_len)
{
    return len >= with_len && memcmp(head, with, with_len) == 0;
}

/* Readers take a PDF whose mark stands anywhere in its first kilobyte. */
static bool is_pdf(const unsigned char *head, size_t len)
{
    for (size_t i = 0; i + 5 <= len; i++)
        if (memcmp(head + i, "%PDF-", 5) == 0)
            return true;
    return false;
}

/* An ISO file whose brand, the main one or a compatible one, is HEIF's. */
static bool is_heic(const unsigned char *head, size_t len)
{
    static const char *const BRANDS[] = {
        "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1",
    };
    size_t box;

    if (len < 16 || memcmp(head + 4, "ftyp", 4) != 0)
        return false;
    box = (size_t)head[2] << 8 | head[3];
    if (head[0] || head[1] || box > len)
        box = len;
    for (size_t at = 8; at + 4 <= box; at += 4)
        for (size_t i = 0; at != 12 && i < sizeof BRANDS / sizeof *BRANDS; i++)
            if (memcmp(head + at, BRANDS[i], 4) == 0)
                return true;
    return false;
}

static const char *type_of(const unsigned char *head, size_t len)
{
    if (begins(head, len, "\xff\xd8\xff", 3))
        return "image/jpeg";
    if (begins(head, len, "\x89PNG\r\n\x1a\n", 8))
        return "image/png";
    if (begins(head, len, "II*\0", 4) || begins(head, len, "MM\0*", 4))
        return "image/tiff";
    if (is_heic(head, len))
        return "image/heic";
    return is_pdf(head, len) ? "application/pdf" : NULL;
}

/* ---- birth and death -------------------------------------------------- */

static enum sp_status new_upload(struct sp_upload **out,
                                 struct sp_error *error)
{
    struct sp_upload *upload = calloc(1, sizeof *upload);

    *out = upload;
    if (!upload)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    upload->fd = -1;
    sp_buffer_init(&upload->bytes, SIZE_MAX / 2);
    sp_buffer_init(&upload->fields, SIZE_MAX / 2);
    sp_buffer_init(&upload->name, SIZE_MAX / 2);
    return SP_OK;
}

static enum sp_status check_size(uint64_t size, uint64_t max,
                                 struct sp_error *error)
{
    if (size == 0)
        return sp_error_set(error, SP_ERR_INVALID, "it is empty");
    if (size > max)
        return sp_error_set(error, SP_ERR_TOO_LARGE,
                            "it is larger than %llu bytes",
                            (unsigned long long)max);
    return SP_OK;
}

static int look(int fd, struct sp_upload_stamp *stamp, mode_t *mode)
{
    struct stat info;

    if (fstat(fd, &info) != 0)
        return -1;
    *mode = info.st_mode;
    stamp->size = info.st_size;
#ifdef __APPLE__
    stamp->modified_s = info.st_mtimespec.tv_sec;
    stamp->modified_ns = info.st_mtimespec.tv_nsec;
#else
    stamp->modified_s = info.st_mtim.tv_sec;
    stamp->modified_ns = info.st_mtim.tv_nsec;
#endif
    return 0;
}

static ssize_t read_at(int fd, char *to, size_t size, uint64_t at)
{
    ssize_t got;

    do
        got = pread(fd, to, size, (off_t)at);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Without O_NONBLOCK the open itself would wait for the other end of a FIFO.
 */
static enum sp_status open_file(struct sp_upload *upload, const char *path,
                                uint64_t max, struct sp_error *error)
{
    char head[SP_UPLOAD_HEAD];
    enum sp_status status;
    mode_t mode = 0;
    ssize_t got;

    upload->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (upload->fd < 0 || look(upload->fd, &upload->stamp, &mode) != 0)
        return sp_error_set(error, SP_ERR_SYSTEM, "%s", strerror(errno));
    if (!S_ISREG(mode))
        return sp_error_set(error, SP_ERR_SYSTEM, "%s",
                            S_ISDIR(mode) ? strerror(EISDIR)
                                          : "not a regular file");
    upload->size = (uint64_t)upload->stamp.size;
    status = check_size(upload->size, max, error);
    if (status != SP_OK)
        return status;
    got = read_at(upload->fd, head, sizeof head, 0);
    if (got < 0)
        return sp_error_set(error, SP_ERR_SYSTEM, "%s", strerror(errno));
    upload->type = type_of((const unsigned char *)head, (size_t)got);
    sp_wipe(head, sizeof head);
    return SP_OK;
}

enum sp_status sp_upload_open(const char *path, uint64_t max,
                              struct sp_upload **out, struct sp_error *error)
{
    enum sp_status status = new_upload(out, error);

    if (status == SP_OK)
        status = open_file(*out, path, max, error);
    if (status != SP_OK) {
        sp_upload_free(*out);
        *out = NULL;
    }
    return status;
}

enum sp_status sp_upload_copy(const char *bytes, size_t len, uint64_t max,
                              struct sp_upload **out, struct sp_error *error)
{
    enum sp_status status = check_size(len, max, error);

    *out = NULL;
    if (status == SP_OK)
        status = new_upload(out, error);
    if (status != SP_OK)
        return status;
    if (sp_buffer_append(&(*out)->bytes, bytes, len) != SP_OK) {
        sp_upload_free(*out);
        *out = NULL;
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    }
    (*out)->size = len;
    (*out)->type = type_of((const unsigned char *)bytes,
                           len < SP_UPLOAD_HEAD ? len : SP_UPLOAD_HEAD);
    return SP_OK;
}

void sp_upload_close(struct sp_upload *upload)
{
    if (!upload)
        return;
    if (upload->fd >= 0)
        close(upload->fd);
    upload->fd = -1;
    sp_buffer_wipe(&upload->bytes);
    sp_buffer_wipe(&upload->fields);
    sp_buffer_wipe(&upload->name);
}

void sp_upload_free(struct sp_upload *upload)
{
    sp_upload_close(upload);
    free(upload);
}

/* ---- what is sent ----------------------------------------------------- */

static enum sp_status add_text(struct sp_buffer *to, const char *text)
{
    return sp_buffer_append(to, text, strlen(text) + 1);
}

enum sp_status sp_upload_add(struct sp_upload *upload, const char *name,
                             const char *value)
{
    size_t before = upload->fields.len;
    enum sp_status status = add_text(&upload->fields, name);

    if (status == SP_OK)
        status = add_text(&upload->fields, value);
    if (status != SP_OK)
        upload->fields.len = before;
    return status;
}

enum sp_status sp_upload_rename(struct sp_upload *upload, const char *name)
{
    sp_buffer_reset(&upload->name);
    return add_text(&upload->name, name);
}

static enum sp_status complain(struct sp_upload *upload, const char *why)
{
    upload->complaint = why;
    return SP_ERR_INVALID;
}

/* Whether the file is what it was when it was opened. */
static enum sp_status check_stamp(struct sp_upload *upload)
{
    struct sp_upload_stamp now = { 0 };
    mode_t mode;

    if (upload->fd < 0)
        return SP_OK;
    if (look(upload->fd, &now, &mode) != 0)
        return complain(upload, UNREADABLE);
    if (now.size < upload->stamp.size)
        return complain(upload, SHORTER);
    if (now.size != upload->stamp.size ||
        now.modified_s != upload->stamp.modified_s ||
        now.modified_ns != upload->stamp.modified_ns)
        return complain(upload, CHANGED);
    return SP_OK;
}

enum sp_status sp_upload_rewind(struct sp_upload *upload)
{
    upload->at = 0;
    return check_stamp(upload);
}

/* The file is looked at after each piece, so that none of a changed one goes
 * out as its end. */
enum sp_status sp_upload_read(struct sp_upload *upload, char *to, size_t size,
                              size_t *got)
{
    uint64_t left = upload->size - upload->at;
    size_t wanted = left < size ? (size_t)left : size;
    ssize_t count = (ssize_t)wanted;

    *got = 0;
    if (upload->fd < 0)
        memcpy(to, upload->bytes.data + upload->at, wanted);
    else
        count = read_at(upload->fd, to, wanted, upload->at);
    if (count < 0)
        return complain(upload, UNREADABLE);
    if (count == 0 && wanted > 0)
        return complain(upload, SHORTER);
    if (check_stamp(upload) != SP_OK)
        return SP_ERR_INVALID;
    upload->at += (uint64_t)count;
    *got = (size_t)count;
    return SP_OK;
}
