/* sp_libcurl: which fault which libcurl has, at the first version that has it
 * and at the first without. */
#include "sp_libcurl.h"

#include "check.h"

static const struct row {
    enum sp_libcurl_fault fault;
    const char *name;
    unsigned since, until; /* 0: from the first on; never mended */
    const char *tls;
} ROWS[] = {
    { SP_LIBCURL_STALE_HEADER, "stale_header", 0x075300, 0x080101, NULL },
    { SP_LIBCURL_IDLE_BYTES, "idle_bytes", 0, 0, NULL },
    { SP_LIBCURL_SECOND_SWITCH, "second_switch", 0x075800, 0x080000, NULL },
    { SP_LIBCURL_SILENT_REFUSAL, "silent_refusal", 0x075700, 0x081300, NULL },
    { SP_LIBCURL_SILENT_CUT, "silent_cut", 0, 0x080f00, "SSL" },
    { SP_LIBCURL_RESOLVER_POOL, "resolver_pool", 0x081400, 0, NULL },
    { SP_LIBCURL_READ_AHEAD, "read_ahead", 0x081400, 0, "OpenSSL/" },
    { SP_LIBCURL_SILENT_RESET, "silent_reset", 0x080300, 0, NULL },
    { SP_LIBCURL_BROAD_TRUST, "broad_trust", 0x081500, 0x081700, NULL },
    { SP_LIBCURL_SESSION_TWICE, "session_twice", 0, 0x080800, NULL },
};

static bool has(const struct row *row, unsigned version)
{
    sp_libcurl_init(version, "OpenSSL/3.0.17");
    return sp_libcurl_has(row->fault);
}

static void check_versions(void)
{
    CHECK_INT(sizeof ROWS / sizeof *ROWS, SP_LIBCURL_FAULTS);
    for (const struct row *row = ROWS; row < ROWS + SP_LIBCURL_FAULTS; row++) {
        const struct sp_libcurl_entry *entry = sp_libcurl_entry(row->fault);

        check_case(row->name);
        CHECK_TEXT(entry->name, row->name);
        CHECK(entry->since == row->since && entry->until == row->until);
        CHECK(has(row, row->since ? row->since : 0x071900));
        CHECK(!row->since || !has(row, row->since - 1));
        CHECK_INT(has(row, 0x0a0000), row->until == 0);
        CHECK(!row->until || has(row, row->until - 1));
        CHECK(!row->until || !has(row, row->until));
    }
}

static void check_libraries(void)
{
    static const char *const NAMES[] = {
        "OpenSSL/3.0.17", "LibreSSL/3.8.2", "GnuTLS/3.7.9", NULL
    };
    static const bool CUT[] = { true, true, false, false };
    static const bool AHEAD[] = { true, false, false, false };

    check_case("of TLS belong to the libraries that have them");
    for (int i = 0; i < 4; i++) {
        sp_libcurl_init(0x080e00, NAMES[i]);
        CHECK_INT(sp_libcurl_has(SP_LIBCURL_SILENT_CUT), CUT[i]);
        CHECK(!sp_libcurl_has(SP_LIBCURL_READ_AHEAD));
        sp_libcurl_init(0x081400, NAMES[i]);
        CHECK_INT(sp_libcurl_has(SP_LIBCURL_READ_AHEAD), AHEAD[i]);
        CHECK(sp_libcurl_has(SP_LIBCURL_RESOLVER_POOL));
    }
}

int main(void)
{
    check_versions();
    check_libraries();
    return check_done();
}
