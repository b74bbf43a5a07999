/* check: a tiny test harness for the C specs.
 *
 * A program names a case with check_case("says what is true"), checks with
 * the CHECK macros until the next case, and ends with
 * `return check_done();`. Only failures are printed, the first few of each
 * case, then one line of counts. It is no framework: no registry, no forks,
 * no set-up. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Failures of one case that are printed. */
enum { CHECK_PRINTED = 3 };

static struct {
    const char *name; /* of the case that runs, or NULL */
    int broken;       /* checks of this case that failed */
    int passed, failed;
} check;

static inline void check_end_case(void)
{
    if (check.name != NULL || check.broken > 0) {
        check.passed += check.broken == 0;
        check.failed += check.broken > 0;
    }
    check.name = NULL;
    check.broken = 0;
}

/* Ends the case before and starts one; `name` must outlive it. */
static inline void check_case(const char *name)
{
    check_end_case();
    check.name = name;
}

/* Ends the last case, prints the counts and returns the exit code. A
 * program that checked nothing fails. */
static inline int check_done(void)
{
    check_end_case();
    printf("%d passed, %d failed\n", check.passed, check.failed);
    return check.failed == 0 && check.passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Notes a failure and prints it, unless the case has printed enough. */
static inline bool check_fail(const char *file, int line, const char *what)
{
    if (++check.broken > CHECK_PRINTED)
        return false;
    printf("%s:%d: %s\n    %s\n", file, line,
           check.name != NULL ? check.name : "(no case)", what);
    return true;
}

static inline bool check_true(const char *file, int line, const char *what,
                              bool holds)
{
    if (!holds)
        check_fail(file, line, what);
    return holds;
}

static inline bool check_int(const char *file, int line, const char *what,
                             intmax_t got, intmax_t want)
{
    if (got == want)
        return true;
    if (check_fail(file, line, what))
        printf("    got %jd, want %jd\n", got, want);
    return false;
}

static inline bool check_text(const char *file, int line, const char *what,
                              const char *got, const char *want)
{
    if (got == want || (got != NULL && want != NULL && strcmp(got, want) == 0))
        return true;
    if (check_fail(file, line, what)) {
        printf("    got \"%s\", want \"%s\"\n", got != NULL ? got : "(null)",
               want != NULL ? want : "(null)");
    }
    return false;
}

/* Each is true when the check held, for `if (!CHECK(...)) return;`. */
#define CHECK(holds) check_true(__FILE__, __LINE__, #holds, (holds))
#define CHECK_INT(got, want)                                                  \
    check_int(__FILE__, __LINE__, #got " is " #want, (intmax_t)(got),         \
              (intmax_t)(want))
#define CHECK_TEXT(got, want)                                                 \
    check_text(__FILE__, __LINE__, #got " is " #want, (got), (want))

/* The next number of a sequence that `state` alone decides (SplitMix64). */
static inline uint64_t check_random(uint64_t *state)
{
    uint64_t bits = *state += UINT64_C(0x9e3779b97f4a7c15);

    bits = (bits ^ (bits >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    bits = (bits ^ (bits >> 27)) * UINT64_C(0x94d049bb133111eb);
    return bits ^ (bits >> 31);
}

/* Uniform enough in [0, bound); bound > 0. */
static inline uint64_t check_below(uint64_t *state, uint64_t bound)
{
    return check_random(state) % bound;
}

#endif
