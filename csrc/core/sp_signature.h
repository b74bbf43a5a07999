/* sp_signature: the HMAC-SHA256 of a webhook's body, in hexadecimal.
 *
 * The vendor signs the raw bytes of the body with the whole secret as the key
 * (vendor docs: Webhooks). The hash is libcrypto's. */
#ifndef SP_SIGNATURE_H
#define SP_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "sp_error.h"

enum { SP_SIGNATURE_SIZE = 65 }; /* 64 digits and a NUL */

/* Writes the signature of `body` in lower case. SYSTEM when libcrypto
 * refuses (a build without SHA-256). */
enum sp_status sp_signature_make(const char *secret, size_t secret_len,
                                 const char *body, size_t body_len,
                                 char signature[SP_SIGNATURE_SIZE]);

/* Whether `given`, of `len` bytes in either case, is that of `made`. Takes
 * the same time wherever they differ. */
bool sp_signature_equals(const char made[SP_SIGNATURE_SIZE], const char *given,
                         size_t len);

#endif
