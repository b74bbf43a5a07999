/* alloc: stands between a C spec and the allocator.
 *
 * For programs linked with
 *   -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
 * It lets the n-th allocation fail and looks into memory as it is freed. */
#ifndef ALLOC_H
#define ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static struct {
    int fail_at;  /* 1: the next allocation fails, once; 0: none */
    int failures; /* how many have failed */

    const void *watched; /* looked into when it is freed */
    size_t watched_len;
    const char *needle;
    bool was_freed, had_needle; /* what was seen then */
} alloc;

/* The allocation that is `nth` from now fails. */
static inline void alloc_fail(int nth)
{
    alloc.fail_at = nth;
    alloc.failures = 0;
}

/* Looks for `needle` in these bytes at the moment they are freed. */
static inline void alloc_watch(const void *memory, size_t len,
                               const char *needle)
{
    alloc.watched = memory;
    alloc.watched_len = len;
    alloc.needle = needle;
    alloc.was_freed = alloc.had_needle = false;
}

static inline bool alloc_fails(void)
{
    if (alloc.fail_at == 0 || --alloc.fail_at > 0)
        return false;
    alloc.failures++;
    return true;
}

static inline bool alloc_has(const char *memory, size_t len,
                             const char *needle)
{
    size_t needle_len = strlen(needle);

    for (size_t at = 0; at + needle_len <= len; at++) {
        if (memcmp(memory + at, needle, needle_len) == 0)
            return true;
    }
    return false;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t size)
{
    return alloc_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return alloc_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return alloc_fails() ? NULL : __real_realloc(memory, size);
}

void __wrap_free(void *memory)
{
    if (memory != NULL && memory == alloc.watched) {
        alloc.was_freed = true;
        alloc.had_needle = alloc_has(memory, alloc.watched_len, alloc.needle);
        alloc.watched = NULL;
    }
    __real_free(memory);
}

#endif
