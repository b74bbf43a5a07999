/* The signature, against the vectors of RFC 4231 with SHA-256. */
#include "sp_signature.h"

#include "check.h"

static void test_vectors(void)
{
    char key[131], made[SP_SIGNATURE_SIZE];

    check_case("signs as RFC 4231, test case 2");
    memset(made, 'x', sizeof made);
    CHECK_INT(sp_signature_make("Jefe", 4, "what do ya want for nothing?", 28,
                                made), SP_OK);
    CHECK_TEXT(made, "5bdcc146bf60754e6a042426089575c7"
                     "5a003f089d2739839dec58b964ec3843");

    check_case("signs as RFC 4231, test case 6: a key longer than a block");
    memset(key, 0xaa, sizeof key);
    CHECK_INT(sp_signature_make(
                  key, sizeof key,
                  "Test Using Larger Than Block-Size Key - Hash Key First",
                  54, made), SP_OK);
    CHECK_TEXT(made, "60e431591ee0b67f0d8a26aacbf5b77f"
                     "8e0bc6213728c5140546040f0ee37f54");

    check_case("signs an empty body and bytes that are zero");
    CHECK_INT(sp_signature_make("k", 1, "", 0, made), SP_OK);
    CHECK_INT(strlen(made), SP_SIGNATURE_SIZE - 1);
    CHECK_INT(sp_signature_make("k\0x", 3, "a\0b", 3, made), SP_OK);
    CHECK_INT(strlen(made), SP_SIGNATURE_SIZE - 1);
}

static void test_equals(void)
{
    char made[SP_SIGNATURE_SIZE], given[SP_SIGNATURE_SIZE];

    sp_signature_make("key", 3, "body", 4, made);
    memcpy(given, made, sizeof made);
    check_case("takes the signature itself, in either case");
    CHECK_INT(sp_signature_equals(made, given, 64), 1);
    for (int i = 0; i < 64; i++)
        if (given[i] >= 'a')
            given[i] = (char)(given[i] - 'a' + 'A');
    CHECK_INT(sp_signature_equals(made, given, 64), 1);

    check_case("refuses another digit at any place");
    for (int i = 0; i < 64; i++) {
        char kept = given[i];

        given[i] = kept == '0' ? '1' : '0';
        CHECK_INT(sp_signature_equals(made, given, 64), 0);
        given[i] = kept;
    }

    check_case("refuses another length");
    CHECK_INT(sp_signature_equals(made, given, 63), 0);
    CHECK_INT(sp_signature_equals(made, "", 0), 0);
}

int main(void)
{
    test_vectors();
    test_equals();
    return check_done();
}
