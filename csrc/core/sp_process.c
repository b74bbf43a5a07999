#define _POSIX_C_SOURCE 200809L

#include "sp_process.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

#include "sp_libcurl.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct sp_error init_error;
static volatile sig_atomic_t generation; /* grows in each forked child */

static char versions[256];

static void on_fork_in_child(void)
{
    generation++;
}

static void on_sigpipe(int number)
{
    (void)number;
}

/* With a handler, because what is ignored stays so in what the host
 * executes, and a handler does not. */
static void survive_sigpipe(void)
{
    struct sigaction now, ours = { .sa_flags = SA_RESTART };

    ours.sa_handler = on_sigpipe;
    sigemptyset(&ours.sa_mask);
    if (sigaction(SIGPIPE, NULL, &now) == 0 && !(now.sa_flags & SA_SIGINFO) &&
        now.sa_handler == SIG_DFL)
        sigaction(SIGPIPE, &ours, NULL);
}

/* Not from curl_version: that asks the LDAP library for its version, too,
 * which then looks up the name of this machine, and waits for an answer. */
static void write_versions(const curl_version_info_data *version)
{
    const char *http2 = version->features & CURL_VERSION_HTTP2
                            ? version->nghttp2_version
                            : NULL;

    snprintf(versions, sizeof versions, "libcurl/%s %s%s%s%s%s",
             version->version,
             version->ssl_version ? version->ssl_version : "",
             version->libz_version ? " zlib/" : "",
             version->libz_version ? version->libz_version : "",
             http2 ? " nghttp2/" : "", http2 ? http2 : "");
}

static void init_process(void)
{
    const curl_version_info_data *version;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        sp_error_set(&init_error, SP_ERR_SYSTEM, "libcurl did not start");
        return;
    }
    version = curl_version_info(CURLVERSION_NOW);
    sp_libcurl_init(version->version_num, version->ssl_version);
    write_versions(version);
    if (version->version_num < 0x075700)
        sp_error_set(&init_error, SP_ERR_UNSUPPORTED,
                     "libcurl 7.87 or newer is needed, this is %s",
                     version->version);
    else if (!(version->features & CURL_VERSION_SSL))
        sp_error_set(&init_error, SP_ERR_UNSUPPORTED,
                     "this libcurl was built without TLS");
    pthread_atfork(NULL, NULL, on_fork_in_child);
    survive_sigpipe();
}

enum sp_status sp_process_init(struct sp_error *error)
{
    pthread_once(&once, init_process);
    if (init_error.status != SP_OK && error)
        *error = init_error;
    return init_error.status;
}

int sp_process_generation(void)
{
    return (int)generation;
}

const char *sp_process_versions(void)
{
    return versions;
}
