/* sp_buffer: growth by doubling, never past the ceiling.
 *
 * Growing copies into new memory and overwrites the old, instead of
 * realloc, because realloc would leave pieces of a secret in freed memory
 * where sp_buffer_wipe cannot reach them. */
#define _DEFAULT_SOURCE /* explicit_bzero */

#include "sp_buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

void sp_wipe(void *memory, size_t len)
{
    if (len == 0)
        return;
#ifdef __GLIBC__
    explicit_bzero(memory, len);
#else
    for (volatile unsigned char *byte = memory; len > 0; len--)
        *byte++ = 0;
#endif
}

void sp_buffer_init(struct sp_buffer *buffer, size_t ceiling)
{
    *buffer = (struct sp_buffer){ .ceiling = ceiling };
}

/* The capacity for `need` bytes, NUL included; need <= ceiling + 1. */
static size_t next_capacity(const struct sp_buffer *buffer, size_t need)
{
    size_t capacity = buffer->capacity;

    if (capacity < FIRST_CAPACITY)
        capacity = FIRST_CAPACITY;
    while (capacity < need)
        capacity = capacity > SIZE_MAX / 2 ? need : capacity * 2;
    if (capacity - 1 > buffer->ceiling)
        capacity = buffer->ceiling + 1;
    return capacity;
}

static enum sp_status grow(struct sp_buffer *buffer, size_t capacity)
{
    char *data = malloc(capacity);

    if (data == NULL)
        return SP_ERR_NO_MEMORY;
    if (buffer->len > 0)
        memcpy(data, buffer->data, buffer->len);
    sp_wipe(buffer->data, buffer->capacity);
    free(buffer->data);
    buffer->data = data;
    buffer->capacity = capacity;
    return SP_OK;
}

enum sp_status sp_buffer_reserve(struct sp_buffer *buffer, size_t len)
{
    if (len > buffer->ceiling || len == SIZE_MAX)
        return SP_ERR_TOO_LARGE;
    return len < buffer->capacity ? SP_OK : grow(buffer, len + 1);
}

enum sp_status sp_buffer_extend(struct sp_buffer *buffer, size_t len,
                                char **room)
{
    /* The second half leaves room for the NUL under a ceiling of SIZE_MAX. */
    if (len > buffer->ceiling - buffer->len || len >= SIZE_MAX - buffer->len)
        return SP_ERR_TOO_LARGE;
    if (buffer->capacity - buffer->len <= len) {
        enum sp_status status =
            grow(buffer, next_capacity(buffer, buffer->len + len + 1));

        if (status != SP_OK)
            return status;
    }
    *room = buffer->data + buffer->len;
    (*room)[len] = '\0';
    buffer->len += len;
    return SP_OK;
}

enum sp_status sp_buffer_append(struct sp_buffer *buffer, const void *bytes,
                                size_t len)
{
    char *room;
    enum sp_status status;

    if (len == 0)
        return SP_OK;
    status = sp_buffer_extend(buffer, len, &room);
    if (status == SP_OK)
        memcpy(room, bytes, len);
    return status;
}

void sp_buffer_reset(struct sp_buffer *buffer)
{
    buffer->len = 0;
    if (buffer->data != NULL)
        buffer->data[0] = '\0';
}

void sp_buffer_recycle(struct sp_buffer *buffer)
{
    if (buffer->capacity > SP_BUFFER_KEEP)
        sp_buffer_clear(buffer);
    else
        sp_buffer_reset(buffer);
}

void sp_buffer_clear(struct sp_buffer *buffer)
{
    free(buffer->data);
    sp_buffer_init(buffer, buffer->ceiling);
}

void sp_buffer_wipe(struct sp_buffer *buffer)
{
    /* All of it: a reset leaves earlier bytes behind `len`. */
    sp_wipe(buffer->data, buffer->capacity);
    sp_buffer_clear(buffer);
}
