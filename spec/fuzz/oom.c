/* Lets memory run out beneath the harness of the whole path: each scenario
 * (a file of its corpus) is run with its n-th allocation refused, and with
 * all refused from the n-th on, for every n until it needs no more. The
 * harness checks that what must hold holds all the same, and that the next
 * call goes well when there is memory again; LeakSanitizer that nothing is
 * lost.
 *
 *   oom FROM STEP FILE ...   1 1: every n; 7 9: every ninth from 7 on
 *
 * What the core allocates is wrapped by the linker, libcurl and OpenSSL are
 * told to allocate here. */
#include <curl/curl.h>
#include <openssl/crypto.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#include <signal.h>

#include "fuzz.h"
#include "wire.h"

static struct {
    long nth;   /* 0: nothing is refused */
    bool onward;
    long asked; /* allocations so far, in this run */
    const char *path;
} plan;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__wrap_strdup(const char *text);

static bool is_refused(void)
{
    if (plan.nth == 0 || !wire.in_core || wire.has_ended)
        return false;
    plan.asked++;
    if (plan.asked != plan.nth && !(plan.onward && plan.asked > plan.nth))
        return false;
    wire.lacks_memory = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return is_refused() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    return is_refused() ? NULL : __real_strdup(text);
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return __wrap_malloc(size);
}

static void *openssl_realloc(void *memory, size_t size, const char *file,
                             int line)
{
    (void)file, (void)line;
    return __wrap_realloc(memory, size);
}

static void openssl_free(void *memory, const char *file, int line)
{
    (void)file, (void)line;
    free(memory);
}

/* Says where it was, when something breaks. */
static void tell(void)
{
    fprintf(stderr, "%s, %s %ld refused\n", plan.path,
            plan.onward ? "all from" : "allocation", plan.nth);
}

static void on_abort(int number)
{
    tell();
    signal(number, SIG_DFL);
    raise(number);
}

static int failures;

/* Until the scenario has been through without a refusal. */
static void run_out(const uint8_t *bytes, size_t len, bool onward, long from,
                    long step)
{
    plan.onward = onward;
    for (long nth = from;; nth += step) {
        plan.nth = nth;
        plan.asked = 0;
        LLVMFuzzerTestOneInput(bytes, len);
        if (!wire.lacks_memory)
            break;
    }
    plan.nth = 0;
    if (__lsan_do_recoverable_leak_check() != 0) {
        printf("not ok - %s leaks, %s\n", plan.path,
               onward ? "all refused" : "one refused");
        failures++;
    }
}

static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(65536);

    if (!file || !bytes)
        abort();
    *len = fread(bytes, 1, 65536, file);
    fclose(file);
    return bytes;
}

int main(int count, char **args)
{
    long from = count > 3 ? strtol(args[1], NULL, 10) : 0;
    long step = count > 3 ? strtol(args[2], NULL, 10) : 0;

    if (from < 1 || step < 1)
        return EXIT_FAILURE;
    __sanitizer_set_death_callback(tell);
    signal(SIGABRT, on_abort);
    CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free);
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, free,
                             __wrap_realloc, __wrap_strdup,
                             __wrap_calloc) != CURLE_OK)
        return EXIT_FAILURE;
    for (int i = 3; i < count; i++) {
        size_t len;
        uint8_t *bytes = read_file(args[i], &len);

        plan.path = args[i];
        LLVMFuzzerTestOneInput(bytes, len); /* what is made but once */
        run_out(bytes, len, false, from, step);
        run_out(bytes, len, true, from, step);
        free(bytes);
    }
    printf("%d passed, %d failed\n", (count - 3) * 2 - failures, failures);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
