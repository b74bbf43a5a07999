/* What sp_clock promises of clocks and chance.
 *
 * Linked with -Wl,--wrap=getentropy, so that the kernel can be without. */
#define _DEFAULT_SOURCE /* clock_gettime */

#include "sp_clock.h"

#include <time.h>

#include "check.h"

static bool has_entropy = true;

int __real_getentropy(void *bytes, size_t len);
int __wrap_getentropy(void *bytes, size_t len);

int __wrap_getentropy(void *bytes, size_t len)
{
    return has_entropy ? __real_getentropy(bytes, len) : -1;
}

static void test_clocks(void)
{
    int64_t before = sp_clock_ms();
    int64_t wall = (int64_t)time(NULL);
    int64_t now = before;
    struct timespec kernel;

    check_case("counts milliseconds, never backwards");
    for (int i = 0; i < 10000; i++) {
        int64_t next = sp_clock_ms();

        CHECK(next >= now);
        now = next;
    }
    CHECK_INT(clock_gettime(CLOCK_MONOTONIC, &kernel), 0);
    now = (int64_t)kernel.tv_sec * 1000 + kernel.tv_nsec / 1000000;
    CHECK(now >= before);
    CHECK(now - before < 60000);
    CHECK(sp_clock_ms() >= now);

    check_case("reads the wall clock in seconds of the epoch");
    CHECK(sp_clock_wall_s() >= wall);
    CHECK(sp_clock_wall_s() - wall < 60);
}

static void test_after(void)
{
    static const struct {
        const char *name;
        int64_t now, wait, want;
    } ROWS[] = {
        {"adds a wait", 1000, 250, 1250},
        {"adds nothing", 1000, 0, 1000},
        {"counts a negative wait as none", 1000, -5, 1000},
        {"counts the most negative wait as none", 1000, INT64_MIN, 1000},
        {"is never after a wait for ever", 1000, SP_CLOCK_NEVER,
         SP_CLOCK_NEVER},
        {"stays never", SP_CLOCK_NEVER, 1, SP_CLOCK_NEVER},
        {"ends at never instead of overflowing", SP_CLOCK_NEVER - 5, 6,
         SP_CLOCK_NEVER},
        {"reaches never exactly", SP_CLOCK_NEVER - 5, 5, SP_CLOCK_NEVER},
        {"adds to a time before zero", -1000, 250, -750},
        {"adds for ever to a time before zero", -1, SP_CLOCK_NEVER,
         SP_CLOCK_NEVER - 1},
    };

    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        check_case(ROWS[i].name);
        CHECK_INT(sp_clock_after(ROWS[i].now, ROWS[i].wait), ROWS[i].want);
    }
}

static void test_random(void)
{
    unsigned char one[32], two[32], many[1000] = {0};
    unsigned last = 0;

    check_case("fills with bytes that differ each time");
    CHECK_INT(sp_clock_random(one, sizeof one), 0);
    CHECK_INT(sp_clock_random(two, sizeof two), 0);
    CHECK(memcmp(one, two, sizeof one) != 0);

    check_case("fills to the end, however long");
    CHECK_INT(sp_clock_random(many, sizeof many), 0);
    for (size_t i = sizeof many - 16; i < sizeof many; i++)
        last |= many[i];
    CHECK(last != 0);

    check_case("needs nothing to fill nothing");
    CHECK_INT(sp_clock_random(NULL, 0), 0);

    check_case("says so when the kernel has none");
    has_entropy = false;
    CHECK_INT(sp_clock_random(one, sizeof one), -1);
    has_entropy = true;
}

static void check_spread(void)
{
    int tenths[10] = {0};

    for (int i = 0; i < 2000; i++) {
        double jitter = sp_clock_jitter();

        if (!CHECK(jitter >= 0.0 && jitter < 1.0))
            return;
        tenths[(int)(jitter * 10)]++;
    }
    for (int i = 0; i < 10; i++)
        CHECK(tenths[i] > 100 && tenths[i] < 300);
}

static void test_jitter(void)
{
    check_case("spreads jitter evenly over [0, 1)");
    check_spread();

    check_case("spreads it also when the kernel has no random bytes");
    has_entropy = false;
    check_spread();
    has_entropy = true;
}

static void test_sleep(void)
{
    int64_t began = sp_clock_ms();

    check_case("sleeps as long as it is told, and not at all for nothing");
    sp_clock_sleep(0);
    sp_clock_sleep(-1000000);
    CHECK(sp_clock_ms() - began < 1000);
    began = sp_clock_ms();
    sp_clock_sleep(30);
    CHECK(sp_clock_ms() - began >= 29);
}

int main(void)
{
    test_clocks();
    test_after();
    test_random();
    test_jitter();
    test_sleep();
    return check_done();
}
