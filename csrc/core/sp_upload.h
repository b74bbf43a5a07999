/* sp_upload: what a form sends: some fields, and the bytes of one file, which
 * are read while they are sent.
 *
 * A file stays open for as long as the call takes, so that every attempt
 * sends the same one. It is read in pieces, each small enough for a host that
 * must not wait, and looked at again with each: one that has changed since it
 * was opened, or is shorter than it was, is not sent to its end. */
#ifndef SP_UPLOAD_H
#define SP_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sp_buffer.h"
#include "sp_error.h"

enum { SP_UPLOAD_HEAD = 1024 }; /* bytes by which a type is known */

/* What a file is like, to be compared. */
struct sp_upload_stamp {
    int64_t size, modified_s, modified_ns;
};

struct sp_upload {
    int fd; /* -1: the bytes are in memory */
    struct sp_buffer bytes;
    struct sp_upload_stamp stamp;
    uint64_t size;           /* bytes of the file */
    uint64_t at;             /* how many have been read for this attempt */
    const char *type;        /* by its first bytes, or NULL */
    struct sp_buffer fields; /* name NUL value NUL ... */
    struct sp_buffer name;   /* of the file, as it is sent; "" for none */
    const char *complaint;   /* why it cannot be sent, or NULL */
};

/* A file. Never waits: what is no regular file is refused. SYSTEM when it
 * cannot be read, TOO_LARGE above `max` bytes, INVALID when it is empty,
 * NO_MEMORY; the message names the cause, not the path. */
enum sp_status sp_upload_open(const char *path, uint64_t max,
                              struct sp_upload **out, struct sp_error *error);

/* Bytes, which are copied. TOO_LARGE, INVALID when there is none, NO_MEMORY.
 */
enum sp_status sp_upload_copy(const char *bytes, size_t len, uint64_t max,
                              struct sp_upload **out, struct sp_error *error);

/* Adds a field. Neither string holds a NUL. NO_MEMORY. */
enum sp_status sp_upload_add(struct sp_upload *upload, const char *name,
                             const char *value);

/* The name that is sent. NO_MEMORY. */
enum sp_status sp_upload_rename(struct sp_upload *upload, const char *name);

/* Begins again. INVALID when the file is not what it was. */
enum sp_status sp_upload_rewind(struct sp_upload *upload);

/* Reads on: at most `size` bytes, `got` of them, 0 at the end. INVALID as
 * above, with the reason in `complaint`. */
enum sp_status sp_upload_read(struct sp_upload *upload, char *to, size_t size,
                              size_t *got);

/* Ends what it holds of the person's; what has been sent can still be asked.
 * NULL is allowed. */
void sp_upload_close(struct sp_upload *upload);

/* NULL is allowed. */
void sp_upload_free(struct sp_upload *upload);

#endif
