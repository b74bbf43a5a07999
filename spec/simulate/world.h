/* world: what the parts of the simulation share.
 *
 * Calls, the scheduler and what decides for it are the real ones. The clock,
 * the random source, the transport (wire.c) and the server behind it are
 * not: one number, the seed, decides all that happens. After every step the
 * rules are held against what has happened (rules.c). */
#ifndef WORLD_H
#define WORLD_H

#include "sp_scheduler.h"

enum {
    CALLS = 5000,    /* of a seed */
    EXCHANGES = 256, /* at a time, at most */
    TRAVEL_MS = SP_RATE_TRAVEL_MS
};

/* What the world knows of a call, whatever the call says. */
struct sim_call {
    struct sp_call *call; /* NULL before it is made, and when it was taken */
    enum sp_repeat repeat;
    int64_t due_ms;       /* when its deadline is */
    int64_t timeout_ms;   /* of an attempt */
    int64_t began_ms;     /* its last attempt */
    bool has_begun, has_ended;
    bool may_be_done;     /* a request went out that may have been obeyed */
    bool is_done;         /* one has been */
    bool is_well;         /* its last attempt came to a success */
    int issued;           /* requests that went out */
    int admitted;         /* repeats that were */
    char key[40];         /* one that the server may have seen, or "" */
};

struct world {
    uint64_t seed, random, fingerprint;
    int64_t now_ms;
    struct sp_scheduler scheduler;
    struct sim_call calls[CALLS];
    int made, ended; /* calls */
    int in_a_row;    /* steps in which nothing happened */
    bool has_failed;

    /* how this seed is */
    int calls_wanted, max_in_flight, max_connections, limit[SP_LINES];
    int at_a_time;   /* calls under way */
    int health;      /* of 100 attempts go well */
    int64_t pause_ms; /* between calls, at most */
};

extern struct world world;

/* The next number in [0, bound), and whether one in `of` comes true. */
int below(int bound);
bool one_in(int of);

/* Notes what has happened to a call, or to all (-1). `text` stays. */
void trace(int number, const char *text, int64_t value);

/* A rule is broken: prints the seed and what led to it, once. */
void broken(int number, const char *rule);

int number_of(const struct sp_call *call);
struct sim_call *sim_of(const struct sp_call *call);

/* ---- wire.c ---- */

struct sp_transport *wire_reset(void);
/* Lets happen what is due by now. */
void wire_run(void);
int64_t wire_next(void); /* when that is */
void wire_forget_all(void); /* no exchange may be under way */
int wire_in_use(void);

/* ---- rules.c ---- */

void rules_reset(void);
void rules_on_begin(const struct sp_call *call);
void rules_on_admit(const struct sp_call *call, int wait_ms);
void rules_on_issue(const struct sp_call *call, const char *key);
void rules_on_arrival(int line, int number, int64_t at_ms);
void rules_after_step(int64_t due_ms);
void rules_on_end(const struct sp_call *call);
void rules_at_the_end(void);

#endif
