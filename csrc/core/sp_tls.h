/* sp_tls: what libcurl cannot be told about TLS, told to OpenSSL itself.
 *
 * Nothing is linked for it: the function is that of the OpenSSL that libcurl
 * has brought along.
 *
 * Tested by spec/contract/desync_spec.lua, on a libcurl that needs it. */
#ifndef SP_TLS_H
#define SP_TLS_H

#include <curl/curl.h>
#include <stdbool.h>

/* Has the connections of `easy` read no more from their socket than is asked
 * for, so that whatever else has come can be seen there. False when this TLS
 * library cannot be told. */
bool sp_tls_read_exactly(CURL *easy);

#endif
