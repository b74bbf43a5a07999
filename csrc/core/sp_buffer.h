/* sp_buffer: bytes that grow up to a ceiling set at birth.
 *
 * What the network feeds goes through one of these, so nothing it sends can
 * take more memory than was allowed. Zeroed memory is legal for clear. */
#ifndef SP_BUFFER_H
#define SP_BUFFER_H

#include <stddef.h>

#include "sp_error.h"

enum { SP_BUFFER_KEEP = 64 * 1024 };

struct sp_buffer {
    char *data;      /* NUL-terminated once anything was appended */
    size_t len;      /* bytes, without that NUL */
    size_t capacity; /* bytes allocated */
    size_t ceiling;  /* the most that len may become */
};

/* Cannot fail; allocates nothing. */
void sp_buffer_init(struct sp_buffer *buffer, size_t ceiling);

/* Makes room for `len` bytes in all, and no more: for content whose size is
 * known. TOO_LARGE, NO_MEMORY. */
enum sp_status sp_buffer_reserve(struct sp_buffer *buffer, size_t len);

/* Appends all of `bytes` or nothing: TOO_LARGE, NO_MEMORY. */
enum sp_status sp_buffer_append(struct sp_buffer *buffer, const void *bytes,
                                size_t len);

/* Adds `len` bytes, which the caller writes, at `room`; else as append. */
enum sp_status sp_buffer_extend(struct sp_buffer *buffer, size_t len,
                                char **room);

/* Forgets the content, keeps the memory for the next use. */
void sp_buffer_reset(struct sp_buffer *buffer);

/* The same, but frees memory of more than SP_BUFFER_KEEP bytes. */
void sp_buffer_recycle(struct sp_buffer *buffer);

/* Frees the memory and keeps the ceiling. */
void sp_buffer_clear(struct sp_buffer *buffer);

/* As clear, but the bytes are overwritten first: for secrets. (Growing
 * overwrites what it leaves, so no copy stays behind.) */
void sp_buffer_wipe(struct sp_buffer *buffer);

/* Overwrites memory in a way the compiler must keep. */
void sp_wipe(void *memory, size_t len);

#endif
