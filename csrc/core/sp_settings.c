#define _POSIX_C_SOURCE 200809L /* strdup */

#include "sp_settings.h"

#include <stdlib.h>
#include <string.h>

#include "sp_buffer.h"

/* Where the strings are, so that copying and freeing cannot disagree. */
static const size_t STRINGS[] = {
    offsetof(struct sp_settings, user_agent),
    offsetof(struct sp_settings, ca_file),
    offsetof(struct sp_settings, ca_path),
    offsetof(struct sp_settings, client_cert),
    offsetof(struct sp_settings, client_key),
    offsetof(struct sp_settings, pinned_public_key),
    offsetof(struct sp_settings, proxy_ca_file),
    offsetof(struct sp_settings, proxy),
};

enum { STRING_COUNT = sizeof STRINGS / sizeof *STRINGS };

static char **slot(struct sp_settings *settings, int i)
{
    return (char **)(void *)((char *)settings + STRINGS[i]);
}

enum sp_status sp_settings_copy(struct sp_settings *to,
                                const struct sp_settings *from)
{
    struct sp_settings given = *from;
    enum sp_status status = SP_OK;

    *to = *from;
    for (int i = 0; i < STRING_COUNT; i++) {
        const char *text = *slot(&given, i);

        *slot(to, i) = text ? strdup(text) : NULL;
        if (text && !*slot(to, i))
            status = SP_ERR_NO_MEMORY;
    }
    return status;
}

void sp_settings_clear(struct sp_settings *settings)
{
    for (int i = 0; i < STRING_COUNT; i++) {
        char **text = slot(settings, i);

        if (*text)
            sp_wipe(*text, strlen(*text));
        free(*text);
        *text = NULL;
    }
}
