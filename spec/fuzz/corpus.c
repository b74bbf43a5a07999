/* Feeds a harness the files named on the command line: what the fuzzers
 * found once, and seeds. Needs no fuzzer, so any compiler will do. The name
 * of each file is printed before it is read: a crash comes after its name. */
#include "fuzz.h"

static uint8_t *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    size_t capacity = 4096, got;
    uint8_t *bytes = malloc(capacity);

    *len = 0;
    while (file && bytes &&
           (got = fread(bytes + *len, 1, capacity - *len, file)) > 0) {
        *len += got;
        if (*len == capacity)
            bytes = realloc(bytes, capacity *= 2);
    }
    if (!file || !bytes || ferror(file)) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    return bytes;
}

int main(int count, char **paths)
{
    for (int i = 1; i < count; i++) {
        size_t len;
        uint8_t *bytes = read_file(paths[i], &len);
        char *exact = fuzz_copy(bytes, len);

        free(bytes);
        printf("%s\n", paths[i]);
        fflush(stdout);
        LLVMFuzzerTestOneInput((const uint8_t *)exact, len);
        free(exact);
    }
    printf("%d passed, 0 failed\n", count - 1);
    return count > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
