/* Whether sp_upload reads a file in pieces, knows its type, and notices when
 * it changes. */
#define _POSIX_C_SOURCE 200809L

#include "sp_upload.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
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
static void date(time_t seconds, long nanoseconds)
{
    struct timespec time = { seconds, nanoseconds };
    struct timespec times[2] = { time, time };

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
    date(1000, 0);
    upload = open_it();
    put("%PDF-abcdefghij", 15, "r+b");
    CHECK_INT(sp_upload_read(upload, text, 8, &got), SP_ERR_INVALID);
    sp_upload_free(upload);

    check_case("does not go on with one of another second, or part of it");
    for (int i = 0; i < 2; i++) {
        date(1000, 500);
        upload = open_it();
        date(i == 0 ? 1001 : 1000, i == 0 ? 500 : 501);
        CHECK_INT(sp_upload_rewind(upload), SP_ERR_INVALID);
        CHECK(strstr(upload->complaint, "changed") != NULL);
        sp_upload_free(upload);
    }
}

static void test_unreadable(void)
{
    struct sp_upload *upload;
    char text[8];
    size_t got = 9;
    int fd;

    check_case("does not go on with a file that cannot be read any more");
    put("%PDF-0123456789", 15, "wb");
    upload = open_it();
    fd = open(path, O_WRONLY);
    CHECK(fd >= 0 && dup2(fd, upload->fd) == upload->fd);
    close(fd);
    CHECK_INT(sp_upload_read(upload, text, 8, &got), SP_ERR_INVALID);
    CHECK(strstr(upload->complaint, "could not be read") != NULL);
    CHECK_INT(got, 0);
    CHECK_INT(upload->at, 0);
    upload->complaint = NULL;
    close(upload->fd);
    CHECK_INT(sp_upload_rewind(upload), SP_ERR_INVALID);
    CHECK(strstr(upload->complaint, "could not be read") != NULL);
    sp_upload_free(upload);
}

/* The type of `len` bytes that are zero but for `mark` at `at`; a file of them
 * and the bytes themselves have the same. */
static const char *type_with(const char *mark, size_t mark_len, size_t at,
                             size_t len)
{
    struct sp_upload *upload = NULL, *file;
    static char bytes[1000];
    const char *type;

    memset(bytes, 0, sizeof bytes);
    memcpy(bytes + at, mark, mark_len);
    put(bytes, len, "wb");
    file = open_it();
    CHECK_INT(sp_upload_copy(bytes, len, 1000, &upload, NULL), SP_OK);
    CHECK(upload->type == file->type);
    type = upload->type ? upload->type : "none";
    sp_upload_free(upload);
    sp_upload_free(file);
    return type;
}

static void test_types(void)
{
    static const struct {
        const char *mark;
        size_t mark_len, at, len;
        const char *type;
    } ROWS[] = {
        { "\xff\xd8\xff", 3, 0, 3, "image/jpeg" },
        { "\xff\xd8\xff", 3, 1, 9, "none" },
        { "\xff\xd8", 2, 0, 2, "none" },
        { "\x89PNG\r\n\x1a\n", 8, 0, 8, "image/png" },
        { "\x89PNG\r\n\x1a", 7, 0, 7, "none" },
        { "II*\0", 4, 0, 4, "image/tiff" },
        { "MM\0*", 4, 0, 4, "image/tiff" },
        { "MM*\0", 4, 0, 8, "none" },
        { "%PDF-", 5, 0, 5, "application/pdf" },
        { "%PDF-", 5, 900, 905, "application/pdf" },
        { "%PDF", 4, 0, 4, "none" },
        { "\0\0\0\x10" "ftypheic", 12, 0, 16, "image/heic" },
        { "\0\0\0\x10" "ftypheic", 12, 0, 15, "none" },
        { "\0\0\0\x10" "ftypavif", 12, 0, 16, "none" },
        /* a version is no brand, though it is spelt like one */
        { "\0\0\0\x14" "ftypavif" "heicavif", 20, 0, 20, "none" },
        { "\0\0\0\x14" "ftypavif" "\0\0\0\0mif1", 20, 0, 20,
          "image/heic" },
        /* what follows the box is none of its brands */
        { "\0\0\0\x10" "ftypavif" "\0\0\0\0mif1", 20, 0, 20, "none" },
        { "\0\0\0\x13" "ftypavif" "\0\0\0\0mif1", 20, 0, 20, "none" },
        { "\0\0\0\x15" "ftypavif" "\0\0\0\0mif1", 20, 0, 20,
          "image/heic" },
        { "\0\0\1\0" "ftypavif" "\0\0\0\0mif1", 20, 0, 256,
          "image/heic" },
        { "\1\0\0\0" "ftypavif" "\0\0\0\0mif1", 20, 0, 20,
          "image/heic" },
        { "\0\1\0\0" "ftypavif" "\0\0\0\0mif1", 20, 0, 20,
          "image/heic" },
    };

    check_case("knows a type by its first bytes");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (!CHECK(strcmp(type_with(ROWS[i].mark, ROWS[i].mark_len, ROWS[i].at,
                                    ROWS[i].len), ROWS[i].type) == 0))
            printf("    row %d\n", (int)i);
}

/* ISO/IEC 23008-12, B.4: images and sequences of HEVC, and of any kind. */
static void test_brands(void)
{
    static const char *const BRANDS[] = { "heic", "heix", "heim", "heis",
                                          "hevc", "hevx", "mif1", "msf1" };

    check_case("knows each brand of HEIF");
    for (size_t i = 0; i < sizeof BRANDS / sizeof *BRANDS; i++) {
        char mark[12] = "\0\0\0\x10" "ftyp";

        memcpy(mark + 8, BRANDS[i], 4);
        CHECK_TEXT(type_with(mark, 12, 0, 16), "image/heic");
    }
}

static void test_head(void)
{
    static char bytes[SP_UPLOAD_HEAD + 8];
    struct sp_upload *upload = NULL;

    check_case("looks for a type in the first kilobyte");
    for (size_t at = SP_UPLOAD_HEAD - 5; at <= SP_UPLOAD_HEAD - 4; at++) {
        bool is_within = at + 5 <= SP_UPLOAD_HEAD;

        memset(bytes, 0, sizeof bytes);
        memcpy(bytes + at, "%PDF-", 5);
        put(bytes, sizeof bytes, "wb");
        CHECK_INT(sp_upload_open(path, sizeof bytes, &upload, NULL), SP_OK);
        CHECK_INT(upload->type != NULL, is_within);
        sp_upload_free(upload);
        CHECK_INT(sp_upload_copy(bytes, sizeof bytes, sizeof bytes, &upload,
                                 NULL), SP_OK);
        CHECK_INT(upload->type != NULL, is_within);
        sp_upload_free(upload);
    }
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
    put("1234567890", 10, "wb");
    CHECK_INT(sp_upload_open(path, 10, &upload, &error), SP_OK);
    sp_upload_free(upload);
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

static enum sp_status make(bool from_file, struct sp_upload **upload)
{
    return from_file ? sp_upload_open(path, 10, upload, NULL)
                     : sp_upload_copy("%PDF-", 5, 9, upload, NULL);
}

static void test_no_memory(void)
{
    check_case("says so when memory runs out, and leaves nothing behind");
    put("1234567890", 10, "wb");
    for (int from_file = 0; from_file < 2; from_file++) {
        struct sp_upload *upload = NULL;
        enum sp_status status = SP_OK;
        int nth = 0;

        do {
            sp_upload_free(upload);
            alloc_fail(++nth);
            status = make(from_file, &upload);
            if (alloc.failures > 0) {
                CHECK_INT(status, SP_ERR_NO_MEMORY);
                CHECK(upload == NULL);
            }
        } while (alloc.failures > 0 && nth < 20);
        alloc_fail(0);
        CHECK(nth > 1);
        CHECK_INT(status, SP_OK);
        sp_upload_free(upload);
    }
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
    test_unreadable();
    test_types();
    test_brands();
    test_head();
    test_refusals();
    test_end();
    test_no_memory();
    remove(path);
    return check_done();
}
