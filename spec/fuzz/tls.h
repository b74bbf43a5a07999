/* tls: the server's side of TLS for a harness: a certificate of its own, made
 * when it is first asked for, and streams over sockets that do not block. */
#ifndef FUZZ_TLS_H
#define FUZZ_TLS_H

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <unistd.h>

#include "fuzz.h"

static struct {
    SSL_CTX *context;
    char ca_file[32]; /* for the client to trust */
} fuzz_tls;

static inline void fuzz_tls_remove(void)
{
    unlink(fuzz_tls.ca_file);
}

static inline X509 *fuzz_tls_certificate(EVP_PKEY *key)
{
    X509 *made = X509_new();
    X509_NAME *name = X509_get_subject_name(made);
    X509_EXTENSION *hosts = X509V3_EXT_conf_nid(
        NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1,DNS:api.test");

    FUZZ_HOLDS(X509_set_version(made, 2) == 1);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    X509_gmtime_adj(X509_getm_notBefore(made), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made), 7L * 24 * 3600);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_issuer_name(made, name);
    X509_set_pubkey(made, key);
    X509_add_ext(made, hosts, -1);
    X509_EXTENSION_free(hosts);
    FUZZ_HOLDS(X509_sign(made, key, EVP_sha256()) > 0);
    return made;
}

/* HTTP/2 for the client that offers nothing else, or offers it too. */
static inline int fuzz_tls_choose(SSL *ssl, const unsigned char **chosen,
                                  unsigned char *len,
                                  const unsigned char *offered,
                                  unsigned int offered_len, void *unused)
{
    static const unsigned char KNOWN[] = "\2h2\10http/1.1";
    unsigned char *out;

    (void)ssl, (void)unused;
    if (SSL_select_next_proto(&out, len, KNOWN, sizeof KNOWN - 1, offered,
                              offered_len) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *chosen = out;
    return SSL_TLSEXT_ERR_OK;
}

/* Once per process. */
static inline void fuzz_tls_start(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = fuzz_tls_certificate(key);
    FILE *file;
    int fd;

    strcpy(fuzz_tls.ca_file, "/tmp/sp_fuzz_XXXXXX");
    fd = mkstemp(fuzz_tls.ca_file);
    FUZZ_HOLDS(fd >= 0);
    atexit(fuzz_tls_remove);
    file = fdopen(fd, "w");
    FUZZ_HOLDS(file && PEM_write_X509(file, certificate) == 1);
    fclose(file);
    fuzz_tls.context = SSL_CTX_new(TLS_server_method());
    FUZZ_HOLDS(SSL_CTX_use_certificate(fuzz_tls.context, certificate) == 1);
    FUZZ_HOLDS(SSL_CTX_use_PrivateKey(fuzz_tls.context, key) == 1);
    SSL_CTX_set_alpn_select_cb(fuzz_tls.context, fuzz_tls_choose, NULL);
    SSL_CTX_set_session_cache_mode(fuzz_tls.context, SSL_SESS_CACHE_OFF);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

/* A stream on a socket, which stays the caller's. Free it with SSL_free. */
static inline SSL *fuzz_tls_stream(int fd)
{
    SSL *ssl = SSL_new(fuzz_tls.context);

    FUZZ_HOLDS(ssl && SSL_set_fd(ssl, fd) == 1);
    SSL_set_accept_state(ssl);
    return ssl;
}

#endif
