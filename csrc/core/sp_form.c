#include "sp_form.h"

#include <stdio.h>
#include <string.h>

static const char NAMELESS[] = "document";
static const char UNKNOWN_TYPE[] = "application/octet-stream";

static size_t on_read(char *to, size_t size, size_t count, void *self)
{
    size_t got;

    return sp_upload_read(self, to, size * count, &got) == SP_OK
               ? got
               : CURL_READFUNC_ABORT;
}

static int on_seek(void *self, curl_off_t offset, int origin)
{
    if (offset != 0 || origin != SEEK_SET)
        return CURL_SEEKFUNC_FAIL;
    return sp_upload_rewind(self) == SP_OK ? CURL_SEEKFUNC_OK
                                           : CURL_SEEKFUNC_FAIL;
}

static CURLcode add_fields(curl_mime *form, const struct sp_buffer *fields)
{
    CURLcode code = CURLE_OK;
    size_t at = 0;

    while (code == CURLE_OK && at < fields->len) {
        const char *name = fields->data + at;
        const char *value = name + strlen(name) + 1;
        curl_mimepart *part = curl_mime_addpart(form);

        at += strlen(name) + strlen(value) + 2;
        if (!part)
            return CURLE_OUT_OF_MEMORY;
        code = curl_mime_name(part, name);
        if (code == CURLE_OK)
            code = curl_mime_data(part, value, CURL_ZERO_TERMINATED);
    }
    return code;
}

static CURLcode add_file(curl_mime *form, struct sp_upload *upload)
{
    curl_mimepart *part = curl_mime_addpart(form);
    CURLcode code = part ? curl_mime_name(part, "file") : CURLE_OUT_OF_MEMORY;

    if (code == CURLE_OK)
        code = curl_mime_data_cb(part, (curl_off_t)upload->size, on_read,
                                 on_seek, NULL, upload);
    if (code == CURLE_OK)
        code = curl_mime_filename(
            part, upload->name.len > 0 ? upload->name.data : NAMELESS);
    if (code == CURLE_OK)
        code =
            curl_mime_type(part, upload->type ? upload->type : UNKNOWN_TYPE);
    return code;
}

curl_mime *sp_form_new(CURL *easy, struct sp_upload *upload)
{
    curl_mime *form = curl_mime_init(easy);

    if (form && (add_fields(form, &upload->fields) != CURLE_OK ||
                 add_file(form, upload) != CURLE_OK)) {
        curl_mime_free(form);
        form = NULL;
    }
    return form;
}
