/* Loaded before a Lua with AddressSanitizer, and after its runtime has read its options: programs
 * that the specs start are watched for wrong accesses too, but not for leaks, which those of others
 * (a shell, openssl, curl) have. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>

static void __attribute__((constructor)) tell_children(void)
{
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
}
