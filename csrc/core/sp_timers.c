#include "sp_timers.h"

#include <stdlib.h>

#include "sp_clock.h"

static void put(struct sp_timers *timers, struct sp_timer *timer, size_t place)
{
    timers->heap[place - 1] = timer;
    timer->place = place;
}

static struct sp_timer *at(const struct sp_timers *timers, size_t place)
{
    return timers->heap[place - 1];
}

static void rise(struct sp_timers *timers, struct sp_timer *timer)
{
    size_t place = timer->place;

    while (place > 1 && at(timers, place / 2)->at_ms > timer->at_ms) {
        put(timers, at(timers, place / 2), place);
        place /= 2;
    }
    put(timers, timer, place);
}

static void sink(struct sp_timers *timers, struct sp_timer *timer)
{
    size_t place = timer->place;

    for (;;) {
        size_t child = place * 2;

        if (child > timers->count)
            break;
        if (child < timers->count &&
            at(timers, child + 1)->at_ms < at(timers, child)->at_ms)
            child++;
        if (at(timers, child)->at_ms >= timer->at_ms)
            break;
        put(timers, at(timers, child), place);
        place = child;
    }
    put(timers, timer, place);
}

void sp_timers_clear(struct sp_timers *timers)
{
    free(timers->heap);
    timers->heap = NULL;
    timers->count = timers->capacity = 0;
}

static enum sp_status reserve(struct sp_timers *timers)
{
    size_t capacity = timers->capacity ? timers->capacity * 2 : 16;
    struct sp_timer **heap;

    if (timers->count < timers->capacity)
        return SP_OK;
    heap = realloc(timers->heap, capacity * sizeof(*heap));
    if (!heap)
        return SP_ERR_NO_MEMORY;
    timers->heap = heap;
    timers->capacity = capacity;
    return SP_OK;
}

enum sp_status sp_timers_set(struct sp_timers *timers, struct sp_timer *timer,
                             int64_t at_ms)
{
    if (!timer->place) {
        if (reserve(timers) != SP_OK)
            return SP_ERR_NO_MEMORY;
        put(timers, timer, ++timers->count);
    }
    timer->at_ms = at_ms;
    rise(timers, timer);
    sink(timers, timer);
    return SP_OK;
}

void sp_timers_unset(struct sp_timers *timers, struct sp_timer *timer)
{
    struct sp_timer *last;

    if (!timer->place)
        return;
    last = at(timers, timers->count--);
    if (last != timer) {
        put(timers, last, timer->place);
        rise(timers, last);
        sink(timers, last);
    }
    timer->place = 0;
}

int64_t sp_timers_next(const struct sp_timers *timers)
{
    return timers->count ? at(timers, 1)->at_ms : SP_CLOCK_NEVER;
}

struct sp_timer *sp_timers_due(struct sp_timers *timers, int64_t now_ms)
{
    struct sp_timer *first = timers->count ? at(timers, 1) : NULL;

    if (!first || first->at_ms > now_ms)
        return NULL;
    sp_timers_unset(timers, first);
    return first;
}
