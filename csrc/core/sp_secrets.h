/* sp_secrets: a few values that no text may show, cut out of texts by value.
 *
 * A text may spell them otherwise: in another case, percent-encoded (more
 * than once), with the escapes of JSON. Long ones are also cut when only a
 * part of them is there. Zeroed memory is an empty set. */
#ifndef SP_SECRETS_H
#define SP_SECRETS_H

#include <stdbool.h>
#include <stddef.h>

#include "sp_buffer.h"
#include "sp_error.h"
#include "sp_settings.h"

enum { SP_SECRETS_MAX = 16 };

struct sp_secrets {
    struct sp_buffer memory; /* copies, one behind the other */
    size_t lens[SP_SECRETS_MAX];
    int count;
    bool begins[256]; /* bytes that one, or a part of one, may begin with */
};

/* Adds a value; "" and what comes after SP_SECRETS_MAX is ignored.
 * NO_MEMORY. */
enum sp_status sp_secrets_add(struct sp_secrets *secrets, const char *value,
                              size_t len);

/* Adds user and password of the proxies that an engine with `settings`
 * could use. NO_MEMORY. */
enum sp_status sp_secrets_add_proxies(struct sp_secrets *secrets,
                                      const struct sp_settings *settings);

/* Whether any of them is in `text`. */
bool sp_secrets_has(const struct sp_secrets *secrets, const char *text,
                    size_t len);

/* Appends `text` to `out` with "[redacted]" in place of each of them.
 * NO_MEMORY, TOO_LARGE. */
enum sp_status sp_secrets_mask(const struct sp_secrets *secrets,
                               const char *text, size_t len,
                               struct sp_buffer *out);

/* Overwrites and frees the copies. */
void sp_secrets_wipe(struct sp_secrets *secrets);

#endif
