/* Whether sp_timers always gives the earliest first. */
#include "sp_timers.h"

#include "alloc.h"
#include "check.h"
#include "sp_clock.h"

enum { COUNT = 500 };

/* Takes out all that is due, checks the order, and counts. */
static int drain(struct sp_timers *timers, int64_t now_ms)
{
    struct sp_timer *timer;
    int64_t last = INT64_MIN;
    int count = 0;

    while ((timer = sp_timers_due(timers, now_ms)) != NULL) {
        CHECK(timer->at_ms >= last);
        CHECK(timer->at_ms <= now_ms);
        CHECK_INT(timer->place, 0);
        last = timer->at_ms;
        count++;
    }
    return count;
}

static void test_empty(void)
{
    struct sp_timers timers = {0};
    struct sp_timer timer = {0};

    check_case("has nothing due when it is empty");
    CHECK(sp_timers_due(&timers, INT64_MAX) == NULL);
    CHECK_INT(sp_timers_next(&timers), SP_CLOCK_NEVER);

    check_case("does not mind unsetting what is not set");
    sp_timers_unset(&timers, &timer);
    sp_timers_clear(&timers);
}

static void test_one(void)
{
    struct sp_timers timers = {0};
    struct sp_timer timer = {0};

    check_case("gives a timer at its time and not before");
    CHECK_INT(sp_timers_set(&timers, &timer, 10), SP_OK);
    CHECK_INT(sp_timers_next(&timers), 10);
    CHECK(sp_timers_due(&timers, 9) == NULL);
    CHECK(sp_timers_due(&timers, 10) == &timer);
    CHECK(sp_timers_due(&timers, 10) == NULL);

    check_case("moves a timer that is set again");
    CHECK_INT(sp_timers_set(&timers, &timer, 10), SP_OK);
    CHECK_INT(sp_timers_set(&timers, &timer, 30), SP_OK);
    CHECK_INT(timers.count, 1);
    CHECK(sp_timers_due(&timers, 29) == NULL);
    CHECK(sp_timers_due(&timers, 30) == &timer);
    sp_timers_clear(&timers);
}

static void test_many(void)
{
    static struct sp_timer many[COUNT];
    struct sp_timers timers = {0};
    uint64_t seed = 7;
    int unset = 0;

    check_case("gives many timers in the order of their times");
    for (int i = 0; i < COUNT; i++)
        CHECK_INT(sp_timers_set(&timers, &many[i],
                                (int64_t)check_below(&seed, 1000)),
                  SP_OK);
    for (int i = 0; i < COUNT; i += 3, unset++)
        sp_timers_unset(&timers, &many[i]);
    for (int i = 1; i < COUNT; i += 3)
        CHECK_INT(sp_timers_set(&timers, &many[i],
                                (int64_t)check_below(&seed, 1000)),
                  SP_OK);
    CHECK_INT(drain(&timers, 400) + drain(&timers, 1000), COUNT - unset);
    CHECK_INT(timers.count, 0);
    sp_timers_clear(&timers);
}

static void test_no_memory(void)
{
    struct sp_timers timers = {0};
    struct sp_timer timer = {0};

    check_case("stays as it was when there is no memory");
    alloc_fail(1);
    CHECK_INT(sp_timers_set(&timers, &timer, 1), SP_ERR_NO_MEMORY);
    CHECK_INT(timer.place, 0);
    CHECK_INT(sp_timers_set(&timers, &timer, 1), SP_OK);
    CHECK(sp_timers_due(&timers, 1) == &timer);
    sp_timers_clear(&timers);
}

int main(void)
{
    test_empty();
    test_one();
    test_many();
    test_no_memory();
    return check_done();
}
