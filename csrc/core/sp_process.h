/* sp_process: what is there once per process: libcurl itself, SIGPIPE, and
 * how many forks lie behind.
 *
 * Tested by spec/contract/fork_spec.lua. */
#ifndef SP_PROCESS_H
#define SP_PROCESS_H

#include "sp_error.h"

/* Once per process, before anything else; any thread. SYSTEM, UNSUPPORTED
 * (a libcurl too old or without TLS). Gives SIGPIPE an empty handler when the
 * host left it at its default, because TLS libraries write without asking. */
enum sp_status sp_process_init(struct sp_error *error);

/* How many forks lie between this process and the one that called init:
 * whoever keeps a descriptor or a handle compares it. */
int sp_process_generation(void);

/* "libcurl/7.88.1 OpenSSL/3.0.17 ..." */
const char *sp_process_versions(void);

#endif
