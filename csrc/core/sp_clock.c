/* sp_clock: the kernel's clocks and random source. */
#define _DEFAULT_SOURCE /* clock_gettime, nanosleep, getentropy */
#define _DARWIN_C_SOURCE

#include "sp_clock.h"

#include <time.h>
#include <unistd.h>

#ifdef __APPLE__
#include <sys/random.h> /* getentropy */
#endif

/* What getentropy gives at most in one call. */
enum { ENTROPY_MAX = 256 };

static int64_t monotonic_ns(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t sp_clock_ms(void)
{
    return monotonic_ns() / 1000000;
}

int64_t sp_clock_us(void)
{
    return monotonic_ns() / 1000;
}

int64_t sp_clock_wall_s(void)
{
    return (int64_t)time(NULL);
}

int64_t sp_clock_after(int64_t now_ms, int64_t wait_ms)
{
    if (wait_ms <= 0)
        return now_ms;
    if (now_ms > SP_CLOCK_NEVER - wait_ms)
        return SP_CLOCK_NEVER;
    return now_ms + wait_ms;
}

void sp_clock_sleep(int64_t ms)
{
    struct timespec wait = { 0 };

    if (ms <= 0)
        return;
    wait.tv_sec = (time_t)(ms / 1000);
    wait.tv_nsec = (long)(ms % 1000) * 1000000L;
    (void)nanosleep(&wait, NULL);
}

int sp_clock_random(void *bytes, size_t len)
{
    unsigned char *next = bytes;

    while (len > 0) {
        size_t part = len < ENTROPY_MAX ? len : ENTROPY_MAX;

        if (getentropy(next, part) != 0)
            return -1;
        next += part;
        len -= part;
    }
    return 0;
}

/* The finaliser of SplitMix64: spreads neighbouring clock readings. */
static uint64_t scatter(uint64_t bits)
{
    bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
    return bits ^ (bits >> 31);
}

double sp_clock_jitter(void)
{
    uint64_t bits;

    if (sp_clock_random(&bits, sizeof bits) != 0)
        bits = scatter((uint64_t)monotonic_ns());
    return (double)(bits >> 11) * 0x1p-53;
}
