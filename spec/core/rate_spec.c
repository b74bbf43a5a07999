/* Whether sp_rate keeps its limit as the server sees it.
 *
 * The simulation runs in microseconds of a true time. The client reads a
 * clock that is cut to milliseconds; the server sees each request after a
 * random way there and the client the answer after a random way back. */
#include "sp_rate.h"

#include "alloc.h"
#include "check.h"

enum { REQUESTS_MAX = 2000, SECOND_US = 1000000 };

struct world {
    int limit;
    int requests;
    int64_t connect_us;        /* the longest time until it is issued */
    int64_t there_us, back_us; /* the longest way there, and back */
    int64_t gap_us;            /* the longest pause between requests; or 0 */
    uint64_t seed;
};

struct outcome {
    int64_t arrivals[REQUESTS_MAX]; /* at the server, in order */
    int count;
    int64_t end_us; /* of the last answer */
};

struct flight {
    uint64_t ticket;
    int64_t issue_us;  /* or -1 when it was told */
    int64_t answer_us; /* or -1 when it was seen */
};

static int64_t up_to(uint64_t *seed, int64_t most)
{
    return (int64_t)check_below(seed, (uint64_t)most + 1);
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

    return (left > right) - (left < right);
}

/* Tells of every request that has gone out by now. */
static void see_issues(struct sp_rate *rate, struct flight *flights,
                       int count, int64_t now_us)
{
    for (int i = 0; i < count; i++) {
        if (flights[i].issue_us >= 0 && flights[i].issue_us <= now_us) {
            sp_rate_issued(rate, flights[i].ticket,
                           flights[i].issue_us / 1000);
            flights[i].issue_us = -1;
        }
    }
}

/* Tells of every answer that has come by now. */
static void see_answers(struct sp_rate *rate, struct flight *flights,
                        int count, int64_t now_us)
{
    for (int i = 0; i < count; i++) {
        if (flights[i].answer_us >= 0 && flights[i].answer_us <= now_us) {
            sp_rate_arrived(rate, flights[i].ticket, now_us / 1000);
            flights[i].answer_us = -1;
        }
    }
}

static void simulate(const struct world *world, struct outcome *outcome)
{
    static struct flight flights[REQUESTS_MAX];
    struct sp_rate rate;
    uint64_t seed = world->seed;
    int64_t next_us = 0;

    *outcome = (struct outcome){.count = 0};
    if (!CHECK_INT(sp_rate_init(&rate, world->limit), SP_OK))
        return;
    for (int64_t now = 777; outcome->count < world->requests;
         now += 1 + up_to(&seed, 600)) {
        see_issues(&rate, flights, outcome->count, now);
        see_answers(&rate, flights, outcome->count, now);
        while (outcome->count < world->requests && next_us <= now &&
               sp_rate_wait(&rate, 0, now / 1000) == 0) {
            int64_t issue = now + up_to(&seed, world->connect_us);
            int64_t arrival = issue + up_to(&seed, world->there_us);
            int64_t answer = arrival + up_to(&seed, world->back_us);
            uint64_t ticket = sp_rate_take(&rate);

            flights[outcome->count] = (struct flight){ticket, issue, answer};
            outcome->arrivals[outcome->count++] = arrival;
            if (answer > outcome->end_us)
                outcome->end_us = answer;
            next_us += up_to(&seed, world->gap_us);
        }
    }
    sp_rate_clear(&rate);
    qsort(outcome->arrivals, (size_t)outcome->count,
          sizeof *outcome->arrivals, compare);
}

/* The most arrivals in any window of one second. */
static int busiest(const struct outcome *outcome)
{
    int most = 0, from = 0;

    for (int to = 0; to < outcome->count; to++) {
        while (outcome->arrivals[to] - outcome->arrivals[from] >= SECOND_US)
            from++;
        if (to - from + 1 > most)
            most = to - from + 1;
    }
    return most;
}

static void test_simulations(void)
{
    static const struct {
        const char *name;
        int limit, requests;
        int64_t there_ms, back_ms, gap_ms, connect_ms;
        int64_t least_ms, most_ms; /* until the last answer */
    } ROWS[] = {
        {"500 requests at 100 take 4 to 5 s when answers take 50 ms",
         100, 500, 25, 25, 0, 0, 4000, 5000},
        {"500 requests at 100 take 4 to 5 s when the way there is 50 ms",
         100, 500, 50, 0, 0, 0, 4000, 5000},
        {"500 requests at 100 take 4 to 5 s without any latency",
         100, 500, 0, 0, 0, 0, 4000, 5000},
        {"keeps the limit when the way there takes as long as it may",
         100, 500, SP_RATE_TRAVEL_MS, 0, 0, 0, 4000, 5500},
        {"keeps the limit when answers take seconds",
         100, 500, SP_RATE_TRAVEL_MS, 3000, 0, 0, 4000, 8500},
        {"keeps the limit when requests come as they please",
         100, 2000, SP_RATE_TRAVEL_MS, 400, 16, 0, 10000, 30000},
        {"keeps the limit when connections take seconds to make",
         100, 500, SP_RATE_TRAVEL_MS, 50, 0, 2000, 4000, 20000},
        {"keeps a limit of one per second",
         1, 10, SP_RATE_TRAVEL_MS, 100, 0, 0, 9000, 12000},
        {"keeps a limit above the number of requests, all at once",
         1000, 500, 50, 50, 0, 0, 0, 101},
    };
    static struct outcome outcome;

    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        check_case(ROWS[i].name);
        for (uint64_t seed = 1; seed <= 20; seed++) {
            struct world world = {
                .limit = ROWS[i].limit,
                .requests = ROWS[i].requests,
                .connect_us = ROWS[i].connect_ms * 1000,
                .there_us = ROWS[i].there_ms * 1000,
                .back_us = ROWS[i].back_ms * 1000,
                .gap_us = ROWS[i].gap_ms * 1000,
                .seed = seed,
            };

            simulate(&world, &outcome);
            CHECK(busiest(&outcome) <= world.limit);
            CHECK(outcome.end_us >= ROWS[i].least_ms * 1000);
            CHECK(outcome.end_us <= ROWS[i].most_ms * 1000);
        }
    }
}

/* A request that goes out the moment it may. */
static uint64_t take_now(struct sp_rate *rate, int64_t now_ms)
{
    uint64_t ticket = sp_rate_take(rate);

    sp_rate_issued(rate, ticket, now_ms);
    return ticket;
}

static void test_held(void)
{
    struct sp_rate rate;
    uint64_t ticket;

    check_case("holds a token until its request goes out");
    CHECK_INT(sp_rate_init(&rate, 1), SP_OK);
    ticket = sp_rate_take(&rate);
    CHECK_INT(sp_rate_wait(&rate, 0, 5000), SP_RATE_WINDOW_MS);
    CHECK_INT(sp_rate_wait(&rate, 0, 9000), SP_RATE_WINDOW_MS);
    sp_rate_issued(&rate, ticket, 9000);
    CHECK_INT(sp_rate_wait(&rate, 0, 9000),
              SP_RATE_TRAVEL_MS + SP_RATE_WINDOW_MS);

    check_case("is not put off by a request that goes out again");
    sp_rate_issued(&rate, ticket, 9100);
    CHECK_INT(sp_rate_wait(&rate, 0, 9000),
              SP_RATE_TRAVEL_MS + SP_RATE_WINDOW_MS);

    check_case("gives back the token of a request that never went out");
    ticket = sp_rate_take(&rate);
    sp_rate_arrived(&rate, ticket, 20000);
    CHECK_INT(sp_rate_wait(&rate, 0, 20500), SP_RATE_WINDOW_MS - 500);
    sp_rate_clear(&rate);

    check_case("lets one that hangs hold no token but its own");
    CHECK_INT(sp_rate_init(&rate, 3), SP_OK);
    (void)sp_rate_take(&rate);
    for (int64_t now = 5000; now < 60000; now += SP_RATE_WINDOW_MS) {
        CHECK_INT(sp_rate_wait(&rate, 0, now), 0);
        CHECK_INT(sp_rate_wait(&rate, 1, now), 0);
        CHECK_INT(sp_rate_wait(&rate, 2, now), SP_RATE_WINDOW_MS);
        sp_rate_arrived(&rate, sp_rate_take(&rate), now);
        sp_rate_arrived(&rate, sp_rate_take(&rate), now);
    }
    sp_rate_clear(&rate);
}

static void test_tokens(void)
{
    struct sp_rate rate;
    uint64_t first, second;

    check_case("lets a burst of the limit go at once");
    CHECK_INT(sp_rate_init(&rate, 2), SP_OK);
    CHECK_INT(sp_rate_wait(&rate, 0, 5000), 0);
    first = take_now(&rate, 5000);
    CHECK_INT(sp_rate_wait(&rate, 0, 5000), 0);
    second = take_now(&rate, 5000);
    CHECK(first != second);

    check_case("waits a window after the longest way without an answer");
    CHECK_INT(sp_rate_wait(&rate, 0, 5000),
              SP_RATE_TRAVEL_MS + SP_RATE_WINDOW_MS);
    CHECK_INT(sp_rate_wait(&rate, 0, 5100),
              SP_RATE_TRAVEL_MS + SP_RATE_WINDOW_MS - 100);

    check_case("takes nothing by looking");
    CHECK_INT(sp_rate_wait(&rate, 0, 5100),
              SP_RATE_TRAVEL_MS + SP_RATE_WINDOW_MS - 100);

    check_case("waits a window after an answer");
    sp_rate_arrived(&rate, first, 5010);
    CHECK_INT(sp_rate_wait(&rate, 0, 5010), SP_RATE_WINDOW_MS);

    check_case("is not put off by an answer told again");
    sp_rate_arrived(&rate, first, 5200);
    CHECK_INT(sp_rate_wait(&rate, 0, 5010), SP_RATE_WINDOW_MS);

    check_case("is not put off by an answer after the longest way");
    sp_rate_arrived(&rate, second, 5900);
    CHECK_INT(sp_rate_wait(&rate, 0, 5010 + SP_RATE_WINDOW_MS), 0);
    (void)take_now(&rate, 5010 + SP_RATE_WINDOW_MS);
    CHECK_INT(sp_rate_wait(&rate, 0, 5010 + SP_RATE_WINDOW_MS),
              SP_RATE_TRAVEL_MS - 10);

    check_case("ignores an old ticket whose token was taken again");
    sp_rate_arrived(&rate, first, 0);
    sp_rate_arrived(&rate, second, 5000);
    (void)take_now(&rate, 7000);
    CHECK_INT(sp_rate_wait(&rate, 0, 7000),
              5010 + 2 * SP_RATE_WINDOW_MS + SP_RATE_TRAVEL_MS - 7000);

    check_case("ignores a ticket that was never given");
    sp_rate_arrived(&rate, 4, 0);
    sp_rate_arrived(&rate, UINT64_MAX, 0);
    CHECK_INT(sp_rate_wait(&rate, 0, 7000),
              5010 + 2 * SP_RATE_WINDOW_MS + SP_RATE_TRAVEL_MS - 7000);
    sp_rate_clear(&rate);
}

static void test_line(void)
{
    struct sp_rate rate;
    uint64_t second;

    check_case("lets as many as the limit stand in line for nothing");
    CHECK_INT(sp_rate_init(&rate, 3), SP_OK);
    CHECK_INT(sp_rate_wait(&rate, 2, 5000), 0);

    check_case("counts a window for each round of those ahead");
    CHECK_INT(sp_rate_wait(&rate, 3, 5000), SP_RATE_WINDOW_MS);
    CHECK_INT(sp_rate_wait(&rate, 5, 5000), SP_RATE_WINDOW_MS);
    CHECK_INT(sp_rate_wait(&rate, 6, 5000), 2 * SP_RATE_WINDOW_MS);

    check_case("counts on tokens that nobody ahead will take");
    (void)take_now(&rate, 5000);
    second = take_now(&rate, 5100);
    CHECK_INT(sp_rate_wait(&rate, 0, 5100), 0);
    CHECK_INT(sp_rate_wait(&rate, 1, 5100),
              SP_RATE_TRAVEL_MS + SP_RATE_WINDOW_MS - 100);
    CHECK_INT(sp_rate_wait(&rate, 2, 5100),
              SP_RATE_TRAVEL_MS + SP_RATE_WINDOW_MS);
    CHECK_INT(sp_rate_wait(&rate, 3, 5100), SP_RATE_WINDOW_MS);
    CHECK_INT(sp_rate_wait(&rate, 4, 5100),
              SP_RATE_TRAVEL_MS + 2 * SP_RATE_WINDOW_MS - 100);

    check_case("makes the line shorter when an answer comes early");
    sp_rate_arrived(&rate, second, 5110);
    CHECK_INT(sp_rate_wait(&rate, 1, 5110), SP_RATE_WINDOW_MS);
    CHECK_INT(sp_rate_wait(&rate, 2, 5110),
              SP_RATE_TRAVEL_MS + SP_RATE_WINDOW_MS - 110);
    sp_rate_clear(&rate);
}

static void check_unlimited(struct sp_rate *rate)
{
    for (int i = 0; i < 1000; i++) {
        CHECK_INT(sp_rate_wait(rate, 0, 0), 0);
        CHECK_INT(sp_rate_wait(rate, SIZE_MAX, 0), 0);
        sp_rate_arrived(rate, take_now(rate, 0), 0);
    }
}

static void test_init(void)
{
    struct sp_rate rate = {0};

    check_case("has no limit when zeroed, and may be cleared");
    check_unlimited(&rate);
    sp_rate_clear(&rate);
    sp_rate_clear(&rate);

    check_case("has no limit when told 0");
    CHECK_INT(sp_rate_init(&rate, 0), SP_OK);
    check_unlimited(&rate);
    sp_rate_clear(&rate);

    check_case("takes limits up to 10000 and refuses others");
    CHECK_INT(sp_rate_init(&rate, 10000), SP_OK);
    sp_rate_clear(&rate);
    CHECK_INT(sp_rate_init(&rate, 10001), SP_ERR_INVALID);
    CHECK_INT(sp_rate_init(&rate, -1), SP_ERR_INVALID);
    check_unlimited(&rate);

    check_case("says so when there is no memory");
    alloc_fail(1);
    CHECK_INT(sp_rate_init(&rate, 100), SP_ERR_NO_MEMORY);
    check_unlimited(&rate);
    sp_rate_clear(&rate);
}

int main(void)
{
    test_simulations();
    test_held();
    test_tokens();
    test_line();
    test_init();
    return check_done();
}
