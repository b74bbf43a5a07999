/* sp_clock: the two clocks and the random source, in one place. */
#ifndef SP_CLOCK_H
#define SP_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* A deadline that never comes. */
#define SP_CLOCK_NEVER INT64_MAX

/* Milliseconds of the monotonic clock: for waits and deadlines. */
int64_t sp_clock_ms(void);

/* Microseconds of the same clock: for how long something takes. */
int64_t sp_clock_us(void);

/* Seconds since 1970 of the wall clock: only to read an HTTP date. */
int64_t sp_clock_wall_s(void);

/* now + wait without overflow; a negative wait counts as 0. */
int64_t sp_clock_after(int64_t now_ms, int64_t wait_ms);

/* Does nothing for so long, or until a signal comes. */
void sp_clock_sleep(int64_t ms);

/* Fills with random bytes from the kernel. 0, or -1 when it has none. */
int sp_clock_random(void *bytes, size_t len);

/* Uniform in [0, 1): for jitter, not for secrets. */
double sp_clock_jitter(void);

#endif
