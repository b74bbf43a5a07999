/* sp_http_date: each of the three forms, and what is nearly one. */
#include "sp_http_date.h"

#include "check.h"

/* One second before the dates of RFC 9110. */
#define NOW INT64_C(784111776)
#define NO_DATE INT64_MIN

static const struct date_row {
    const char *name, *text;
    int64_t want;
} DATES[] = {
    {"reads an IMF-fixdate",
     "Sun, 06 Nov 1994 08:49:37 GMT", INT64_C(784111777)},
    {"reads an RFC 850 date",
     "Sunday, 06-Nov-94 08:49:37 GMT", INT64_C(784111777)},
    {"reads an asctime date",
     "Sun Nov  6 08:49:37 1994", INT64_C(784111777)},
    {"reads an asctime date with two digits for the day",
     "Wed Nov 16 08:49:37 1994", INT64_C(784975777)},
    {"reads the names of UTC",
     "Sun, 06 Nov 1994 08:49:37 UTC", INT64_C(784111777)},
    {"reads the offset of UTC",
     "Sun, 06 Nov 1994 08:49:37 +0000", INT64_C(784111777)},
    {"begins in 1970",
     "Thu, 01 Jan 1970 00:00:00 GMT", INT64_C(0)},
    {"counts backwards before",
     "Wed, 31 Dec 1969 23:59:59 GMT", INT64_C(-1)},
    {"reads the first year there is",
     "Mon, 01 Jan 0001 00:00:00 GMT", INT64_C(-62135596800)},
    {"reads the last second there is",
     "Fri, 31 Dec 9999 23:59:59 GMT", INT64_C(253402300799)},
    {"counts over the end of a year",
     "Sun, 01 Jan 1995 00:00:00 GMT", INT64_C(788918400)},
    {"counts over a leap day",
     "Fri, 01 Mar 2024 00:00:00 GMT", INT64_C(1709251200)},
    {"knows the leap day of 2000",
     "Tue, 29 Feb 2000 00:00:00 GMT", INT64_C(951782400)},
    {"knows that 2100 has none",
     "Mon, 01 Mar 2100 00:00:00 GMT", INT64_C(4107542400)},
    {"takes a leap second for the next",
     "Sat, 31 Dec 2016 23:59:60 GMT", INT64_C(1483228800)},
    {"does not mind which day of the week it was",
     "Mon, 06 Nov 1994 08:49:37 GMT", INT64_C(784111777)},

    {"reads no other time zone",
     "Sun, 06 Nov 1994 08:49:47 CET", NO_DATE},
    {"reads no other offset",
     "Sun, 06 Nov 1994 08:49:47 +0100", NO_DATE},
    {"reads no date without a zone",
     "Sun, 06 Nov 1994 08:49:47", NO_DATE},
    {"reads no date with something behind",
     "Sun, 06 Nov 1994 08:49:47 GMT;", NO_DATE},
    {"reads no asctime date with something behind",
     "Sun Nov  6 08:49:47 1994 GMT", NO_DATE},
    {"reads no unknown month",
     "Sun, 06 Nib 1994 08:49:47 GMT", NO_DATE},
    {"reads no unknown day of the week",
     "Sol, 06 Nov 1994 08:49:47 GMT", NO_DATE},
    {"reads no 31 November",
     "Sun, 31 Nov 1994 08:49:47 GMT", NO_DATE},
    {"reads no 29 February of 2023",
     "Wed, 29 Feb 2023 00:00:00 GMT", NO_DATE},
    {"reads no 29 February of 2100",
     "Mon, 29 Feb 2100 00:00:00 GMT", NO_DATE},
    {"reads the last second of a day",
     "Sun, 06 Nov 1994 23:59:59 GMT", INT64_C(784166399)},
    {"knows that 1900 has no leap day",
     "Thu, 29 Feb 1900 00:00:00 GMT", NO_DATE},
    {"reads no asctime date with three digits for the day",
     "Sun Nov 006 08:49:37 1994", NO_DATE},
    {"reads no digit beside the digits",
     "Sun, 0: Nov 1994 08:49:37 GMT", NO_DATE},
    {"reads no sign before the digits",
     "Sun, 0/ Nov 1994 08:49:37 GMT", NO_DATE},
    {"reads no day 0",
     "Sun, 00 Nov 1994 08:49:47 GMT", NO_DATE},
    {"reads no hour 24",
     "Sun, 06 Nov 1994 24:00:00 GMT", NO_DATE},
    {"reads no minute 60",
     "Sun, 06 Nov 1994 08:60:47 GMT", NO_DATE},
    {"reads no second 61",
     "Sun, 06 Nov 1994 08:49:61 GMT", NO_DATE},
    {"reads no year 0",
     "Sun, 06 Nov 0000 08:49:47 GMT", NO_DATE},
    {"reads no sign in a date",
     "Sun, +6 Nov 1994 08:49:47 GMT", NO_DATE},
    {"reads no single digit for a day",
     "Sun, 6 Nov 1994 08:49:47 GMT", NO_DATE},
    {"reads no ISO 8601",
     "1994-11-06T08:49:47Z", NO_DATE},
    {"reads no date that breaks off",
     "Sun, 06 Nov", NO_DATE},
    {"reads nothing", "", NO_DATE},
};

static int64_t read(const char *text, int64_t now_s)
{
    int64_t seconds = 12345;

    if (sp_http_date_read(text, now_s, &seconds))
        return seconds;
    CHECK_INT(seconds, 12345);
    return NO_DATE;
}

static void two_digits(void)
{
    check_case("takes two digits for the nearest year, ahead");
    CHECK_INT(read("Saturday, 01-Jan-00 00:00:00 GMT", INT64_C(946684799)),
              946684800);

    check_case("takes two digits for the nearest year, behind");
    CHECK_INT(read("Friday, 31-Dec-99 23:59:59 GMT", INT64_C(946684800)),
              946684799);

    check_case("takes two digits at either end of time");
    CHECK_INT(read("Thursday, 01-Jan-70 00:00:00 GMT", 0), 0);
    CHECK_INT(read("Friday, 31-Dec-99 23:59:59 GMT", SP_HTTP_DATE_MAX_S),
              SP_HTTP_DATE_MAX_S);
}

static const char *const DAYS[] = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
    "Saturday",
};
static const char *const MONTHS[] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
    "Nov", "Dec",
};
static const int LENGTHS[] = {
    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
};

/* A day in all three forms, and the days beside it that its month lacks. */
static void check_day(int64_t days, int year, int month, int day)
{
    const char *name = DAYS[(days + 4) % 7];
    int64_t want = days * 86400 + 11 * 3600 + 12 * 60 + 13;
    char text[64];

    snprintf(text, sizeof text, "%.3s, %02d %s %04d 11:12:13 GMT", name, day,
             MONTHS[month], year);
    CHECK_INT(read(text, NOW), want);
    snprintf(text, sizeof text, "%.3s %s %2d 11:12:13 %04d", name,
             MONTHS[month], day, year);
    CHECK_INT(read(text, NOW), want);
    snprintf(text, sizeof text, "%s, %02d-%s-%02d 11:12:13 GMT", name, day,
             MONTHS[month], year % 100);
    CHECK_INT(read(text, want), want);
}

static void every_day(void)
{
    int64_t days = 0;
    char text[64];

    check_case("reads every day of some leap years and of others");
    for (int year = 1970; year < 2006; year++) {
        for (int month = 0; month < 12; month++) {
            int length = LENGTHS[month] + (month == 1 && year % 4 == 0);

            for (int day = 1; day <= length; day++)
                check_day(days++, year, month, day);
            snprintf(text, sizeof text, "Sun, %02d %s %d 00:00:00 GMT",
                     length + 1, MONTHS[month], year);
            CHECK_INT(read(text, NOW), NO_DATE);
        }
    }
    CHECK_INT(days, 36 * 365 + 9);
}

static void every_year_of_two_digits(void)
{
    check_case("takes two digits for a year that is within fifty");
    for (int away = -50; away < 50; away++) {
        /* 2 July: in the middle of a year, whatever its length */
        int year = 2024 + away;
        char text[64], full[64];

        snprintf(text, sizeof text, "Sunday, 02-Jul-%02d 00:00:00 GMT",
                 year % 100);
        snprintf(full, sizeof full, "Sun, 02 Jul %d 00:00:00 GMT", year);
        CHECK_INT(read(text, INT64_C(1719878400)), read(full, NOW));
    }
}

static void parts(const char *date)
{
    check_case("reads no part of a date, wherever it breaks off");
    for (size_t len = 0; len < strlen(date); len++) {
        char *part = malloc(len + 1);

        if (!CHECK(part != NULL))
            return;
        memcpy(part, date, len);
        part[len] = '\0';
        CHECK_INT(read(part, NOW), NO_DATE);
        free(part);
    }
}

int main(void)
{
    for (size_t i = 0; i < sizeof DATES / sizeof *DATES; i++) {
        check_case(DATES[i].name);
        CHECK_INT(read(DATES[i].text, NOW), DATES[i].want);
    }
    two_digits();
    every_day();
    every_year_of_two_digits();
    parts("Sun, 06 Nov 1994 08:49:37 GMT");
    parts("Sunday, 06-Nov-94 08:49:37 GMT");
    return check_done();
}
