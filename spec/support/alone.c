/* Loaded into a Lua with AddressSanitizer, after its runtime has read its options: what it starts
 * runs without. A shell, curl and openssl are not ours, and have leaks of their own; a Lua on the
 * PATH that `make sanitize` makes is given the sanitizers again, but for leaks. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>

static void __attribute__((constructor)) be_alone(void)
{
    const char *loaded = getenv("LD_PRELOAD");

    setenv("SANITIZERS", loaded != NULL ? loaded : "", 1); /* for a program with a Lua in it */
    unsetenv("LD_PRELOAD");
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
}
