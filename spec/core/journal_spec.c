/* Whether sp_journal keeps its lines, its owner and itself apart. */
#define _DEFAULT_SOURCE

#include "sp_journal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char path[] = "/tmp/sp_journal_XXXXXX";

/* What a process that opens it now finds. */
static void expect(const char *text)
{
    struct sp_journal journal;
    struct sp_buffer found;

    if (!CHECK_INT(sp_journal_open(&journal, path, &found, NULL), SP_OK))
        return;
    CHECK_INT(found.len, strlen(text));
    CHECK(found.len == 0 || memcmp(found.data, text, found.len) == 0);
    sp_buffer_clear(&found);
    sp_journal_close(&journal);
}

static void test_lines(void)
{
    struct sp_journal journal;
    struct sp_buffer found;
    struct stat info;
    char line[2000];

    check_case("makes a file that is its owner's, and keeps lines");
    remove(path);
    CHECK_INT(sp_journal_open(&journal, path, &found, NULL), SP_OK);
    CHECK_INT(found.len, 0);
    CHECK_INT(sp_journal_append(&journal, "begun 1", 7, NULL), SP_OK);
    CHECK_INT(sp_journal_append(&journal, "done 1", 6, NULL), SP_OK);
    CHECK_INT(stat(path, &info), 0);
    CHECK_INT(info.st_mode & 0777, 0600);

    check_case("refuses a line that is too long, and writes nothing of it");
    memset(line, 'x', sizeof line);
    CHECK_INT(sp_journal_append(&journal, line, sizeof line, NULL),
              SP_ERR_TOO_LARGE);
    sp_journal_close(&journal);
    sp_journal_close(&journal);
    CHECK_INT(sp_journal_append(&journal, "x", 1, NULL), SP_ERR_CLOSED);
    expect("begun 1\ndone 1\n");

    check_case("takes a file that others could read away from them");
    CHECK_INT(chmod(path, 0644), 0);
    expect("begun 1\ndone 1\n");
    CHECK_INT(stat(path, &info), 0);
    CHECK_INT(info.st_mode & 0777, 0600);
}

static void test_cut(void)
{
    check_case("ends a line that was cut, so that the next is one of its own");
    CHECK_INT(truncate(path, 11), 0);
    expect("begun 1\ndon");
    expect("begun 1\ndon\n");
}

static void test_refusals(void)
{
    struct sp_error error = { SP_OK, "" };
    struct sp_journal journal, second;
    struct sp_buffer found, other;
    struct stat info;
    char fifo[sizeof path + 8];

    check_case("is of one process at a time");
    CHECK_INT(sp_journal_open(&journal, path, &found, NULL), SP_OK);
    CHECK_INT(sp_journal_open(&second, path, &other, &error),
              SP_ERR_SYSTEM);
    CHECK(strstr(error.message, "another process") != NULL);
    sp_buffer_clear(&found);
    sp_journal_close(&journal);

    check_case("refuses what is no file, and does not name the path");
    CHECK_INT(sp_journal_open(&journal, "/nonexistent/j", &found, &error),
              SP_ERR_SYSTEM);
    CHECK(strstr(error.message, "nonexistent") == NULL);
    CHECK_INT(sp_journal_open(&journal, "/tmp", &found, &error),
              SP_ERR_SYSTEM);

    /* not a device of the machine's: its mode would be changed by a fault */
    check_case("refuses what is no regular file, and leaves its mode alone");
    snprintf(fifo, sizeof fifo, "%s.fifo", path);
    CHECK_INT(mkfifo(fifo, 0640), 0);
    CHECK_INT(sp_journal_open(&journal, fifo, &found, &error), SP_ERR_SYSTEM);
    CHECK_TEXT(error.message, "not a regular file");
    CHECK_INT(stat(fifo, &info), 0);
    CHECK_INT(info.st_mode & 0777, 0640);
    unlink(fifo);
}

int main(void)
{
    int fd = mkstemp(path);

    if (fd < 0)
        return 1;
    close(fd);
    test_lines();
    test_cut();
    test_refusals();
    remove(path);
    return check_done();
}
