/* What is wanted of descriptors, and one descriptor for all of it. The same
 * cases hold for every system's half: see poll_plain_spec.c. */
#define _GNU_SOURCE
#include "sp_poll.h"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "check.h"
#include "sp_clock.h"

enum { SOON_MS = 20, AT_MOST_MS = 5000 };

static struct sp_poll *poller;
static int ends[2]; /* of a pipe: read, write */
static int owner;

static void set_up(void)
{
    struct sp_error error = { SP_OK, "" };

    CHECK_INT(sp_poll_new(&poller, &error), SP_OK);
    CHECK_INT(pipe(ends), 0);
}

static void tear_down(void)
{
    sp_poll_free(poller);
    close(ends[0]);
    close(ends[1]);
}

static void feed(void)
{
    CHECK_INT(write(ends[1], "x", 1), 1);
}

static void test_wishes(void)
{
    struct sp_poll_event seen[8];

    set_up();
    check_case("reports what is wanted, with its owner");
    CHECK_INT(sp_poll_want(poller, ends[0], SP_POLL_IN, &owner), SP_OK);
    CHECK_INT(sp_poll_wait(poller, 0, seen, 8), 0);
    feed();
    CHECK_INT(sp_poll_wait(poller, AT_MOST_MS, seen, 8), 1);
    CHECK_INT(seen[0].fd, ends[0]);
    CHECK_INT(seen[0].events, SP_POLL_IN);
    CHECK_INT(seen[0].owner == &owner, 1);
    CHECK_INT(sp_poll_owner(poller, ends[0]) == &owner, 1);

    check_case("reports it again while it holds");
    CHECK_INT(sp_poll_wait(poller, 0, seen, 8), 1);

    check_case("says nothing of what nobody wants any more");
    CHECK_INT(sp_poll_want(poller, ends[0], 0, &owner), SP_OK);
    CHECK_INT(sp_poll_wait(poller, 0, seen, 8), 0);
    CHECK_INT(sp_poll_want(poller, ends[0], SP_POLL_IN, &owner), SP_OK);
    CHECK_INT(sp_poll_wait(poller, AT_MOST_MS, seen, 8), 1);

    check_case("reports room for writing");
    CHECK_INT(sp_poll_want(poller, ends[1], SP_POLL_OUT, &owner), SP_OK);
    CHECK_INT(sp_poll_wait(poller, AT_MOST_MS, seen, 8), 2);

    check_case("forgets a descriptor that is closed");
    sp_poll_closed(poller, ends[0]);
    CHECK_INT(sp_poll_owner(poller, ends[0]) == NULL, 1);
    CHECK_INT(sp_poll_wait(poller, AT_MOST_MS, seen, 8), 1);
    CHECK_INT(seen[0].fd, ends[1]);

    check_case("refuses what is no descriptor");
    CHECK_INT(sp_poll_want(poller, -1, SP_POLL_IN, &owner), SP_ERR_INVALID);
    CHECK_INT(sp_poll_owner(poller, 100000) == NULL, 1);

    check_case("hears of descriptors closed that it never knew");
    sp_poll_closed(poller, -1);
    sp_poll_closed(poller, 1 << 28);
    CHECK_INT(sp_poll_wait(poller, AT_MOST_MS, seen, 8), 1);
    tear_down();
}

static void test_reuse(void)
{
    struct sp_poll_event seen[8];
    int old, other[2];

    set_up();
    check_case("takes a number that came back as another descriptor");
    CHECK_INT(sp_poll_want(poller, ends[0], SP_POLL_IN, &owner), SP_OK);
    CHECK_INT(sp_poll_wait(poller, 0, seen, 8), 0);
    old = ends[0];
    sp_poll_closed(poller, old);
    CHECK_INT(pipe(other), 0);
    CHECK_INT(dup2(other[0], old), old);
    CHECK_INT(sp_poll_want(poller, old, SP_POLL_IN, &owner), SP_OK);
    CHECK_INT(sp_poll_wait(poller, 0, seen, 8), 0);
    CHECK_INT(write(other[1], "x", 1), 1);
    CHECK_INT(sp_poll_wait(poller, AT_MOST_MS, seen, 8), 1);
    close(other[0]);
    close(other[1]);
    tear_down();
}

static bool becomes_readable(int fd, int timeout_ms)
{
    struct pollfd look = { .fd = fd, .events = POLLIN };

    return poll(&look, 1, timeout_ms) == 1;
}

static void test_descriptor(void)
{
    struct sp_poll_event seen[8];
    int fd, rounds = 0;

    set_up();
    fd = sp_poll_fd(poller);
    check_case("has a descriptor, or says that there is none");
    CHECK_INT(fd >= 0 || fd == -1, 1);
    if (fd >= 0) {
        check_case("its descriptor is readable when a wish is met");
        CHECK_INT(sp_poll_want(poller, ends[0], SP_POLL_IN, &owner), SP_OK);
        sp_poll_arm(poller, SP_CLOCK_NEVER, sp_clock_ms());
        CHECK_INT(becomes_readable(fd, 0), 0);
        feed();
        CHECK_INT(becomes_readable(fd, AT_MOST_MS), 1);
        CHECK_INT(sp_poll_wait(poller, 0, seen, 8), 1);
        sp_poll_closed(poller, ends[0]);

        check_case("its descriptor is readable at once when armed for now");
        sp_poll_arm(poller, 0, 0);
        CHECK_INT(becomes_readable(fd, AT_MOST_MS), 1);
        CHECK_INT(sp_poll_wait(poller, 0, seen, 8), 0);
        CHECK_INT(becomes_readable(fd, 0), 0);

        check_case("its alarm rings each time that it is set");
        for (; rounds < 3; rounds++) {
            int64_t now = sp_clock_ms();

            sp_poll_arm(poller, now + SOON_MS, now);
            CHECK_INT(becomes_readable(fd, AT_MOST_MS), 1);
            CHECK_INT(sp_poll_wait(poller, 0, seen, 8), 0);
        }
        CHECK_INT(becomes_readable(fd, 0), 0);
    }
    tear_down();
}

/* With room for none to two descriptors more: each half makes some. */
static void test_without_descriptors(void)
{
    struct rlimit before, few;
    struct sp_error error;
    int first = dup(0);

    check_case("is not there when the system has no descriptor for it");
    close(first);
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    for (int room = 0; room <= 2; room++) {
        few.rlim_cur = (rlim_t)(first + room);
        CHECK_INT(setrlimit(RLIMIT_NOFILE, &few), 0);
        poller = NULL;
        if (sp_poll_new(&poller, &error) == SP_OK)
            sp_poll_free(poller); /* it needs fewer */
        else
            CHECK_INT(poller == NULL && error.message[0] != '\0', 1);
        CHECK_INT(dup(0), room > 0 ? first : -1); /* none is left behind */
        close(first);
    }
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
    test_without_descriptors();
    test_wishes();
    test_reuse();
    test_descriptor();
    return check_done();
}
