/* What sp_retry_after makes of the headers that say when to come back.
 *
 * Dates are written out and compared with waits worked out by hand, so no
 * clock takes part. */
#include "sp_retry.h"

#include "check.h"

/* The local clock stands at one second before the dates of RFC 9110. */
#define NOW INT64_C(784111776)
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define HUGE_WAIT INT64_C(1000000000000000)

static const struct after_row {
    const char *name;
    const char *after_ms, *after, *date;
    int64_t want;
} AFTER[] = {
    {"nothing was asked for", NULL, NULL, NULL, -1},
    {"a Date alone asks for nothing", NULL, NULL, DATE, -1},

    {"reads seconds", NULL, "120", NULL, 120000},
    {"reads no seconds", NULL, "0", NULL, 0},
    {"reads zeros before the number", NULL, "007", NULL, 7000},
    {"saturates at huge seconds", NULL, "99999999999999999999999",
     NULL, HUGE_WAIT},
    {"saturates where milliseconds would overflow",
     NULL, "9223372036854775807", NULL, HUGE_WAIT},
    {"reads no negative seconds", NULL, "-1", NULL, -1},
    {"reads a fraction of a second", NULL, "1.5", NULL, 1500},
    {"reads a fraction of nothing", NULL, "1.0", NULL, 1000},
    {"rounds a fraction up to a millisecond", NULL, "1.0001", NULL, 1001},
    {"reads no point without a fraction", NULL, "1.", NULL, -1},
    {"reads no fraction without a number", NULL, ".5", NULL, -1},
    {"reads no two points", NULL, "1.5.0", NULL, -1},
    {"reads no sign", NULL, "+5", NULL, -1},
    {"reads no unit", NULL, "5s", NULL, -1},
    {"reads no list", NULL, "5, 10", NULL, -1},
    {"reads no hexadecimal", NULL, "0x10", NULL, -1},
    {"reads no exponent", NULL, "1e3", NULL, -1},
    {"reads no empty value", NULL, "", NULL, -1},
    {"reads no words", NULL, "soon", NULL, -1},

    {"reads milliseconds", "1500", NULL, NULL, 1500},
    {"prefers milliseconds to seconds", "1500", "120", NULL, 1500},
    {"rounds a fraction of a millisecond up", "0.001", NULL, NULL, 1},
    {"reads a fraction of nothing", "12.000", NULL, NULL, 12},
    {"reads a long fraction",
     "12.00000000000000000000000000001", NULL, NULL, 13},
    {"falls back on seconds when the milliseconds are nonsense",
     "soon", "2", NULL, 2000},
    {"reads no negative milliseconds", "-5", NULL, NULL, -1},
    {"reads no fraction without digits", "12.", NULL, NULL, -1},
    {"reads no fraction without a number", ".5", NULL, NULL, -1},
    {"reads no second point", "1.2.3", NULL, NULL, -1},
    {"reads no infinity", "inf", NULL, NULL, -1},
    {"saturates at huge milliseconds",
     "99999999999999999999999", NULL, NULL, HUGE_WAIT},

    {"reads an IMF-fixdate against the response's Date",
     NULL, "Sun, 06 Nov 1994 08:49:47 GMT", DATE, 10000},
    {"reads an RFC 850 date",
     NULL, "Sunday, 06-Nov-94 08:49:47 GMT", DATE, 10000},
    {"reads an asctime date",
     NULL, "Sun Nov  6 08:49:47 1994", DATE, 10000},
    {"reads an asctime date with two digits for the day",
     NULL, "Wed Nov 16 08:49:37 1994", DATE, 864000000},
    {"reads a Date in RFC 850",
     NULL, "Sun, 06 Nov 1994 08:49:47 GMT",
     "Sunday, 06-Nov-94 08:49:37 GMT", 10000},
    {"reads a Date in asctime",
     NULL, "Sun, 06 Nov 1994 08:49:47 GMT",
     "Sun Nov  6 08:49:37 1994", 10000},
    {"does not care that the local clock is wrong by years",
     NULL, "Sat, 01 Aug 2026 12:00:30 GMT",
     "Sat, 01 Aug 2026 12:00:00 GMT", 30000},
    {"falls back on the local clock without a Date",
     NULL, "Sun, 06 Nov 1994 08:49:47 GMT", NULL, 11000},
    {"falls back on the local clock when the Date is nonsense",
     NULL, "Sun, 06 Nov 1994 08:49:47 GMT", "yesterday", 11000},
    {"does not wait for a date in the past",
     NULL, "Sun, 06 Nov 1994 08:49:36 GMT", DATE, 0},
    {"does not wait for the date of the response", NULL, DATE, DATE, 0},
    {"does not wait for a date long past",
     NULL, "Mon, 01 Jan 0001 00:00:00 GMT", DATE, 0},
    {"counts from one day to the next",
     NULL, "Mon, 07 Nov 1994 00:00:00 GMT",
     "Sun, 06 Nov 1994 23:59:59 GMT", 1000},
    {"counts over the end of a year",
     NULL, "Sun, 01 Jan 1995 00:00:00 GMT",
     "Sat, 31 Dec 1994 23:59:58 GMT", 2000},
    {"counts over a leap day",
     NULL, "Fri, 01 Mar 2024 00:00:00 GMT",
     "Wed, 28 Feb 2024 00:00:00 GMT", 2 * 86400000},
    {"knows the leap day of 2000",
     NULL, "Wed, 01 Mar 2000 00:00:00 GMT",
     "Tue, 29 Feb 2000 00:00:00 GMT", 86400000},
    {"knows that 2100 has none",
     NULL, "Mon, 01 Mar 2100 00:00:00 GMT",
     "Sun, 28 Feb 2100 00:00:00 GMT", 86400000},
    {"takes a leap second",
     NULL, "Sat, 31 Dec 2016 23:59:60 GMT",
     "Sat, 31 Dec 2016 23:59:59 GMT", 1000},
    {"reads the last date there is",
     NULL, "Fri, 31 Dec 9999 23:59:59 GMT",
     "Fri, 31 Dec 9999 23:59:50 GMT", 9000},
    {"takes two digits for the nearest year, ahead",
     NULL, "Saturday, 01-Jan-00 00:00:00 GMT",
     "Fri, 31 Dec 1999 23:59:59 GMT", 1000},
    {"takes two digits for the nearest year, behind",
     NULL, "Friday, 31-Dec-99 23:59:59 GMT",
     "Sat, 01 Jan 2000 00:00:00 GMT", 0},

    {"reads no date with something behind",
     NULL, "Sun, 06 Nov 1994 08:49:47 GMT;", DATE, -1},
    {"reads no seconds behind a blank", NULL, " 5", NULL, -1},
};

static void test_after(void)
{
    const char *date = DATE;

    for (size_t i = 0; i < sizeof AFTER / sizeof *AFTER; i++) {
        const struct after_row *row = &AFTER[i];

        check_case(row->name);
        CHECK_INT(sp_retry_after(row->after_ms, row->after, row->date, NOW),
                  row->want);
    }

    check_case("reads no part of a date, wherever it breaks off");
    for (size_t len = 0; len < strlen(date); len++) {
        char *part = malloc(len + 1);

        if (!CHECK(part != NULL))
            return;
        memcpy(part, date, len);
        part[len] = '\0';
        CHECK_INT(sp_retry_after(NULL, part, NULL, NOW), -1);
        free(part);
    }

    check_case("survives any local clock");
    CHECK(sp_retry_after(NULL, DATE, NULL, INT64_MIN) > 0);
    CHECK_INT(sp_retry_after(NULL, DATE, NULL, INT64_MAX), 0);
    CHECK(sp_retry_after(NULL, "Sunday, 06-Nov-94 08:49:47 GMT", NULL,
                         INT64_MIN) > 0);
    CHECK_INT(sp_retry_after(NULL, "Sunday, 06-Nov-94 08:49:47 GMT", NULL,
                             INT64_MAX), 0);
}

int main(void)
{
    test_after();
    return check_done();
}
