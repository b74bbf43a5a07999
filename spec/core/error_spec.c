/* What sp_error says, and that it fits. */
#include "sp_error.h"

#include "check.h"

static void test_set(void)
{
    struct sp_error error = {0};
    char longer[2 * sizeof error.message];

    check_case("sets status and message and returns the status");
    CHECK_INT(sp_error_set(&error, SP_ERR_CLOSED, "call %d of %s", 7, "x"),
              SP_ERR_CLOSED);
    CHECK_INT(error.status, SP_ERR_CLOSED);
    CHECK_TEXT(error.message, "call 7 of x");

    check_case("returns the status when nobody wants the message");
    CHECK_INT(sp_error_set(NULL, SP_ERR_SYSTEM, "lost"), SP_ERR_SYSTEM);

    check_case("keeps a message on one line");
    sp_error_set(&error, SP_ERR_SYSTEM, "%s", "one\r\ntwo\tthree");
    CHECK_TEXT(error.message, "one  two three");

    check_case("cuts a message that does not fit");
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    sp_error_set(&error, SP_ERR_SYSTEM, "%s", longer);
    CHECK_INT(strlen(error.message), sizeof error.message - 1);
}

static void test_names(void)
{
    static const char *const KINDS[] = {
        [SP_KIND_NONE] = "",
        [SP_KIND_INVALID] = "invalid",
        [SP_KIND_NETWORK] = "network",
        [SP_KIND_TIMEOUT] = "timeout",
        [SP_KIND_TLS] = "tls",
        [SP_KIND_PROTOCOL] = "protocol",
        [SP_KIND_RATE_LIMITED] = "rate_limited",
        [SP_KIND_CANCELLED] = "cancelled",
        [SP_KIND_CLOSED] = "closed",
    };

    check_case("names every kind as Lua sees it");
    for (int kind = SP_KIND_NONE; kind <= SP_KIND_LAST; kind++)
        CHECK_TEXT(sp_kind_name((enum sp_kind)kind), KINDS[kind]);

    check_case("names how far a request got");
    CHECK_TEXT(sp_sent_name(SP_SENT_NO), "no");
    CHECK_TEXT(sp_sent_name(SP_SENT_MAYBE), "maybe");
    CHECK_TEXT(sp_sent_name(SP_SENT_YES), "yes");
}

int main(void)
{
    test_set();
    test_names();
    return check_done();
}
