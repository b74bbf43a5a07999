/* Numbers of sp_decimal against the C library's, which is in its locale "C"
 * here. spec/http/locale_spec.lua looks at other locales. */
#include "sp_decimal.h"

#include <math.h>

#include "check.h"

static double read_number(const char *text)
{
    double number = NAN;

    CHECK(sp_decimal_read(text, strlen(text), &number));
    return number;
}

/* Halfway between doubles, at the ends of the range, and long. */
static const char *const HARD[] = {
    "0", "-0", "0.0", "0e5", "1", "-1.5", "0.1", "1e22", "1e23", "1e-22",
    "1e-23", "8.5e3", "9007199254740992.0", "9007199254740993.0",
    "9007199254740993.00000000000000000000000001", "9007199254740991e22",
    "123456789012345678901234567890", "0.000000000000000000000001",
    "0.00000000000000000000000000000000000000000000001e47",
    "1.7976931348623157e308", "1.7976931348623158079e308", "5e-324",
    "2.4703282292062327208e-324", "2.4703282292062328e-324", "4e-325",
    "2.2250738585072011e-308", "2.2250738585072014e-308",
    "4.4501477170144023e-308", "1e-400", "1e-99999999999", "0e99999999999",
    "7.2057594037927933e16", "1.00000000000000011102230246251565404e0",
    "100000000000000000000000000000000000000000000000000000000000e-59",
    "1E+2", "1E-2", "12345678901234567", "0.1234567890123456789",
};

static void check_reading(void)
{
    static const char *const TOO_LARGE[] = {
        "1e309", "-1e309", "1.8e308", "1e999999999999",
        "179769313486231581e291"
    };

    check_case("reads the nearest double");
    for (size_t i = 0; i < sizeof HARD / sizeof *HARD; i++)
        if (!CHECK(read_number(HARD[i]) == strtod(HARD[i], NULL)))
            printf("    %s\n", HARD[i]);
    check_case("keeps the sign of 0");
    CHECK(signbit(read_number("-0.0")) != 0);
    check_case("refuses what no double is near to");
    for (size_t i = 0; i < sizeof TOO_LARGE / sizeof *TOO_LARGE; i++) {
        double number;

        CHECK(!sp_decimal_read(TOO_LARGE[i], strlen(TOO_LARGE[i]), &number));
    }
}

static void check_random_numbers(void)
{
    uint64_t state = 7;

    check_case("reads the nearest double of random decimals");
    for (int i = 0; i < 200000; i++) {
        char text[64];
        int digits = (int)check_below(&state, 25) + 1, len;
        int exponent = (int)check_below(&state, 640) - 320;

        if (check_below(&state, 2) == 0)
            exponent = (int)check_below(&state, 60) - 30;
        len = snprintf(text, sizeof text, "%d.", (int)check_below(&state, 10));
        for (int k = 0; k < digits; k++)
            text[len++] = (char)('0' + check_below(&state, 10));
        snprintf(text + len, sizeof text - (size_t)len, "e%d", exponent);
        if (isfinite(strtod(text, NULL)) &&
            !CHECK(read_number(text) == strtod(text, NULL)))
            printf("    %s\n", text);
    }
}

int main(void)
{
    check_reading();
    check_random_numbers();
    return check_done();
}
