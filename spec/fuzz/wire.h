/* wire: what the harness of the whole path shows, for who lets memory run out
 * beneath it (oom.c). */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>

extern struct wire {
    bool in_core;      /* what runs is the core, libcurl or OpenSSL */
    bool lacks_memory; /* an allocation was refused, in this input */
    bool has_ended;    /* no more may be refused in this input */
} wire;

#endif
