/* Drives the scheduler through whole lives of a client, without a socket:
 *   simulate [seeds [first seed]]
 * Prints TAP-like counts; a seed that breaks a rule prints what led to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "sp_clock.h"
#include "world.h"

struct world world;

/* Steps in which nothing happens and no time passes. */
enum { IN_A_ROW_MAX = 20 };

static const char URL[] = "https://sandbox.example.com/";

/* ---- chance and time --------------------------------------------------- */

int below(int bound)
{
    return (int)check_below(&world.random, (uint64_t)bound);
}

bool one_in(int of)
{
    return below(of) == 0;
}

/* In place of those of sp_clock, by the linker. */
int __wrap_sp_clock_random(void *bytes, size_t len);
double __wrap_sp_clock_jitter(void);
int64_t __wrap_sp_clock_ms(void);

int __wrap_sp_clock_random(void *bytes, size_t len)
{
    unsigned char *next = bytes;

    if (one_in(1000))
        return -1;
    for (size_t i = 0; i < len; i++)
        next[i] = (unsigned char)below(256);
    return 0;
}

double __wrap_sp_clock_jitter(void)
{
    return (double)below(1 << 20) / (1 << 20);
}

/* The scheduler is told the time. */
int64_t __wrap_sp_clock_ms(void)
{
    broken(-1, "nobody here looks at a clock");
    return world.now_ms;
}

/* ---- calls ------------------------------------------------------------- */

int number_of(const struct sp_call *call)
{
    return atoi(call->url + sizeof URL - 1);
}

struct sim_call *sim_of(const struct sp_call *call)
{
    return &world.calls[number_of(call)];
}

static int64_t between(int least, int most)
{
    return least + below(most - least + 1);
}

static struct sp_call *new_call(int number, const struct sim_call *sim,
                                int64_t deadline_ms)
{
    static struct sp_buffer nothing;
    struct sp_buffer lines = nothing, body = nothing;
    struct sp_call *call;
    char url[64], key[64];
    struct sp_request request = {
        .method = "GET", .url = url, .lines = &lines, .body = &body,
        .idempotency_key = sim->repeat != SP_REPEAT_READ && one_in(10)
                               ? key : NULL,
        .repeat = sim->repeat,
        .connect_timeout_ms = 10000,
        .timeout_ms = sim->timeout_ms,
        .deadline_ms = deadline_ms,
        .max_retries = below(SP_ATTEMPTS_MAX),
    };

    snprintf(url, sizeof url, "%s%d", URL, number);
    snprintf(key, sizeof key, "own-%d", number);
    if (sp_call_new(&request, NULL, &call, NULL) != SP_OK)
        abort();
    return call;
}

static void submit(void)
{
    int64_t deadline_ms = one_in(10) ? between(1, 500) : between(500, 60000);
    struct sim_call *sim = &world.calls[world.made];

    sim->repeat = (enum sp_repeat)below(3);
    sim->due_ms = world.now_ms + deadline_ms;
    sim->timeout_ms = between(100, 20000);
    sim->call = new_call(world.made, sim, deadline_ms);
    trace(world.made, "is submitted, with ms to its deadline:", deadline_ms);
    world.made++;
    if (sp_scheduler_line_up(&world.scheduler, sim->call, world.now_ms) !=
        SP_OK)
        abort();
}

static void take_ended(void)
{
    struct sp_call *call;

    while ((call = world.scheduler.calls.done.first) != NULL) {
        trace(number_of(call), "has ended, as kind:",
              sp_call_answer(call)->failed);
        rules_on_end(call);
        sp_call_take(call);
        sim_of(call)->call = NULL;
        sp_call_free(call);
        world.ended++;
    }
}

static void cancel_one(void)
{
    struct sim_call *sim = &world.calls[below(world.made)];

    if (!sim->call)
        return;
    trace(number_of(sim->call), "is cancelled", 0);
    sim->is_well = false;
    sp_scheduler_give_up(&world.scheduler, sim->call, SP_KIND_CANCELLED,
                         "cancelled", world.now_ms);
}

/* As an engine does that cannot wait any more. */
static void give_up_all(void)
{
    trace(-1, "the system refuses to wait", 0);
    for (int i = 0; i < world.made; i++)
        if (world.calls[i].call && !sp_call_is_done(world.calls[i].call))
            world.calls[i].is_well = false;
    sp_scheduler_give_up_all(&world.scheduler, SP_KIND_NETWORK,
                             "the system refused to wait", world.now_ms);
    wire_forget_all();
}

/* As who shares a limit with others does it. Some answers never come. */
static void admit(void)
{
    struct sp_call *call;

    while ((call = sp_scheduler_take_asking(&world.scheduler)) != NULL) {
        int wait_ms = one_in(2) ? 0 : below(one_in(10) ? 20000 : 1000);

        if (one_in(50))
            continue;
        trace(number_of(call), "asks, and is answered:", wait_ms);
        sim_of(call)->admitted += wait_ms == 0;
        sp_scheduler_admit(&world.scheduler, call, wait_ms, world.now_ms);
        rules_on_admit(call, wait_ms);
    }
}

/* ---- steps ------------------------------------------------------------- */

/* As sp_engine_step does it, but for the waiting. */
static void step(void)
{
    struct sp_scheduler *scheduler = &world.scheduler;
    int64_t due_ms = world.now_ms - (one_in(30) ? 100 : 0);
    struct sp_attempt came;
    struct sp_call *call;

    sp_scheduler_start(scheduler, world.now_ms);
    wire_run();
    while ((call = sp_transport_ended(scheduler->transport, &came)) != NULL)
        sp_scheduler_end(scheduler, call, &came, world.now_ms);
    if (one_in(3000)) {
        trace(-1, "the transport breaks", 0);
        sp_scheduler_stop_all(scheduler,
                              one_in(2) ? SP_STOP_BROKEN : SP_STOP_STARVED,
                              world.now_ms);
        wire_forget_all();
    }
    if (one_in(5000))
        give_up_all();
    sp_scheduler_run_timers(scheduler, due_ms, world.now_ms);
    sp_scheduler_start(scheduler, world.now_ms);
    while (one_in(2) && sp_scheduler_take_retry(scheduler) != NULL) {
        /* Somebody is told. */
    }
    admit();
    take_ended();
    rules_after_step(due_ms);
}

/* The world turns: calls come, somebody gives up, an outage begins. */
static void live(void)
{
    while (world.made < world.calls_wanted &&
           world.made - world.ended < world.at_a_time && !one_in(4))
        submit();
    if (one_in(40) && world.made > 0)
        cancel_one();
    if (one_in(400))
        world.health = one_in(3) ? 100 : below(100);
}

/* To the next thing that is due, or later: the host is busy now and then. */
static void let_time_pass(void)
{
    int64_t due_ms = sp_scheduler_due(&world.scheduler, world.now_ms);
    int64_t next_ms = wire_next(), before_ms = world.now_ms;

    if (world.made < world.calls_wanted &&
        world.made - world.ended < world.at_a_time &&
        next_ms > world.now_ms + world.pause_ms)
        next_ms = world.now_ms + below((int)world.pause_ms + 1);
    if (due_ms < next_ms)
        next_ms = due_ms;
    if (next_ms != SP_CLOCK_NEVER && next_ms > world.now_ms)
        world.now_ms = next_ms;
    if (one_in(20))
        world.now_ms += below(one_in(10) ? 3000 : 30);
    world.in_a_row = world.now_ms == before_ms ? world.in_a_row + 1 : 0;
    if (world.in_a_row > IN_A_ROW_MAX)
        broken(-1, "no step after the other finds nothing to do");
}

static void clear(void)
{
    for (int i = 0; i < world.made; i++)
        if (world.calls[i].call)
            sp_scheduler_give_up(&world.scheduler, world.calls[i].call,
                                 SP_KIND_CLOSED, "over", world.now_ms);
    for (int i = 0; i < world.made; i++)
        sp_call_free(world.calls[i].call);
    sp_scheduler_clear(&world.scheduler);
}

static void be_born(uint64_t seed)
{
    memset(&world, 0, sizeof world);
    world.seed = world.random = seed;
    world.fingerprint = UINT64_C(0xcbf29ce484222325);
    world.now_ms = 1000;
    world.calls_wanted = CALLS;
    world.max_in_flight = 1 + below(one_in(2) ? 8 : 64);
    world.max_connections = 1 + below(one_in(2) ? 8 : 64);
    world.at_a_time = 1 + below(one_in(2) ? 16 : 100);
    world.limit[SP_READS] = one_in(4) ? 0 : 1 + below(100);
    world.limit[SP_WRITES] = one_in(4) ? 0 : 1 + below(100);
    world.health = 80;
    world.pause_ms = one_in(2) ? 5 : 500;
    rules_reset();
    if (sp_scheduler_init(&world.scheduler, wire_reset(),
                          world.max_in_flight, world.limit[SP_READS],
                          world.limit[SP_WRITES]) != SP_OK)
        abort();
    world.scheduler.asks = one_in(3);
}

/* One life; its fingerprint. */
static uint64_t run(uint64_t seed)
{
    be_born(seed);
    while (!world.has_failed && world.ended < world.calls_wanted) {
        live();
        step();
        let_time_pass();
    }
    if (!world.has_failed)
        rules_at_the_end();
    clear();
    return world.fingerprint;
}

int main(int count, char **words)
{
    uint64_t seeds = count > 1 ? strtoull(words[1], NULL, 10) : 200;
    uint64_t first = count > 2 ? strtoull(words[2], NULL, 10) : 1;
    uint64_t all = 0;
    int failed = 0;

    for (uint64_t seed = first; seed < first + seeds; seed++) {
        uint64_t fingerprint = run(seed);

        failed += world.has_failed;
        all = all * 31 + fingerprint;
        if (seed == first && run(seed) != fingerprint) {
            printf("not ok - seed %llu is not the same twice\n",
                   (unsigned long long)seed);
            failed++;
        }
    }
    printf("# %llu calls, fingerprint %016llx\n",
           (unsigned long long)seeds * CALLS, (unsigned long long)all);
    printf("%d passed, %d failed\n", (int)seeds - failed, failed);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
