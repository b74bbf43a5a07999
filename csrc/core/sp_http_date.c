/* sp_http_date: read by hand, because strptime depends on the locale of the
 * host, and a header that is nearly a date must not become a wait. */
#include "sp_http_date.h"

#include <stddef.h>
#include <string.h>

#include "sp_ascii.h"

/* One date as written. The readers below take a position, return the one
 * behind what they read, or NULL when it is something else; NULL goes
 * through them untouched. */
struct date {
    int year, month, day, hour, minute, second;
};

static const char *read_literal(const char *at, const char *what)
{
    size_t len = strlen(what);

    return at != NULL && strncmp(at, what, len) == 0 ? at + len : NULL;
}

/* Exactly `count` digits. */
static const char *read_number(const char *at, int count, int *number)
{
    *number = 0;
    for (; at != NULL && count > 0; count--) {
        if (sp_is_digit(*at))
            *number = *number * 10 + (*at++ - '0');
        else
            at = NULL;
    }
    return at;
}

/* The name of a day, long or short. It adds nothing to the date. */
static const char *read_weekday(const char *at)
{
    static const char *const DAYS[] = {
        "Monday",   "Mon",      "Tuesday", "Tue",    "Wednesday",
        "Wed",      "Thursday", "Thu",     "Friday", "Fri",
        "Saturday", "Sat",      "Sunday",  "Sun",
    };

    for (size_t i = 0; i < sizeof DAYS / sizeof *DAYS; i++) {
        const char *end = read_literal(at, DAYS[i]);

        if (end != NULL)
            return end;
    }
    return NULL;
}

static const char *read_month(const char *at, int *month)
{
    static const char *const MONTHS[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    };

    for (int i = 0; i < 12; i++) {
        const char *end = read_literal(at, MONTHS[i]);

        if (end != NULL) {
            *month = i + 1;
            return end;
        }
    }
    return NULL;
}

static const char *read_time(const char *at, struct date *date)
{
    at = read_number(at, 2, &date->hour);
    at = read_number(read_literal(at, ":"), 2, &date->minute);
    return read_number(read_literal(at, ":"), 2, &date->second);
}

/* The zone that an HTTP date must name, and others that mean the same. */
static const char *read_zone(const char *at)
{
    static const char *const ZONES[] = { " GMT", " UTC", " +0000" };

    for (size_t i = 0; i < sizeof ZONES / sizeof *ZONES; i++) {
        const char *end = read_literal(at, ZONES[i]);

        if (end != NULL)
            return end;
    }
    return NULL;
}

/* IMF-fixdate "Sun, 06 Nov 1994 08:49:37 GMT", and with other separators
 * and two digits for the year RFC 850 "Sunday, 06-Nov-94 08:49:37 GMT". */
static const char *read_day_first(const char *at, const char *separator,
                                  int year_digits, struct date *date)
{
    at = read_literal(read_weekday(at), ", ");
    at = read_number(at, 2, &date->day);
    at = read_month(read_literal(at, separator), &date->month);
    at = read_literal(at, separator);
    at = read_number(at, year_digits, &date->year);
    return read_zone(read_time(read_literal(at, " "), date));
}

/* asctime "Sun Nov  6 08:49:37 1994". */
static const char *read_asctime(const char *at, struct date *date)
{
    at = read_month(read_literal(read_weekday(at), " "), &date->month);
    at = read_literal(at, " ");
    if (at != NULL && *at == ' ')
        at = read_number(at + 1, 1, &date->day);
    else
        at = read_number(at, 2, &date->day);
    at = read_time(read_literal(at, " "), date);
    return read_number(read_literal(at, " "), 4, &date->year);
}

/* Two digits mean the year nearest to `now_s`: within fifty years. */
static int full_year(int two_digits, int64_t now_s)
{
    int now = (int)(1970 + now_s / 31556952);

    return now - 50 + (two_digits - now % 100 + 150) % 100;
}

static bool is_real(const struct date *date)
{
    static const int DAYS[] = {
        31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
    };
    int year = date->year;
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    if (date->day == 29 && date->month == 2 && !is_leap)
        return false;
    return year >= 1 && date->day >= 1 && date->day <= DAYS[date->month - 1] &&
           date->hour <= 23 && date->minute <= 59 && date->second <= 60;
}

/* Counts days from 1 March of the year 0, so that a leap day comes last. */
static int64_t to_seconds(const struct date *date)
{
    int month = (date->month + 9) % 12;
    int64_t year = date->month <= 2 ? date->year - 1 : date->year;
    int64_t days = 365 * year + year / 4 - year / 100 + year / 400 +
                   (153 * month + 2) / 5 + date->day - 1 - 719468;

    return ((days * 24 + date->hour) * 60 + date->minute) * 60 + date->second;
}

bool sp_http_date_read(const char *text, int64_t now_s, int64_t *seconds)
{
    struct date date;
    const char *end = read_day_first(text, " ", 4, &date);

    if (end == NULL)
        end = read_asctime(text, &date);
    if (end == NULL) {
        end = read_day_first(text, "-", 2, &date);
        if (end != NULL)
            date.year = full_year(date.year, now_s);
    }
    if (end == NULL || *end != '\0' || !is_real(&date))
        return false;
    *seconds = to_seconds(&date);
    return true;
}
