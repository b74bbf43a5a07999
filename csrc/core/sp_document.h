/* sp_document: the bytes of a file as base64 text, for request bodies.
 *
 * An identity document is personal data: the file goes straight into the
 * buffer that is sent, and that memory is wiped when it is no longer used. */
#ifndef SP_DOCUMENT_H
#define SP_DOCUMENT_H

#include <stddef.h>

#include "sp_buffer.h"
#include "sp_error.h"

/* Reads the whole file at `path` and fills `text` (initialised here, to be
 * ended with sp_buffer_wipe) with its base64 form (RFC 4648, padded, one
 * line). `max` is the largest file allowed, in bytes.
 * Never waits: what is no regular file, such as a FIFO, is refused.
 * SYSTEM when it cannot be read, TOO_LARGE, NO_MEMORY; the message names the
 * cause, not the path. */
enum sp_status sp_document_read(const char *path, size_t max,
                                struct sp_buffer *text,
                                struct sp_error *error);

#endif
