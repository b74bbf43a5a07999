/* fuzz: what the harnesses share.
 *
 * A harness is spec/fuzz/<name>_fuzz.c and defines LLVMFuzzerTestOneInput.
 * `make fuzz` links it with libFuzzer; `make test` links it with corpus.c,
 * which feeds it the files of spec/fuzz/corpus/<name>/. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must be true whatever the input is. */
#define FUZZ_HOLDS(condition)                                             \
    ((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))

static inline void fuzz_broken(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

/* The part of an input that is not read yet. */
struct fuzz_input {
    const uint8_t *at;
    size_t left;
};

/* The next byte; 0 at the end. */
static inline uint8_t fuzz_byte(struct fuzz_input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

/* The next number, of eight bytes. */
static inline uint64_t fuzz_number(struct fuzz_input *input)
{
    uint64_t number = 0;

    for (int i = 0; i < 8; i++)
        number = number << 8 | fuzz_byte(input);
    return number;
}

/* A copy of exactly `len` bytes, so that a read past its end is seen; free
 * it. */
static inline char *fuzz_copy(const void *bytes, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);

    if (!copy)
        abort();
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

/* The text up to the next line feed or the end, as a string to be freed. */
static inline char *fuzz_text(struct fuzz_input *input)
{
    const uint8_t *end = input->left > 0
                             ? memchr(input->at, '\n', input->left) : NULL;
    size_t len = end ? (size_t)(end - input->at) : input->left;
    char *text = malloc(len + 1);

    if (!text)
        abort();
    if (len > 0)
        memcpy(text, input->at, len);
    text[len] = '\0';
    input->at += len + (end ? 1 : 0);
    input->left -= len + (end ? 1 : 0);
    return text;
}

#endif
