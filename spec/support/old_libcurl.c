/* To be preloaded: a libcurl that says it is 7.74, as on Debian 11. */

#include <curl/curl.h>

curl_version_info_data *curl_version_info(CURLversion age)
{
    static curl_version_info_data data;

    (void)age;
    data.version = "7.74.0";
    data.version_num = 0x074a00;
    return &data;
}
