/* sp_exchange_setup: what a handle is told at birth, because it never
 * changes: whom to trust, what to speak, and its own header lines.
 *
 * Tested by spec/contract/tls_spec.lua and its neighbours. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sp_exchange_private.h"
#include "sp_libcurl.h"

enum {
    KEEP_IDLE_S = 50, /* balancers drop a connection after a minute */
    /* libcurl would keep a bundle for a day, also one that was read in part
     * because memory was short, or that has been renewed. */
    KEEP_TRUST_S = 600
};

/* There, or nowhere: OpenSSL takes both for no certificate. */
#define EMPTY_DIRECTORY "/var/empty"

/* Copies the path of a certificate in a directory of hashed names, or of the
 * directory itself, in which then is none. False: it is too long. */
static bool any_certificate(const char *path, char *out, size_t size)
{
    DIR *directory = opendir(path);
    struct dirent *entry = NULL;
    int len;

    while (directory && (entry = readdir(directory)) != NULL)
        if (strlen(entry->d_name) > 2 &&
            strcmp(strchr(entry->d_name, '\0') - 2, ".0") == 0)
            break;
    len = snprintf(out, size, "%s/%s", path, entry ? entry->d_name : "");
    if (directory)
        closedir(directory);
    return len > 0 && (size_t)len < size;
}

/* Some libcurl trusts what it was built to trust unless both a file and a
 * directory are named. So one that adds nothing is named beside the other; a
 * directory without a certificate is no file, and then nobody is trusted. */
static CURLcode leave_out_others(CURL *easy, const char *file,
                                 const char *path)
{
    char certificate[PATH_MAX];

    if (!sp_libcurl_has(SP_LIBCURL_BROAD_TRUST))
        return CURLE_OK;
    if (!path)
        return curl_easy_setopt(easy, CURLOPT_CAPATH, EMPTY_DIRECTORY);
    if (file)
        return CURLE_OK;
    if (!any_certificate(path, certificate, sizeof certificate))
        return CURLE_SSL_CACERT_BADFILE;
    return curl_easy_setopt(easy, CURLOPT_CAINFO, certificate);
}

/* The certificates that libcurl was built to trust, if they are in a file
 * that can be read; NULL: they are not. */
static const char *built_in_bundle(struct sp_exchange *exchange)
{
    char *path = NULL;

    if (exchange->has_sought_bundle)
        return exchange->bundle;
    exchange->has_sought_bundle = true;
    if (curl_easy_getinfo(exchange->easy, CURLINFO_CAINFO, &path) ==
            CURLE_OK &&
        path && access(path, R_OK) == 0)
        exchange->bundle = path; /* static memory */
    return exchange->bundle;
}

/* With a directory of certificates libcurl re-reads the bundle for each new
 * connection; with a file alone it parses it once and keeps it. */
static CURLcode set_trust(struct sp_exchange *exchange)
{
    const struct sp_settings *settings = exchange->settings;
    const char *file = settings->ca_file;
    CURL *easy = exchange->easy;
    CURLcode code = CURLE_OK;

    if (!file && !settings->ca_path)
        file = built_in_bundle(exchange);
    if (!file && !settings->ca_path)
        return CURLE_OK; /* whatever libcurl was built to do */
    SP_SET(CAINFO, file);
    SP_SET(CAPATH, settings->ca_path);
    if (code == CURLE_OK)
        code = leave_out_others(easy, file, settings->ca_path);
    /* Not every TLS library keeps what it has read, so this may be refused. */
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, (long)KEEP_TRUST_S);
    return code;
}

/* "": none, whatever the environment says; NULL: what it says. */
const char *sp_exchange_proxy(const struct sp_settings *settings)
{
    if (settings->proxy_from_environment)
        return NULL;
    return settings->proxy ? settings->proxy : "";
}

static long tls_version(const struct sp_settings *settings)
{
    return settings->min_tls == 13 ? (long)CURL_SSLVERSION_TLSv1_3
                                   : (long)CURL_SSLVERSION_TLSv1_2;
}

static CURLcode set_safety(struct sp_exchange *exchange)
{
    const struct sp_settings *settings = exchange->settings;
    CURL *easy = exchange->easy;
    CURLcode code = set_trust(exchange);

    SP_SET(SSL_VERIFYPEER, 1L);
    SP_SET(SSL_VERIFYHOST, 2L);
    SP_SET(SSLVERSION, tls_version(settings));
    SP_SET(PINNEDPUBLICKEY, settings->pinned_public_key);
    SP_SET(SSLCERT, settings->client_cert);
    SP_SET(SSLKEY, settings->client_key);
    SP_SET(FOLLOWLOCATION, 0L);
    SP_SET(NETRC, (long)CURL_NETRC_IGNORED);
    SP_SET(HTTP09_ALLOWED, 0L);
    SP_SET(DISALLOW_USERNAME_IN_URL, 1L);
    SP_SET(PATH_AS_IS, 1L);
    SP_SET(PROTOCOLS_STR, "https");
    SP_SET(PROXY, sp_exchange_proxy(settings));
    SP_SET(PROXY_SSL_VERIFYPEER, 1L);
    SP_SET(PROXY_SSL_VERIFYHOST, 2L);
    SP_SET(PROXY_SSLVERSION, tls_version(settings));
    if (settings->proxy_ca_file) {
        SP_SET(PROXY_CAINFO, settings->proxy_ca_file);
        SP_SET(PROXY_CAPATH, sp_libcurl_has(SP_LIBCURL_BROAD_TRUST)
                                 ? EMPTY_DIRECTORY
                                 : NULL);
    }
    if (!settings->proxy_from_environment)
        SP_SET(NOPROXY, "");
    return code;
}

static CURLcode set_transport(CURL *easy, const struct sp_settings *settings)
{
    static const long VERSIONS[] = {
        [SP_HTTP_AUTO] = CURL_HTTP_VERSION_2TLS,
        [SP_HTTP_1_1] = CURL_HTTP_VERSION_1_1,
        [SP_HTTP_2] = CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE,
    };
    CURLcode code = CURLE_OK;

    SP_SET(HTTP_VERSION, VERSIONS[settings->http]);
    SP_SET(NOSIGNAL, 1L);
    SP_SET(QUICK_EXIT, 1L); /* never waits for a resolver that hangs */
    SP_SET(TCP_KEEPALIVE, 1L);
    SP_SET(MAXAGE_CONN, (long)KEEP_IDLE_S);
    SP_SET(HTTP_CONTENT_DECODING, 0L); /* see sp_inflate.h */
    return code;
}

/* libcurl repeats a request whose kept connection died unless it is one of
 * RTSP that waits for the server; asked about HTTP too, that leaves it the
 * repeats of refused streams alone. False when it was built without RTSP. */
static bool end_hidden_resend(CURL *easy)
{
    return curl_easy_setopt(easy, CURLOPT_RTSP_REQUEST,
                            (long)CURL_RTSPREQ_RECEIVE) == CURLE_OK;
}

/* libcurl puts its own header lines together twice, letter by letter, for
 * each request: those that never change are handed over instead. A proxy is
 * told the agent only by libcurl. */
static CURLcode set_lines(struct sp_exchange *exchange,
                          const struct sp_settings *settings)
{
    static const char NAME[] = "User-Agent: ";
    const char *agent = settings->user_agent;
    bool proxied = settings->proxy || settings->proxy_from_environment;

    if (!agent)
        return CURLE_OK;
    if (proxied)
        return curl_easy_setopt(exchange->easy, CURLOPT_USERAGENT, agent);
    if (exchange->agent_line)
        return CURLE_OK; /* of an earlier handle */
    exchange->agent_line = malloc(sizeof NAME + strlen(agent));
    if (!exchange->agent_line)
        return CURLE_OUT_OF_MEMORY;
    strcpy(exchange->agent_line, NAME);
    strcat(exchange->agent_line, agent);
    return CURLE_OK;
}

CURLcode sp_exchange_set_up(struct sp_exchange *exchange)
{
    const struct sp_settings *settings = exchange->settings;
    CURLcode code = set_safety(exchange);

    exchange->repeats_refused_only = end_hidden_resend(exchange->easy);
    if (code == CURLE_OK)
        code = set_transport(exchange->easy, settings);
    if (code == CURLE_OK)
        code = set_lines(exchange, settings);
    return code;
}
