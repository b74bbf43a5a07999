/* What has happened, for who reads of a rule that was broken. */
#include <stdio.h>
#include <string.h>

#include "world.h"

enum { KEPT = 8192, SHOWN = 25 };

static struct event {
    int64_t at_ms, value;
    int number;
    const char *text;
} events[KEPT];
static uint64_t count;

void trace(int number, const char *text, int64_t value)
{
    struct event *event = &events[count++ % KEPT];

    *event = (struct event){ world.now_ms, value, number, text };
    /* FNV-1a, over what differs when anything does. */
    world.fingerprint ^= (uint64_t)world.now_ms + (uint64_t)value * 31 +
                         (uint64_t)(number + 1) * 1000003 +
                         (unsigned char)text[0];
    world.fingerprint *= UINT64_C(0x100000001b3);
    world.in_a_row = 0;
}

static void show(const struct event *event)
{
    char who[24] = "all";

    if (event->number >= 0)
        snprintf(who, sizeof who, "call %d", event->number);
    printf("#   %9.3f s  %-10s %s", (double)event->at_ms / 1000, who,
           event->text);
    printf(strchr("=:", event->text[strlen(event->text) - 1]) ? " %lld\n"
                                                              : "\n",
           (long long)event->value);
}

void broken(int number, const char *rule)
{
    uint64_t first = count > KEPT ? count - KEPT : 0;

    if (world.has_failed)
        return;
    world.has_failed = true;
    printf("not ok - seed %llu: %s\n", (unsigned long long)world.seed, rule);
    printf("# again: make simulate FROM=%llu SEEDS=1\n",
           (unsigned long long)world.seed);
    printf("# in flight at most %d, connections %d, limits %d reads and %d "
           "writes a second\n",
           world.max_in_flight, world.max_connections, world.limit[SP_READS],
           world.limit[SP_WRITES]);
    if (number >= 0) {
        const struct sim_call *sim = &world.calls[number];

        printf("# call %d, %s, with a deadline at %.3f s:\n", number,
               sim->repeat == SP_REPEAT_READ     ? "a read"
               : sim->repeat == SP_REPEAT_UPDATE ? "an update"
                                                 : "a create",
               (double)sim->due_ms / 1000);
        for (uint64_t i = first; i < count; i++)
            if (events[i % KEPT].number == number)
                show(&events[i % KEPT]);
    }
    printf("# what happened last, to any of them:\n");
    for (uint64_t i = count > SHOWN ? count - SHOWN : 0; i < count; i++)
        show(&events[i % KEPT]);
    printf("#   %9.3f s  the rule is broken\n", (double)world.now_ms / 1000);
}
