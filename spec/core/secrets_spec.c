/* Whether what must not be shown is cut out of texts, however it is spelt. */
#define _POSIX_C_SOURCE 200809L

#include "sp_secrets.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "check.h"

#define TOKEN "Tok.en-0123456789/abcdef+XYZ"

static struct sp_secrets secrets;

static void only(const char *value)
{
    sp_secrets_wipe(&secrets);
    CHECK_INT(sp_secrets_add(&secrets, value, strlen(value)), SP_OK);
}

static void check_mask(const char *text, const char *wanted)
{
    struct sp_buffer out;

    sp_buffer_init(&out, 100000);
    CHECK_INT(sp_secrets_mask(&secrets, text, strlen(text), &out), SP_OK);
    CHECK_TEXT(out.len > 0 ? out.data : "", wanted);
    CHECK(sp_secrets_has(&secrets, text, strlen(text)) ==
          (strcmp(text, wanted) != 0));
    sp_buffer_clear(&out);
}

static void test_spellings(void)
{
    check_case("cuts a value wherever it stands");
    only(TOKEN);
    check_mask("", "");
    check_mask(TOKEN, "[redacted]");
    check_mask("bad key: " TOKEN ".", "bad key: [redacted].");
    check_mask("x" TOKEN "x", "x[redacted]x");
    check_mask(TOKEN TOKEN, "[redacted]");
    check_mask("nothing of it", "nothing of it");

    check_case("as a password of a proxy that ends with an escape");
    {
        struct sp_settings settings = { 0 };
        char url[] = "http://user:ses%20am%40@proxy.example";

        settings.proxy = url;
        sp_secrets_wipe(&secrets);
        CHECK_INT(sp_secrets_add_proxies(&secrets, &settings), SP_OK);
        check_mask("got ses am@ here", "got [redacted] here");
    }
    only(TOKEN);

    check_case("in any case");
    check_mask("TOK.EN-0123456789/ABCDEF+xyz", "[redacted]");

    check_case("percent-encoded, also twice");
    check_mask("a%54ok%2Een%2d0123456789%2Fabcdef%2BXYZb", "a[redacted]b");
    check_mask("Tok%252Een-0123456789%252Fabcdef%25252BXYZ", "[redacted]");

    check_case("with the escapes of JSON");
    check_mask("Tok.en-0123456789\\/abcdef+XYZ", "[redacted]");
    check_mask("\\u0054ok.en\\u002D0123456789\\\\/abcdef\\u002bXYZ",
               "[redacted]");

    check_case("and where its escapes are broken leaves the text");
    check_mask("%", "%");
    check_mask("%5", "%5");
    check_mask("\\", "\\");
    check_mask("\\u00", "\\u00");
    check_mask("%zz\\u00zz", "%zz\\u00zz");
}

static void test_parts(void)
{
    check_case("cuts twelve bytes of a longer one, from wherever");
    only(TOKEN);
    check_mask("its head Tok.en-01234, its tail abcdef+XYZ, its 6789/abcdef+",
               "its head [redacted], its tail abcdef+XYZ, its [redacted]");

    check_case("cuts a short one only where it stands alone");
    only("key");
    check_mask("a key, a monkey, keys; KEY", "a [redacted], a monkey, keys; [redacted]");

    check_case("takes one with a percent sign or a backslash as it is");
    only("100%41\\n12345");
    check_mask("is 100%41\\n12345", "is [redacted]");
}

static void test_proxies(void)
{
    static const char *const VARIABLES[] = { "https_proxy", "HTTPS_PROXY",
                                             "all_proxy", "ALL_PROXY" };
    struct sp_settings settings = { .proxy_from_environment = false };

    check_case("knows user and password of the proxy, decoded");
    sp_secrets_wipe(&secrets);
    settings.proxy = (char[]){ "http://alice:hun%40ter2@host:99999" };
    CHECK_INT(sp_secrets_add_proxies(&secrets, &settings), SP_OK);
    check_mask("'alice:hun%40ter2@host:99999' hun@ter2",
               "'[redacted]:[redacted]@host:99999' [redacted]");

    check_case("also where the URL is broken, or has no password");
    sp_secrets_wipe(&secrets);
    settings.proxy = (char[]){ "socks5://al/ice:p@ss/w?rd@host" };
    CHECK_INT(sp_secrets_add_proxies(&secrets, &settings), SP_OK);
    check_mask("al/ice p@ss/w?rd host", "[redacted] [redacted] host");
    sp_secrets_wipe(&secrets);
    settings.proxy = (char[]){ "http://onlyalice@host" };
    CHECK_INT(sp_secrets_add_proxies(&secrets, &settings), SP_OK);
    check_mask("onlyalice@host", "[redacted]@host");

    check_case("knows none of a proxy without");
    sp_secrets_wipe(&secrets);
    settings.proxy = (char[]){ "http://host:3128" };
    CHECK_INT(sp_secrets_add_proxies(&secrets, &settings), SP_OK);
    CHECK_INT(secrets.count, 0);

    check_case("knows those of the environment when they may be used");
    settings.proxy = NULL;
    setenv("https_proxy", "http://bob:sesame12@host", 1);
    CHECK_INT(sp_secrets_add_proxies(&secrets, &settings), SP_OK);
    CHECK_INT(secrets.count, 0);
    settings.proxy_from_environment = true;
    CHECK_INT(sp_secrets_add_proxies(&secrets, &settings), SP_OK);
    check_mask("bob:sesame12", "[redacted]:[redacted]");
    unsetenv("https_proxy");
    for (size_t i = 0; i < sizeof VARIABLES / sizeof *VARIABLES; i++) {
        sp_secrets_wipe(&secrets);
        setenv(VARIABLES[i], "http://eve:sesame34@host", 1);
        CHECK_INT(sp_secrets_add_proxies(&secrets, &settings), SP_OK);
        check_mask("eve:sesame34", "[redacted]:[redacted]");
        unsetenv(VARIABLES[i]);
    }

    check_case("and those that were set beside them");
    sp_secrets_wipe(&secrets);
    setenv("https_proxy", "http://dave:sesame12@host", 1);
    setenv("all_proxy", "http://erin:sesame34@host", 1);
    CHECK_INT(sp_secrets_add_proxies(&secrets, &settings), SP_OK);
    check_mask("sesame12 sesame34", "[redacted] [redacted]");
    unsetenv("https_proxy");
    unsetenv("all_proxy");
}

static void test_bounds(void)
{
    check_case("takes no more values than it has room for, and no empty one");
    sp_secrets_wipe(&secrets);
    for (int i = 0; i < SP_SECRETS_MAX + 5; i++) {
        CHECK_INT(sp_secrets_add(&secrets, "", 0), SP_OK);
        CHECK_INT(sp_secrets_add(&secrets, "some value", 10), SP_OK);
    }
    CHECK_INT(secrets.count, SP_SECRETS_MAX);
    check_mask("some value", "[redacted]");
    sp_secrets_wipe(&secrets);
    check_mask("some value", "some value");
}

static void test_ends(void)
{
    struct sp_buffer out;

    check_case("reads no escape on behind the end of a text");
    only("secretZ");
    check_mask("secret%5A", "[redacted]");
    sp_buffer_init(&out, 1000);
    CHECK_INT(sp_secrets_mask(&secrets, "secret%5A", strlen("secret%5"), &out),
              SP_OK);
    CHECK_INT(out.len, strlen("secret%5"));
    sp_buffer_clear(&out);
}

static void test_memory(void)
{
    struct sp_settings settings = { .proxy_from_environment = false };
    char proxy[] = "http://alice:hunter2@host";
    struct sp_buffer out;

    settings.proxy = proxy;
    check_case("without memory hides nothing half, and leaks nothing");
    sp_secrets_wipe(&secrets);
    for (int nth = 1; nth <= 2; nth++) {
        alloc_fail(nth);
        CHECK_INT(sp_secrets_add_proxies(&secrets, &settings),
                  SP_ERR_NO_MEMORY);
        sp_secrets_wipe(&secrets);
    }
    alloc_fail(0);
    only(TOKEN);
    sp_buffer_init(&out, 1000);
    alloc_fail(1);
    CHECK_INT(sp_secrets_mask(&secrets, TOKEN, strlen(TOKEN), &out),
              SP_ERR_NO_MEMORY);
    alloc_fail(0);
    CHECK_INT(out.len, 0);

    check_case("is overwritten when it is let go of");
    alloc_watch(secrets.memory.data, secrets.memory.capacity, TOKEN);
    sp_secrets_wipe(&secrets);
    CHECK(alloc.was_freed && !alloc.had_needle);
}

int main(void)
{
    test_spellings();
    test_parts();
    test_proxies();
    test_bounds();
    test_ends();
    test_memory();
    sp_secrets_wipe(&secrets);
    return check_done();
}
