/* The cases of poll_spec.c over poll(2), as systems without epoll and kqueue
 * have it: the Makefile compiles this with SP_POLL_PLAIN. */
#include "poll_spec.c"
