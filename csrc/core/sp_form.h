/* sp_form: an upload as libcurl's multipart form.
 *
 * Tested by spec/resources/document_spec.lua: libcurl writes the form. */
#ifndef SP_FORM_H
#define SP_FORM_H

#include <curl/curl.h>

#include "sp_upload.h"

/* A form for `easy` that reads `upload`, from its beginning, as it is sent;
 * both must outlive it. NULL without memory. Ended with curl_mime_free, once
 * `easy` does not refer to it any more. */
curl_mime *sp_form_new(CURL *easy, struct sp_upload *upload);

#endif
