#include "sp_signature.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "sp_buffer.h"

enum sp_status sp_signature_make(const char *secret, size_t secret_len,
                                 const char *body, size_t body_len,
                                 char signature[SP_SIGNATURE_SIZE])
{
    static const char DIGITS[] = "0123456789abcdef";
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned hash_len = 0;

    if (secret_len > INT_MAX ||
        !HMAC(EVP_sha256(), secret, (int)secret_len,
              (const unsigned char *)body, body_len, hash, &hash_len) ||
        hash_len * 2 + 1 != SP_SIGNATURE_SIZE)
        return SP_ERR_SYSTEM;
    for (unsigned i = 0; i < hash_len; i++) {
        signature[2 * i] = DIGITS[hash[i] >> 4];
        signature[2 * i + 1] = DIGITS[hash[i] & 15];
    }
    signature[2 * hash_len] = '\0';
    sp_wipe(hash, sizeof hash);
    return SP_OK;
}

bool sp_signature_equals(const char made[SP_SIGNATURE_SIZE], const char *given,
                         size_t len)
{
    char lower[SP_SIGNATURE_SIZE - 1];

    if (len != sizeof lower)
        return false;
    for (size_t i = 0; i < len; i++)
        lower[i] = given[i] >= 'A' && given[i] <= 'F'
                       ? (char)(given[i] - 'A' + 'a')
                       : given[i];
    return CRYPTO_memcmp(made, lower, sizeof lower) == 0;
}
