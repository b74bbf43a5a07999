/* Whether sp_document reads a file as the base64 text that RFC 4648 asks. */
#define _POSIX_C_SOURCE 200809L

#include "sp_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char path[] = "/tmp/sp_document_XXXXXX";

static void put(const void *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");

    if (CHECK(file != NULL)) {
        CHECK_INT(fwrite(bytes, 1, len, file), len);
        fclose(file);
    }
}

static void test_vectors(void)
{
    static const struct {
        const char *bytes, *text;
    } ROWS[] = {
        {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
    };

    check_case("encodes the test vectors of RFC 4648");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct sp_buffer text;

        put(ROWS[i].bytes, strlen(ROWS[i].bytes));
        CHECK_INT(sp_document_read(path, 100, &text, NULL), SP_OK);
        CHECK_INT(text.len, strlen(ROWS[i].text));
        CHECK(text.len == 0 || strcmp(text.data, ROWS[i].text) == 0);
        sp_buffer_wipe(&text);
    }
}

static void test_large(void)
{
    enum { LEN = 100000 };
    unsigned char *bytes = malloc(LEN);
    struct sp_buffer text;

    check_case("joins the chunks of a large file without padding between");
    if (!CHECK(bytes != NULL))
        return;
    memset(bytes, 0xff, LEN);
    put(bytes, LEN);
    CHECK_INT(sp_document_read(path, LEN, &text, NULL), SP_OK);
    CHECK_INT(text.len, (LEN + 2) / 3 * 4);
    CHECK_INT(strspn(text.data, "/"), LEN / 3 * 4 + 1);
    sp_buffer_wipe(&text);

    check_case("refuses a file that is one byte too large");
    CHECK_INT(sp_document_read(path, LEN - 1, &text, NULL),
              SP_ERR_TOO_LARGE);
    CHECK(text.data == NULL);
    free(bytes);
}

static void test_refusals(void)
{
    struct sp_error error = {SP_OK, ""};
    struct sp_buffer text;

    check_case("names the cause and not the path when there is no file");
    CHECK_INT(sp_document_read("/nonexistent/passport.jpg", 10, &text,
                               &error), SP_ERR_SYSTEM);
    CHECK(strstr(error.message, "No such file") != NULL);
    CHECK(strstr(error.message, "passport") == NULL);

    check_case("refuses a directory");
    CHECK_INT(sp_document_read("/tmp", 10, &text, &error), SP_ERR_SYSTEM);
    CHECK(strstr(error.message, "Is a directory") != NULL);
    CHECK(text.data == NULL);

    check_case("refuses a FIFO and a device at once");
    remove(path);
    CHECK_INT(mkfifo(path, 0600), 0);
    CHECK_INT(sp_document_read(path, 10, &text, &error), SP_ERR_SYSTEM);
    CHECK(strstr(error.message, "not a regular file") != NULL);
    CHECK_INT(sp_document_read("/dev/zero", 10, &text, &error),
              SP_ERR_SYSTEM);
    CHECK(text.data == NULL);
}

int main(void)
{
    int fd = mkstemp(path);

    if (fd < 0)
        return 1;
    close(fd);
    test_vectors();
    test_large();
    test_refusals();
    remove(path);
    return check_done();
}
