/* sp_decimal: most numbers of an answer are short, and one exact operation
 * of the processor makes the nearest double of those. The others go through
 * strtod, which rounds correctly, in the locale "C". That is set for this
 * thread alone and for that moment; strtod_l does not exist everywhere, but
 * NetBSD has nothing else. */
#define _POSIX_C_SOURCE 200809L /* newlocale, uselocale */
#define _NETBSD_SOURCE          /* strtod_l */

#include "sp_decimal.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

/* A number of more digits is left to strtod. 19 fit into 64 bits. */
enum { DIGITS_MAX = 19, EXPONENT_MAX = 22 };

#define WHOLE_IN_DOUBLE (UINT64_C(1) << 53)

/* Each is a double exactly. */
static const double POWERS[EXPONENT_MAX + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

struct decimal {
    uint64_t digits;
    int count;    /* digits after the leading zeros */
    int exponent; /* the number is digits * 10^exponent */
};

static const char *read_digits(const char *at, const char *end,
                               struct decimal *decimal)
{
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        if (decimal->count >= DIGITS_MAX)
            decimal->count = DIGITS_MAX + 1;
        else if (decimal->count > 0 || *at != '0')
            decimal->count++;
        decimal->digits = decimal->digits * 10 + (uint64_t)(*at - '0');
    }
    return at;
}

static int read_exponent(const char *at, const char *end)
{
    bool negative = *at == '-';
    int exponent = 0;

    for (at += *at == '-' || *at == '+'; at < end; at++)
        if (exponent < 1000)
            exponent = exponent * 10 + (*at - '0');
    return negative ? -exponent : exponent;
}

/* False when the number is too long for a struct decimal. */
static bool read_decimal(const char *at, const char *end,
                         struct decimal *decimal)
{
    at = read_digits(at, end, decimal);
    if (at < end && *at == '.') {
        const char *point = at + 1;

        at = read_digits(point, end, decimal);
        if (at - point > DIGITS_MAX)
            return false;
        decimal->exponent = -(int)(at - point);
    }
    if (at < end)
        decimal->exponent += read_exponent(at + 1, end);
    return decimal->count <= DIGITS_MAX;
}

/* Both operands and the result of one operation are exact or rounded once,
 * where the processor computes in doubles. */
static bool is_exact(const struct decimal *decimal)
{
    return FLT_EVAL_METHOD == 0 && decimal->digits <= WHOLE_IN_DOUBLE &&
           decimal->exponent >= -EXPONENT_MAX &&
           decimal->exponent <= EXPONENT_MAX;
}

static double read_in_c_locale(const char *text)
{
#ifdef __NetBSD__
    return strtod_l(text, NULL, c_locale);
#else
    locale_t before = uselocale(c_locale);
    double number = strtod(text, NULL);

    uselocale(before);
    return number;
#endif
}

static bool read_slowly(const char *text, double *number)
{
    pthread_once(&once, make_locale);
    if (c_locale == (locale_t)0)
        return false;
    *number = read_in_c_locale(text);
    return isfinite(*number);
}

bool sp_decimal_read(const char *text, size_t len, double *number)
{
    struct decimal decimal = { 0, 0, 0 };
    bool negative = *text == '-';
    double value;

    if (!read_decimal(text + negative, text + len, &decimal) ||
        !is_exact(&decimal))
        return read_slowly(text, number);
    value = (double)decimal.digits;
    if (decimal.exponent < 0)
        value /= POWERS[-decimal.exponent];
    else
        value *= POWERS[decimal.exponent];
    *number = negative ? -value : value;
    return true;
}
