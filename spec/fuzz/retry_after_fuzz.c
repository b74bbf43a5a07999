/* What a server says about when to come back, and its dates.
 *
 * Input: two numbers of eight bytes, then up to three lines: retry-after-ms,
 * Retry-After, Date. A line "-" is a header that did not come. The numbers
 * are taken for two moments, which are written as dates in every form: the
 * wait that is read must be the time between them. */
#define _DEFAULT_SOURCE /* gmtime_r */

#include <stdbool.h>
#include <time.h>

#include "fuzz.h"
#include "sp_retry.h"

/* "Saturates well below INT64_MAX". */
#define WAIT_MAX_MS (INT64_MAX / 1000)
#define YEAR_10000_S INT64_C(253402300800)

enum form { IMF_FIXDATE, RFC_850, ASCTIME };

/* Between two moments, the second excluded. */
static int64_t moment(uint64_t number, int64_t first_s, int64_t end_s)
{
    return first_s + (int64_t)(number % (uint64_t)(end_s - first_s));
}

static void write_date(char *text, size_t size, enum form form, int64_t at_s)
{
    time_t at = (time_t)at_s;
    struct tm parts;
    size_t len = 0;

    if (!gmtime_r(&at, &parts))
        abort();
    switch (form) {
    case IMF_FIXDATE:
        len = strftime(text, size, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        break;
    case RFC_850:
        len = strftime(text, size, "%A, %d-%b-", &parts);
        snprintf(text + len, size - len, "%02d %02d:%02d:%02d GMT",
                 parts.tm_year % 100, parts.tm_hour, parts.tm_min,
                 parts.tm_sec);
        break;
    case ASCTIME:
        len = strftime(text, size, "%a %b %e %H:%M:%S %Y", &parts);
        break;
    }
    if (len == 0)
        abort();
}

/* The wait until `then_s`, said at `now_s` by a server whose clock counts. */
static void check_date(enum form form, int64_t then_s, int64_t now_s)
{
    int64_t want = then_s > now_s ? (then_s - now_s) * 1000 : 0;
    char then[64], now[64];

    write_date(then, sizeof then, form, then_s);
    write_date(now, sizeof now, IMF_FIXDATE, now_s);
    FUZZ_HOLDS(sp_retry_after(NULL, then, now, 0) == want);
    FUZZ_HOLDS(sp_retry_after(NULL, then, NULL, now_s) == want);
    if (form == IMF_FIXDATE) {
        strcpy(strstr(then, "GMT"), "UTC");
        FUZZ_HOLDS(sp_retry_after(NULL, then, now, 0) == want);
        strcpy(strstr(then, "UTC"), "+0000");
        FUZZ_HOLDS(sp_retry_after(NULL, then, now, 0) == want);
    }
}

static void check_dates(uint64_t one, uint64_t other)
{
    /* The year 1000: strftime writes those before with fewer digits. */
    int64_t first_s = INT64_C(-30610224000);
    int64_t fifty_years_s = INT64_C(49) * 365 * 24 * 3600;
    int64_t now_s = moment(one, 0, YEAR_10000_S - fifty_years_s);

    check_date(IMF_FIXDATE, moment(other, first_s, YEAR_10000_S), now_s);
    check_date(ASCTIME, moment(other, first_s, YEAR_10000_S), now_s);
    /* With two digits for the year only what is near can be told. */
    check_date(RFC_850, now_s + moment(other, 0, fifty_years_s), now_s);
}

static bool is_absent(const char *text)
{
    return strcmp(text, "-") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };
    uint64_t one = fuzz_number(&input), other = fuzz_number(&input);
    char *after_ms = fuzz_text(&input), *after = fuzz_text(&input);
    char *date = fuzz_text(&input);
    int64_t wait = sp_retry_after(is_absent(after_ms) ? NULL : after_ms,
                                  is_absent(after) ? NULL : after,
                                  is_absent(date) ? NULL : date,
                                  (int64_t)one);

    FUZZ_HOLDS(wait >= -1 && wait <= WAIT_MAX_MS);
    if (is_absent(after_ms) && is_absent(after))
        FUZZ_HOLDS(wait == -1);
    check_dates(one, other);
    free(after_ms);
    free(after);
    free(date);
    return 0;
}
