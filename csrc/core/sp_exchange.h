/* sp_exchange: one HTTP exchange: a libcurl easy handle and what comes back.
 *
 * Its callbacks copy bytes or count, and return. An exchange never sends its
 * request twice: libcurl would repeat it by itself when a kept connection
 * dies before the answer, so each time it is about to send is counted and
 * the second is refused. That count is also how we know what left us. Only
 * when the server provably did nothing with the first, because it refused
 * the stream (HTTP/2), does the second go out in its place.
 *
 * Exchanges are reused, and where libcurl can bear that, their handles too:
 * what never changes is set at birth.
 *
 * Tested against servers that misbehave, by spec/contract and
 * spec/fuzz/wire_fuzz.c: most of it meets conduct of libcurl's own. */
#ifndef SP_EXCHANGE_H
#define SP_EXCHANGE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#include "sp_answer.h"
#include "sp_buffer.h"
#include "sp_error.h"
#include "sp_exchange_request.h"
#include "sp_headers.h"
#include "sp_settings.h"
#include "sp_sockets.h"

struct sp_multi;

struct sp_exchange {
    CURL *easy; /* NULL: not open */
    const struct sp_settings *settings;
    CURLSH *sessions;   /* of TLS */
    const char *bundle; /* libcurl's own certificates; NULL: none */
    bool has_sought_bundle;
    bool https;               /* what the handle was told to speak */
    bool knows_origin;        /* it was told that of its requests */
    bool prior_knowledge;     /* HTTP/2 without asking the server first */
    struct curl_slist *lines; /* of the request: they point at its memory */
    size_t line_count, line_capacity;
    struct sp_buffer key_line; /* with the idempotency key, or empty */
    char *agent_line;          /* NULL: libcurl writes it */
    bool reads_ahead;          /* TLS may hold what a poll does not see */
    bool asked_head;
    struct sp_upload *upload;  /* what a form is made of, or NULL */
    curl_mime *form;           /* the form, while there is one */
    struct sp_headers headers; /* of the response */
    struct sp_buffer body;     /* as it came, and at the end decoded */
    int64_t length;            /* of a body that we end ourselves; -1 */
    bool goodbye;              /* the peer has ended TLS */
    const char *complaint;     /* why an answer is of no use, or NULL */
    enum sp_status fault;      /* why a callback refused to go on */
    const char *too_large;     /* what passed its limit, for the message */
    int64_t sent_ms;           /* when the request went out */
    int issued;                /* how often libcurl wanted to send */
    long opened;               /* connections that were made for it */
    long opened_before;        /* of those, for what libcurl began earlier */
    bool shook_hands;          /* the TLS library told of a handshake */
    bool showed_certificate;   /* with a certificate of the server */
    int repeated;              /* how often, in place of a refused one */
    struct sp_socket *socket;  /* what it was sent on; held */
    int64_t stream;            /* as which stream of it; -1: HTTP/1 */
    bool refused;              /* the server refused that stream */
    bool repeats_refused_only; /* libcurl, by itself */
    bool remembers;            /* its handle may, that a stream was refused */
    bool stale;                /* it wanted to on one that is not usable */
    int64_t max_idle_ms;       /* of a kept connection; 0: any */
    bool fresh;                /* it must not be sent on one that was kept */
    int dodged;                /* how many of those there were */
    struct sp_sockets *sockets;
    struct sp_multi *multi; /* what it is attached to, or NULL */
    bool is_unsent;         /* and that counts it among those */
    struct sp_rate *rate;   /* whose token it holds */
    uint64_t ticket;        /* which one */
    char detail[CURL_ERROR_SIZE];
    void *owner;                         /* the call it belongs to */
    struct sp_exchange *next, *previous; /* in the list it is in */
};

/* An exchange with `settings`, `sockets` and the TLS `sessions` (NULL: its
 * own), which must outlive it. It has to be opened. NULL without memory. */
struct sp_exchange *sp_exchange_new(const struct sp_settings *settings,
                                    struct sp_sockets *sockets,
                                    CURLSH *sessions);

/* Gives it an easy handle, unless it has one. When that fails it can only be
 * freed. NO_MEMORY; UNSUPPORTED when this libcurl refuses a setting that
 * safety rests on. */
enum sp_status sp_exchange_open(struct sp_exchange *exchange,
                                struct sp_error *error);

/* Must not be attached to a multi handle. NULL is allowed. */
void sp_exchange_free(struct sp_exchange *exchange);

/* Readies the handle for `request`. NO_MEMORY, SYSTEM; INVALID when what is to
 * be uploaded has changed. */
enum sp_status sp_exchange_prepare(struct sp_exchange *exchange,
                                   const struct sp_exchange_request *request);

/* When an exchange ended although its request may still go out: the kept
 * connection was dead, or not quiet, before anything was sent; nothing could
 * be written; the server left the request undone. True: once it is renewed
 * it can be added again for the same attempt. Not without end. */
bool sp_exchange_dodge(struct sp_exchange *exchange);

/* Gives it a handle that knows of no refused stream, when its own may: a copy
 * in all else. It must not be attached. False without memory, or when what
 * is to be uploaded cannot be read again. */
bool sp_exchange_renew(struct sp_exchange *exchange);

/* What became of it: `code` is libcurl's verdict. Fills `attempt`, which is
 * zeroed, all but when it was and why it is the last. Headers and body stay
 * here. */
void sp_exchange_result(struct sp_exchange *exchange, CURLcode code,
                        struct sp_attempt *attempt);

/* The response moves to `answer`, whose old memory is used here again. */
void sp_exchange_hand_over(struct sp_exchange *exchange,
                           struct sp_answer *answer);

/* For how long its connection has brought nothing, to it or anybody, while it
 * waits; 0 when it does not. */
int64_t sp_exchange_silence(const struct sp_exchange *exchange,
                            int64_t now_ms);

/* How far the request has got by now: for cancelling. */
enum sp_sent sp_exchange_sent(const struct sp_exchange *exchange);

/* Forgets the request and the response; it can be opened and used anew. */
void sp_exchange_recycle(struct sp_exchange *exchange);

#endif
