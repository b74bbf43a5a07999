/* What must hold, whatever happens. */
#include <string.h>

#include "sp_clock.h"
#include "world.h"

enum { SECOND_MS = 1000 };

static struct arrivals {
    int64_t at_ms[CALLS * SP_ATTEMPTS_MAX];
    int count;
} arrivals[SP_LINES];
static int begun[SP_LINES]; /* the number of the last first attempt */

void rules_reset(void)
{
    for (int line = 0; line < SP_LINES; line++) {
        arrivals[line].count = 0;
        begun[line] = -1;
    }
}

/* Whether one waits that could have begun in place of `call`. */
static bool is_passed(const struct sp_call *call)
{
    const struct sp_scheduler *scheduler = &world.scheduler;

    for (int line = 0; line < SP_LINES; line++) {
        const struct sp_call *first = scheduler->calls.pending[line].first;

        if (first && first->order < call->order &&
            (line == sp_call_line(call) ||
             sp_rate_wait(&scheduler->rate[line], 0, world.now_ms) == 0))
            return true;
    }
    return false;
}

void rules_on_begin(const struct sp_call *call)
{
    struct sim_call *sim = sim_of(call);
    int *last = &begun[sp_call_line(call)], number = number_of(call);

    if (world.now_ms >= sim->due_ms)
        broken(number, "no attempt begins when the deadline has passed");
    if (call->attempt_count > call->max_retries)
        broken(number, "there are no more repeats than are allowed");
    if (world.scheduler.asks && sim->admitted < call->attempt_count)
        broken(number, "no repeat begins that was not admitted");
    if (is_passed(call))
        broken(number, "no call passes one that waits longer and may begin");
    if (!sim->has_begun) {
        if (number < *last)
            broken(number, "first attempts begin in the order of the calls");
        *last = number;
    }
    sim->has_begun = true;
    sim->began_ms = world.now_ms;
}

/* Whether the client's own rate limit leaves it any, behind those in line. */
static bool has_time(const struct sp_call *call)
{
    int line = sp_call_line(call);
    int64_t wait_ms =
        sp_rate_wait(&world.scheduler.rate[line],
                     world.scheduler.calls.pending[line].count, world.now_ms);

    return wait_ms == 0 || world.now_ms + wait_ms < sim_of(call)->due_ms;
}

void rules_on_admit(const struct sp_call *call, int wait_ms)
{
    int number = number_of(call);

    if (world.now_ms + wait_ms >= sim_of(call)->due_ms) {
        if (call->state != SP_CALL_DONE)
            broken(number, "who would be too late ends at once");
    } else if (wait_ms > 0) {
        if (call->state != SP_CALL_BACKING_OFF)
            broken(number, "who is put off backs off");
    } else if (call->state != SP_CALL_PENDING && has_time(call)) {
        broken(number, "who is admitted stands in line, if that is in time");
    }
}

void rules_on_issue(const struct sp_call *call, const char *key)
{
    const struct sim_call *sim = sim_of(call);

    if (sim->repeat == SP_REPEAT_CREATE && sim->may_be_done)
        broken(number_of(call),
               "no create goes out again once it may have arrived");
    if (sim->repeat != SP_REPEAT_READ && !key[0])
        broken(number_of(call), "every write has a key");
    if (key[0] && strcmp(key, sim->key) == 0)
        broken(number_of(call), "no key is sent again that the server may know");
    if (call->state != SP_CALL_RUNNING)
        broken(number_of(call), "nothing goes out of a call that is over");
}

/* Arrivals are put in order as they come: each is a little out of it. */
void rules_on_arrival(int line, int number, int64_t at_ms)
{
    struct arrivals *all = &arrivals[line];
    int limit = world.limit[line], at = all->count++;

    for (; at > 0 && all->at_ms[at - 1] > at_ms; at--)
        all->at_ms[at] = all->at_ms[at - 1];
    all->at_ms[at] = at_ms;
    if (limit == 0)
        return;
    for (int i = at > limit ? at - limit : 0;
         i <= at && i + limit < all->count; i++)
        if (all->at_ms[i + limit] - all->at_ms[i] < SECOND_MS)
            broken(number, "no second sees more requests than the limit");
}

static void check_call(const struct sp_call *call, int64_t due_ms)
{
    const struct sim_call *sim = sim_of(call);

    if (!call->timer.place)
        broken(number_of(call), "no call is under way without a timer");
    /* What backs off for no time, at the end of a step, is due in the next. */
    if (call->timer.at_ms <= due_ms &&
        (call->state != SP_CALL_BACKING_OFF ||
         call->timer.at_ms < world.now_ms))
        broken(number_of(call), "what was due has been done");
    if (call->timer.at_ms > sim->due_ms)
        broken(number_of(call), "no timer is set beyond the deadline");
    if (call->state == SP_CALL_RUNNING &&
        call->timer.at_ms > sim->began_ms + sim->timeout_ms)
        broken(number_of(call), "no attempt has more than its time");
    if ((call->state == SP_CALL_RUNNING) != !!call->exchange)
        broken(number_of(call), "a call has an exchange while it runs");
}

static size_t check_list(const struct sp_call_list *list,
                         enum sp_call_state state, int64_t due_ms)
{
    size_t count = 0;

    for (const struct sp_call *call = list->first; call; call = call->next) {
        count++;
        check_call(call, due_ms);
        if (call->state != state || call->list != list)
            broken(number_of(call), "a call is in the list of its state");
    }
    if (count != list->count)
        broken(-1, "a list knows how many it has");
    return count;
}

/* A step is due no later than when the first in line can begin. */
static void check_due(void)
{
    const struct sp_scheduler *scheduler = &world.scheduler;
    size_t running = scheduler->calls.running.count;

    if (running >= (size_t)world.max_in_flight ||
        !sp_transport_has_room(scheduler->transport))
        return;
    for (int line = 0; line < SP_LINES; line++) {
        const struct sp_call *first = scheduler->calls.pending[line].first;
        int64_t wait_ms =
            sp_rate_wait(&scheduler->rate[line], 0, world.now_ms);

        if (first &&
            sp_transport_held_until(scheduler->transport, first,
                                    world.now_ms) == 0 &&
            sp_scheduler_due(scheduler, world.now_ms) >
                world.now_ms + wait_ms)
            broken(number_of(first), "nothing that can begin is waited for");
    }
}

void rules_after_step(int64_t due_ms)
{
    const struct sp_calls *calls = &world.scheduler.calls;
    size_t under_way = 0;

    for (int line = 0; line < SP_LINES; line++)
        under_way += check_list(&calls->pending[line], SP_CALL_PENDING,
                                due_ms);
    under_way += check_list(&calls->running, SP_CALL_RUNNING, due_ms);
    under_way += check_list(&calls->backing_off, SP_CALL_BACKING_OFF,
                            due_ms);
    under_way += check_list(&calls->asking, SP_CALL_ASKING, due_ms);
    under_way += check_list(&calls->asked, SP_CALL_ASKING, due_ms);
    if (under_way != (size_t)(world.made - world.ended))
        broken(-1, "each call that is under way is in a list");
    if (under_way != calls->timers.count)
        broken(-1, "each call that is under way has one timer");
    if (calls->running.count != (size_t)wire_in_use())
        broken(-1, "each call that runs has one exchange");
    if (calls->unreported >
        calls->backing_off.count + calls->asking.count + calls->asked.count)
        broken(-1, "no more back-offs are to be told of than there are");
    if (calls->budget.tokens < 0 ||
        calls->budget.tokens > SP_RETRY_BUDGET_START)
        broken(-1, "the budget stays within its bounds");
    check_due();
}

void rules_on_end(const struct sp_call *call)
{
    const struct sp_answer *answer = sp_call_answer(call);
    struct sim_call *sim = sim_of(call);
    int number = number_of(call);
    bool went_well = answer->failed == SP_KIND_NONE && answer->status < 300;

    if (sim->has_ended)
        broken(number, "each call ends once");
    sim->has_ended = true;
    if (answer->failed == SP_KIND_TIMEOUT && answer->attempt_count == 0 &&
        world.now_ms < sim->due_ms)
        broken(number, "no call is given up before its deadline");
    if (went_well != sim->is_well)
        broken(number, "a success is one, and nothing else is");
    if (sim->is_done && sim->repeat != SP_REPEAT_READ && !went_well &&
        !answer->maybe_applied)
        broken(number, "what may have been applied is said to be");
    if (sim->issued > 0 && sim->may_be_done && answer->sent == SP_SENT_NO)
        broken(number, "what has been sent is said to be");
    if (sim->issued == 0 && answer->sent != SP_SENT_NO)
        broken(number, "what was never sent is said to be so");
    if (answer->maybe_applied && answer->retryable &&
        sim->repeat == SP_REPEAT_CREATE)
        broken(number, "no create that may be done is to be tried again");
}

/* Every token is back a while after the last request. */
void rules_at_the_end(void)
{
    int64_t later_ms = world.now_ms + SP_RATE_WINDOW_MS + TRAVEL_MS;

    if (world.ended != world.made || world.scheduler.calls.timers.count)
        broken(-1, "every call has ended");
    for (int line = 0; line < SP_LINES; line++)
        if (world.limit[line] > 0 &&
            sp_rate_wait(&world.scheduler.rate[line],
                         (size_t)world.limit[line] - 1, later_ms) > 0)
            broken(-1, "every token of the rate limit comes back");
}
