#include "sp_tls.h"

#include <curl/curl.h>
#include <stddef.h>

/* What SSL_CTX_set_read_ahead is a macro for. It is absent when libcurl has
 * another TLS library. */
#if defined(__ELF__)
long SSL_CTX_ctrl(void *context, int command, long number, void *unused)
    __attribute__((weak));
#else
static long (*const SSL_CTX_ctrl)(void *, int, long, void *) = NULL;
#endif

static CURLcode on_context(CURL *easy, void *context, void *unused)
{
    enum { SET_READ_AHEAD = 41 };

    (void)easy, (void)unused;
    SSL_CTX_ctrl(context, SET_READ_AHEAD, 0, NULL);
    return CURLE_OK;
}

bool sp_tls_read_exactly(CURL *easy)
{
    return SSL_CTX_ctrl != NULL &&
           curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_context) ==
               CURLE_OK;
}
