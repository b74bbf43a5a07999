/* sp_settings: a copy is deep, and whole, and wiped when it goes. */
#include "sp_settings.h"

#include "alloc.h"
#include "check.h"

static void copies(void)
{
    char proxy[] = "http://user:secret@proxy.example.com", bundle[] = "ca.pem";
    struct sp_settings from = {
        .max_body = 1000, .rate_read = 7, .http = SP_HTTP_2,
        .proxy = proxy, .ca_file = bundle,
    };
    struct sp_settings to;

    check_case("a copy has the numbers and strings of its own");
    CHECK_INT(sp_settings_copy(&to, &from), SP_OK);
    CHECK_INT(to.max_body, 1000);
    CHECK_INT(to.rate_read, 7);
    CHECK_INT(to.http, SP_HTTP_2);
    CHECK_TEXT(to.proxy, proxy);
    CHECK_TEXT(to.ca_file, bundle);
    CHECK(to.proxy != proxy && to.ca_file != bundle);

    check_case("what is not set stays so");
    CHECK(!to.user_agent && !to.ca_path && !to.client_cert);
    CHECK(!to.client_key && !to.pinned_public_key && !to.proxy_ca_file);

    check_case("a password is overwritten before it is freed");
    alloc_watch(to.proxy, strlen(to.proxy), "secret");
    sp_settings_clear(&to);
    CHECK(alloc.was_freed && !alloc.had_needle);
    CHECK(!to.proxy && !to.ca_file);

    check_case("what is cleared can be cleared again");
    sp_settings_clear(&to);
    CHECK(!to.proxy);
}

int main(void)
{
    copies();
    return check_done();
}
