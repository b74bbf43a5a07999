/* sp_http_date: the dates of HTTP headers (RFC 9110, section 5.6.7). Pure. */
#ifndef SP_HTTP_DATE_H
#define SP_HTTP_DATE_H

#include <stdbool.h>
#include <stdint.h>

/* The end of the year 9999, the last that an HTTP date can name. */
#define SP_HTTP_DATE_MAX_S INT64_C(253402300799)

/* Seconds since 1970 into `seconds`, if `text` is a date and nothing else, in
 * one of the three forms: IMF-fixdate, RFC 850, asctime. Two digits for a
 * year mean the one nearest to `now_s`, which is in 0 .. MAX_S. */
bool sp_http_date_read(const char *text, int64_t now_s, int64_t *seconds);

#endif
