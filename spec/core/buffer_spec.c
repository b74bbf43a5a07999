/* How sp_buffer grows, where it stops, and what it leaves behind. */
#include "sp_buffer.h"

#include "alloc.h"
#include "check.h"

#define SECRET "key-0123456789"

static void test_append(void)
{
    struct sp_buffer buffer;
    char wanted[10001];

    check_case("allocates nothing before there are bytes");
    sp_buffer_init(&buffer, 64);
    CHECK_INT(sp_buffer_append(&buffer, NULL, 0), SP_OK);
    CHECK(buffer.data == NULL);
    CHECK_INT(buffer.len, 0);

    check_case("keeps what was appended, in order, with a NUL behind");
    CHECK_INT(sp_buffer_append(&buffer, "abc", 3), SP_OK);
    CHECK_INT(sp_buffer_append(&buffer, "def", 3), SP_OK);
    CHECK_TEXT(buffer.data, "abcdef");
    CHECK_INT(buffer.len, 6);

    check_case("keeps NUL bytes");
    sp_buffer_reset(&buffer);
    CHECK_INT(sp_buffer_append(&buffer, "a\0b", 3), SP_OK);
    CHECK_INT(buffer.len, 3);
    CHECK(memcmp(buffer.data, "a\0b", 4) == 0);
    sp_buffer_clear(&buffer);

    check_case("keeps every byte while it grows");
    sp_buffer_init(&buffer, 10000);
    for (size_t i = 0; i < 10000; i++) {
        char byte = wanted[i] = (char)('a' + i % 26);

        CHECK_INT(sp_buffer_append(&buffer, &byte, 1), SP_OK);
    }
    wanted[10000] = '\0';
    CHECK_TEXT(buffer.data, wanted);
    CHECK_INT(buffer.len, 10000);
    sp_buffer_clear(&buffer);
}

static void test_ceiling(void)
{
    struct sp_buffer buffer;

    check_case("fills up to the ceiling");
    sp_buffer_init(&buffer, 5);
    CHECK_INT(sp_buffer_append(&buffer, "abcde", 5), SP_OK);

    check_case("refuses one byte more and stays as it was");
    CHECK_INT(sp_buffer_append(&buffer, "f", 1), SP_ERR_TOO_LARGE);
    CHECK_TEXT(buffer.data, "abcde");
    CHECK_INT(buffer.len, 5);

    check_case("takes all or nothing");
    sp_buffer_reset(&buffer);
    CHECK_INT(sp_buffer_append(&buffer, "abc", 3), SP_OK);
    CHECK_INT(sp_buffer_append(&buffer, "def", 3), SP_ERR_TOO_LARGE);
    CHECK_TEXT(buffer.data, "abc");

    check_case("never allocates more than the ceiling and the NUL");
    CHECK_INT(buffer.capacity, 6);
    sp_buffer_clear(&buffer);

    check_case("refuses everything under a ceiling of zero");
    buffer = (struct sp_buffer){0};
    CHECK_INT(sp_buffer_append(&buffer, "a", 1), SP_ERR_TOO_LARGE);
    CHECK_INT(sp_buffer_append(&buffer, "", 0), SP_OK);

    check_case("does not overflow under the highest ceiling");
    sp_buffer_init(&buffer, SIZE_MAX);
    CHECK_INT(sp_buffer_append(&buffer, "abc", 3), SP_OK);
    CHECK_INT(sp_buffer_append(&buffer, "x", SIZE_MAX - 3), SP_ERR_TOO_LARGE);
    CHECK_INT(sp_buffer_append(&buffer, "x", SIZE_MAX), SP_ERR_TOO_LARGE);
    CHECK_TEXT(buffer.data, "abc");
    sp_buffer_clear(&buffer);
}

static void test_reserve(void)
{
    struct sp_buffer buffer;

    check_case("has room for exactly what is reserved, and grows behind it");
    sp_buffer_init(&buffer, 100);
    CHECK_INT(sp_buffer_reserve(&buffer, 5), SP_OK);
    CHECK_INT(buffer.capacity, 6);
    CHECK_INT(buffer.len, 0);
    CHECK_INT(sp_buffer_append(&buffer, "abcde", 5), SP_OK);
    CHECK_INT(buffer.capacity, 6);
    CHECK_INT(sp_buffer_reserve(&buffer, 3), SP_OK);
    CHECK_INT(buffer.capacity, 6);
    CHECK_INT(sp_buffer_append(&buffer, "f", 1), SP_OK);
    CHECK_TEXT(buffer.data, "abcdef");

    check_case("reserves nothing beyond the ceiling, and without memory");
    CHECK_INT(sp_buffer_reserve(&buffer, 100), SP_OK);
    CHECK_INT(sp_buffer_reserve(&buffer, 101), SP_ERR_TOO_LARGE);
    CHECK_INT(sp_buffer_reserve(&buffer, SIZE_MAX), SP_ERR_TOO_LARGE);
    sp_buffer_clear(&buffer);
    alloc_fail(1);
    CHECK_INT(sp_buffer_reserve(&buffer, 5), SP_ERR_NO_MEMORY);
    CHECK(buffer.data == NULL);
    sp_buffer_clear(&buffer);
}

static void test_no_memory(void)
{
    struct sp_buffer buffer;
    char filler[300];

    check_case("says so when the first allocation fails");
    sp_buffer_init(&buffer, 1000);
    alloc_fail(1);
    CHECK_INT(sp_buffer_append(&buffer, "a", 1), SP_ERR_NO_MEMORY);
    CHECK(buffer.data == NULL);
    CHECK_INT(buffer.len, 0);

    check_case("keeps what it has when it cannot grow");
    memset(filler, 'x', sizeof filler);
    CHECK_INT(sp_buffer_append(&buffer, "abc", 3), SP_OK);
    alloc_fail(1);
    CHECK_INT(sp_buffer_append(&buffer, filler, 300), SP_ERR_NO_MEMORY);
    CHECK_INT(alloc.failures, 1);
    CHECK_TEXT(buffer.data, "abc");

    check_case("goes on when there is memory again");
    CHECK_INT(sp_buffer_append(&buffer, filler, 300), SP_OK);
    CHECK_INT(buffer.len, 303);
    sp_buffer_clear(&buffer);
}

static void test_reset_and_clear(void)
{
    struct sp_buffer buffer;
    const char *data;

    check_case("forgets the content on reset and keeps the memory");
    sp_buffer_init(&buffer, 100);
    sp_buffer_append(&buffer, "abc", 3);
    data = buffer.data;
    sp_buffer_reset(&buffer);
    CHECK_INT(buffer.len, 0);
    CHECK_TEXT(buffer.data, "");
    CHECK(buffer.data == data);

    check_case("keeps it on recycle, too, unless there is much of it");
    sp_buffer_append(&buffer, "abc", 3);
    sp_buffer_recycle(&buffer);
    CHECK_INT(buffer.len, 0);
    CHECK(buffer.data == data);
    buffer.ceiling = 10 * SP_BUFFER_KEEP;
    for (int i = 0; i < SP_BUFFER_KEEP + 1; i++)
        sp_buffer_append(&buffer, "a", 1);
    sp_buffer_recycle(&buffer);
    CHECK_INT(buffer.len, 0);
    CHECK(buffer.data == NULL);
    buffer.ceiling = 100;
    sp_buffer_append(&buffer, "abc", 3);

    check_case("frees the memory on clear and keeps the ceiling");
    sp_buffer_clear(&buffer);
    CHECK(buffer.data == NULL);
    CHECK_INT(buffer.capacity, 0);
    CHECK_INT(buffer.ceiling, 100);
    CHECK_INT(sp_buffer_append(&buffer, "again", 5), SP_OK);
    CHECK_TEXT(buffer.data, "again");

    check_case("may be cleared, wiped and reset twice or zeroed");
    sp_buffer_clear(&buffer);
    sp_buffer_clear(&buffer);
    sp_buffer_wipe(&buffer);
    buffer = (struct sp_buffer){0};
    sp_buffer_reset(&buffer);
    sp_buffer_wipe(&buffer);
    sp_buffer_clear(&buffer);
    CHECK(buffer.data == NULL);
}

static void test_secrets(void)
{
    struct sp_buffer buffer;
    char filler[400] = {0};

    check_case("overwrites its memory before a wipe frees it");
    sp_buffer_init(&buffer, 1000);
    sp_buffer_append(&buffer, SECRET, strlen(SECRET));
    alloc_watch(buffer.data, buffer.capacity, SECRET);
    sp_buffer_wipe(&buffer);
    CHECK(alloc.was_freed);
    CHECK(!alloc.had_needle);
    CHECK(buffer.data == NULL);

    check_case("wipes what a reset left behind, too");
    sp_buffer_append(&buffer, SECRET, strlen(SECRET));
    sp_buffer_reset(&buffer);
    sp_buffer_append(&buffer, "k", 1);
    alloc_watch(buffer.data, buffer.capacity, &SECRET[2]);
    sp_buffer_wipe(&buffer);
    CHECK(alloc.was_freed);
    CHECK(!alloc.had_needle);

    check_case("leaves no copy behind when it grows");
    sp_buffer_append(&buffer, SECRET, strlen(SECRET));
    alloc_watch(buffer.data, buffer.capacity, SECRET);
    sp_buffer_append(&buffer, filler, sizeof filler);
    CHECK(alloc.was_freed);
    CHECK(!alloc.had_needle);

    check_case("does not overwrite on a plain clear, so the watch can see");
    alloc_watch(buffer.data, buffer.capacity, SECRET);
    sp_buffer_clear(&buffer);
    CHECK(alloc.was_freed);
    CHECK(alloc.had_needle);

    check_case("wipes exactly the bytes it is told");
    memcpy(filler, "abcdef", 6);
    sp_wipe(filler + 1, 3);
    sp_wipe(NULL, 0);
    CHECK(memcmp(filler, "a\0\0\0ef", 6) == 0);
}

int main(void)
{
    test_append();
    test_ceiling();
    test_reserve();
    test_no_memory();
    test_reset_and_clear();
    test_secrets();
    return check_done();
}
