/*
 * A name that takes long to resolve: a library to preload in front of libc,
 * for specs only. getaddrinfo() of the host SP_SLOW_HOST sleeps for
 * SP_SLOW_SECONDS (a decimal number), the first SP_SLOW_TIMES times if that
 * is set, and then resolves to SP_SLOW_FIRST (an
 * address), if that is set, and to 127.0.0.1; every other name goes to libc
 * untouched. No DNS server is ever asked about the slow name.
 *
 *   cc -std=c11 -shared -fPIC -o slow_resolver.so \
 *       spec/support/slow_resolver.c -ldl
 *   LD_PRELOAD=./slow_resolver.so SP_SLOW_HOST=slow.test SP_SLOW_SECONDS=10 \
 *       lua5.4 ...
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int resolve_fn(const char *, const char *, const struct addrinfo *,
                       struct addrinfo **);

static int is_slow(const char *node)
{
    const char *slow = getenv("SP_SLOW_HOST");

    return node && slow && strcmp(node, slow) == 0;
}

/* Whether it has been slow often enough. */
static int is_over(void)
{
    static atomic_int calls;
    const char *times = getenv("SP_SLOW_TIMES");

    return times && atomic_fetch_add(&calls, 1) >= atoi(times);
}

static void sleep_as_told(void)
{
    const char *text = getenv("SP_SLOW_SECONDS");
    double seconds = text ? strtod(text, NULL) : 0;
    struct timespec rest;

    if (!(seconds > 0) || is_over())
        return;
    rest.tv_sec = (time_t)seconds;
    rest.tv_nsec = (long)((seconds - (double)rest.tv_sec) * 1e9);
    while (nanosleep(&rest, &rest) != 0)
        continue; /* a signal does not shorten it */
}

/* The libc's own; NULL only when there is no libc behind this one. */
static resolve_fn *next_resolver(void)
{
    void *symbol = dlsym(RTLD_NEXT, "getaddrinfo");
    resolve_fn *next;

    memcpy(&next, &symbol, sizeof next); /* ISO C has no such cast */
    return next;
}

int getaddrinfo(const char *restrict node, const char *restrict service,
                const struct addrinfo *restrict hints,
                struct addrinfo **restrict result)
{
    resolve_fn *next = next_resolver();
    struct addrinfo *last;
    const char *first;
    int error;

    if (!next)
        return EAI_SYSTEM;
    if (!is_slow(node))
        return next(node, service, hints, result);
    sleep_as_told();
    first = getenv("SP_SLOW_FIRST");
    if (!first)
        return next("127.0.0.1", service, hints, result);
    error = next(first, service, hints, result);
    for (last = error ? NULL : *result; last && last->ai_next;)
        last = last->ai_next;
    return last ? next("127.0.0.1", service, hints, &last->ai_next) : error;
}
