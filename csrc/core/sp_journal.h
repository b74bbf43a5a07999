/* sp_journal: a file of lines that only grows, for what must be known after
 * the process was killed at any point.
 *
 * It is its owner's alone (0600), and of one process at a time. A line that
 * was cut by a kill is ended by the next process, and is no line of ours. */
#ifndef SP_JOURNAL_H
#define SP_JOURNAL_H

#include <stddef.h>

#include "sp_buffer.h"
#include "sp_error.h"

struct sp_journal {
    int fd;
};

/* Opens or makes the file and fills `text` (initialised here) with all that
 * it holds. SYSTEM when the system refuses, or another process has it open;
 * NO_MEMORY. The message names the cause, not the path. */
enum sp_status sp_journal_open(struct sp_journal *journal, const char *path,
                               struct sp_buffer *text, struct sp_error *error);

/* Appends a line, without its end, and returns when it is on the disk.
 * SYSTEM. */
enum sp_status sp_journal_append(struct sp_journal *journal, const char *line,
                                 size_t len, struct sp_error *error);

/* No harm when repeated. */
void sp_journal_close(struct sp_journal *journal);

#endif
