/* Whether sp_upload reads a file in pieces, knows its type, and notices when
 * it changes. */
#define _POSIX_C_SOURCE 200809L

#include "sp_upload.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char path[] = "/tmp/sp_upload_XXXXXX";

static void put(const char *bytes, size_t len, const char *mode)
{
    FILE *file = fopen(path, mode);

    if (CHECK(file != NULL)) {
        CHECK_INT(fwrite(bytes, 1, len, file), len);
        fclose(file);
    }
}

/* A clock with coarse ticks would hide a change that comes at once. */
static void age(void)
{
    struct timespec times[2] = { { 1000, 0 }, { 1000, 0 } };

    CHECK_INT(utimensat(0, path, times, 0), 0);
}

static struct sp_upload *open_it(void)
{
    struct sp_upload *upload = NULL;

    CHECK_INT(sp_upload_open(path, 1000, &upload, NULL), SP_OK);
    return upload;
}

static void test_pieces(void)
{
    struct sp_upload *upload;
    char text[64];
    size_t got = 0, len = 0;

    check_case("reads a file in pieces, and again from the beginning");
    put("%PDF-0123456789", 15, "wb");
    upload = open_it();
    for (int round = 0; upload && round < 2; round++) {
        CHECK_INT(sp_upload_rewind(upload), SP_OK);
        for (len = 0; sp_upload_read(upload, text + len, 4, &got) == SP_OK &&
                      got > 0; len += got)
            CHECK_INT(upload->at, len + got);
        CHECK_INT(len, 15);
        CHECK(memcmp(text, "%PDF-0123456789", 15) == 0);
    }
    if (upload)
        CHECK(strcmp(upload->type, "application/pdf") == 0);
    sp_upload_free(upload);
}

static void test_memory(void)
{
    struct sp_upload *upload = NULL;
    char text[8];
    size_t got = 0;

    check_case("reads bytes that are in memory");
    CHECK_INT(sp_upload_copy("II*\0abc", 7, 7, &upload, NULL), SP_OK);
    CHECK_INT(sp_upload_read(upload, text, sizeof text, &got), SP_OK);
    CHECK_INT(got, 7);
    CHECK(strcmp(upload->type, "image/tiff") == 0);
    CHECK_INT(sp_upload_read(upload, text, sizeof text, &got), SP_OK);
    CHECK_INT(got, 0);
    CHECK_INT(sp_upload_rewind(upload), SP_OK);
    sp_upload_free(upload);
    CHECK_INT(sp_upload_copy("12345678", 8, 7, &upload, NULL),
              SP_ERR_TOO_LARGE);
    CHECK(upload == NULL);
    CHECK_INT(sp_upload_copy("", 0, 7, &upload, NULL), SP_ERR_INVALID);
}

static void test_changes(void)
{
    struct sp_upload *upload;
    char text[8];
    size_t got;

    check_case("does not go on with a file that has grown");
    put("%PDF-0123456789", 15, "wb");
    upload = open_it();
    CHECK_INT(sp_upload_read(upload, text, 8, &got), SP_OK);
    put("more", 4, "ab");
    CHECK_INT(sp_upload_read(upload, text, 7, &got), SP_ERR_INVALID);
    CHECK(strstr(upload->complaint, "changed") != NULL);
    CHECK_INT(sp_upload_rewind(upload), SP_ERR_INVALID);
    sp_upload_free(upload);

    check_case("does not go on with a file that has become shorter");
    upload = open_it();
    CHECK_INT(truncate(path, 3), 0);
    CHECK_INT(sp_upload_read(upload, text, 8, &got), SP_ERR_INVALID);
    CHECK(strstr(upload->complaint, "ended early") != NULL);
    sp_upload_free(upload);

    check_case("does not go on with other bytes of the same length");
    put("%PDF-0123456789", 15, "wb");
    age();
    upload = open_it();
    put("%PDF-abcdefghij", 15, "r+b");
    CHECK_INT(sp_upload_read(upload, text, 8, &got), SP_ERR_INVALID);
    sp_upload_free(upload);
}

static void test_refusals(void)
{
    struct sp_error error = { SP_OK, "" };
    struct sp_upload *upload = NULL;

    check_case("refuses what has no end, is empty, or is not there");
    CHECK_INT(sp_upload_open("/nonexistent/passport.jpg", 10, &upload,
                             &error), SP_ERR_SYSTEM);
    CHECK(strstr(error.message, "passport") == NULL);
    CHECK_INT(sp_upload_open("/dev/zero", 10, &upload, &error),
              SP_ERR_SYSTEM);
    CHECK_INT(sp_upload_open("/tmp", 10, &upload, &error), SP_ERR_SYSTEM);
    remove(path);
    CHECK_INT(mkfifo(path, 0600), 0);
    CHECK_INT(sp_upload_open(path, 10, &upload, &error), SP_ERR_SYSTEM);
    remove(path);
    put("", 0, "wb");
    CHECK_INT(sp_upload_open(path, 10, &upload, &error), SP_ERR_INVALID);
    put("12345678901", 11, "wb");
    CHECK_INT(sp_upload_open(path, 10, &upload, &error), SP_ERR_TOO_LARGE);
    CHECK(upload == NULL);
}

static void test_end(void)
{
    struct sp_upload *upload = NULL;

    check_case("keeps the fields, and forgets them when it is closed");
    CHECK_INT(sp_upload_copy("%PDF-", 5, 9, &upload, NULL), SP_OK);
    CHECK_INT(sp_upload_add(upload, "country", "USA"), SP_OK);
    CHECK_INT(sp_upload_rename(upload, "a.pdf"), SP_OK);
    CHECK_INT(sp_upload_rename(upload, "b.pdf"), SP_OK);
    CHECK(memcmp(upload->fields.data, "country\0USA", 12) == 0);
    CHECK(strcmp(upload->name.data, "b.pdf") == 0);
    sp_upload_close(upload);
    CHECK(upload->fields.data == NULL && upload->bytes.data == NULL);
    CHECK_INT(upload->size, 5);
    sp_upload_close(upload);
    sp_upload_free(upload);
    sp_upload_free(NULL);
}

int main(void)
{
    int fd = mkstemp(path);

    if (fd < 0)
        return 1;
    close(fd);
    test_pieces();
    test_memory();
    test_changes();
    test_refusals();
    test_end();
    remove(path);
    return check_done();
}
