/* The whole path: bytes of a server through a loopback connection into an
 * engine, over several exchanges that may share connections.
 *
 * Input: a byte of options (see `option`), then what happens, in order. A
 * byte is collected to be sent; 0xFE begins a command:
 *
 *   FE      the byte 0xFE itself
 *   g c u   a get, a create, an update is submitted
 *   w       until a request, or a part of one, came: its connection becomes
 *           the current one
 *   .       sends what was collected, on the current connection
 *   f o r   the same, and ends the connection: FIN, FIN without TLS's
 *           close_notify, RST
 *   n       the next connection is the current one
 *   F a b c begins a frame of HTTP/2: type, flags, stream; up to the next
 *           command it is collected, its length comes by itself
 *   s       TLS begins on the current connection, where a proxy was before
 *   t n     n * n milliseconds pass
 *   x n     the n-th call is cancelled
 *
 * Time is the harness's own: nobody sleeps, and a deadline is exact. */
#define _GNU_SOURCE

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "sp_engine.h"
#include "sp_libcurl.h"
#include "sp_process.h"
#include "tls.h"
#include "wire.h"

enum {
    COMMAND = 0xFE,
    CALLS_MAX = 12,
    PEERS_MAX = 16,
    OUT_MAX = 64 * 1024,
    IN_MAX = 16 * 1024, /* of what the client sent on a connection */
    MAX_BODY = 8192,
    MAX_HEADERS = 2048,
    RETRIES = 2,
    CONNECT_MS = 100,
    TIMEOUT_MS = 200,
    DEADLINE_MS = 1500,
    LATE_MS = 150,  /* a long look can put timers off for 100 */
    TRUST_KEPT_MS = 601 * 1000,
    IDLE_TURNS = 3, /* then nothing happens before time passes */
    SPIN_TURNS = 5000
};

/* Of HTTP/2. */
enum { HEADERS = 1, END_STREAM = 1, PREFACE_LEN = 24 };

enum option {
    HTTP_2 = 1,
    MANY_CONNECTIONS = 2,
    ENDS_OPEN = 4,
    TLS = 8,
    PROXY = 16 | TLS /* a tunnel through one, which the server is as well */
};

/* ---- time and chance, for the core and for libcurl --------------------- */

#define PUBLIC __attribute__((visibility("default")))

static struct {
    bool is_on;
    int64_t ns;
    uint64_t chance;
} fake;

PUBLIC int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (!fake.is_on ||
        (clock != CLOCK_MONOTONIC && clock != CLOCK_MONOTONIC_RAW))
        return (int)syscall(SYS_clock_gettime, clock, now);
    fake.ns += 1000;
    now->tv_sec = (time_t)(fake.ns / 1000000000);
    now->tv_nsec = (long)(fake.ns % 1000000000);
    return 0;
}

PUBLIC int getentropy(void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        fake.chance = fake.chance * UINT64_C(6364136223846793005) +
                      UINT64_C(1442695040888963407);
        ((unsigned char *)bytes)[i] = (unsigned char)(fake.chance >> 56);
    }
    return 0;
}

static int64_t now_ms(void)
{
    return fake.ns / 1000000;
}

static void pass(int64_t ms)
{
    fake.ns += ms * 1000000;
}

/* ---- the world of one input -------------------------------------------- */

struct tried {
    struct sp_call *call;
    enum sp_repeat repeat;
    int64_t due_ms;
    int taken;       /* how often the engine gave it back */
    bool went_well;
    char marker[24]; /* in its body, if it is a write */
};

/* Where one direction of an HTTP/2 connection is. */
struct frames {
    unsigned char head[9];
    size_t head_len, left; /* of the frame's payload */
};

struct peer {
    int fd;     /* -1: closed by the server */
    SSL *ssl;   /* NULL: plain */
    char *in;   /* what the client sent */
    size_t in_len;
    bool is_fresh;    /* something came that no `w` has seen */
    bool is_poisoned; /* something was sent that nobody had asked for */
    bool is_ended;
    bool line_is_empty; /* of what was sent, so far */
    struct frames from_server, from_client;
};

static struct {
    unsigned options;
    struct sp_engine *engine;
    struct sp_call *spare;
    struct tried calls[CALLS_MAX];
    int call_count, under_way;
    struct peer peers[PEERS_MAX];
    int peer_count, current;
    unsigned char out[OUT_MAX];
    size_t out_len;
    size_t frame_at; /* of the frame that is open, + 1; 0: none */
    bool has_refused; /* a stream may have been, so libcurl sends it again */
    int ends;         /* of header blocks (HTTP/1) or streams that were sent */
    int polite_ends;  /* of connections */
} world;

static int listener = -1;
static int port;

static void listen_once(void)
{
    struct sockaddr_in name = { .sin_family = AF_INET };
    socklen_t len = sizeof name;

    if (listener >= 0)
        return;
    FUZZ_HOLDS(sp_process_init(NULL) == SP_OK);
    fuzz_tls_start();
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    FUZZ_HOLDS(bind(listener, (struct sockaddr *)&name, sizeof name) == 0);
    FUZZ_HOLDS(listen(listener, 64) == 0);
    getsockname(listener, (struct sockaddr *)&name, &len);
    port = ntohs(name.sin_port);
}

struct wire wire;

/* Without memory much may fail, but for its own reason. */
static bool is_fine(enum sp_status status)
{
    return status == SP_OK ||
           (wire.lacks_memory &&
            (status == SP_ERR_NO_MEMORY || status == SP_ERR_SYSTEM ||
             status == SP_ERR_UNSUPPORTED));
}

#define IN_CORE(call) (wire.in_core = true, (call), wire.in_core = false)

static bool is_on(unsigned option)
{
    return (world.options & option) == option;
}

/* ---- the server's side ------------------------------------------------- */

static void reset_peer(struct peer *peer)
{
    struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    if (peer->fd < 0)
        return;
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(peer->fd);
    peer->fd = -1;
    SSL_free(peer->ssl);
    peer->ssl = NULL;
}

/* Nothing may wait in the kernel: its time is not ours. */
static bool accept_peers(void)
{
    bool came = false;
    int fd, on = 1;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct peer fresh = { .fd = fd };

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        fresh.from_client.left = PREFACE_LEN;
        if (is_on(TLS) && !is_on(PROXY))
            fresh.ssl = fuzz_tls_stream(fd);
        came = true;
        if (world.peer_count == PEERS_MAX)
            reset_peer(&fresh);
        else
            world.peers[world.peer_count++] = fresh;
    }
    return came;
}

/* Passes over bytes up to the end of the next head of a frame, which is then
 * in `frames`; false: there is none in them. */
static bool find_head(struct frames *frames, const unsigned char **bytes,
                      size_t *len)
{
    while (*len > 0) {
        size_t part = frames->left < *len ? frames->left : *len;

        frames->left -= part;
        *bytes += part;
        *len -= part;
        if (*len == 0)
            return false;
        frames->head[frames->head_len++] = *(*bytes)++;
        (*len)--;
        if (frames->head_len == sizeof frames->head) {
            frames->head_len = 0;
            frames->left = (size_t)frames->head[0] << 16 |
                           (size_t)frames->head[1] << 8 | frames->head[2];
            return true;
        }
    }
    return false;
}

static bool holds_request(struct peer *peer, const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    bool found = false;

    if (!is_on(HTTP_2) || (is_on(PROXY) && !peer->ssl))
        return true;
    while (find_head(&peer->from_client, &bytes, &len))
        found |= peer->from_client.head[3] == HEADERS;
    return found;
}

/* Counts ends of header blocks (HTTP/1) or of streams. */
static void note_ends(struct peer *peer, const unsigned char *bytes,
                      size_t len)
{
    const unsigned char *head = peer->from_server.head;

    if (is_on(HTTP_2) && (!is_on(PROXY) || peer->ssl)) {
        while (find_head(&peer->from_server, &bytes, &len))
            world.ends += head[3] <= HEADERS && head[4] & END_STREAM;
        return;
    }
    for (size_t i = 0; i < len; i++) {
        world.ends += bytes[i] == '\n' && peer->line_is_empty;
        peer->line_is_empty =
            bytes[i] == '\n' || (bytes[i] == '\r' && peer->line_is_empty);
    }
}

/* What the client sent, as many bytes; 0 or less: nothing. A handshake that
 * goes on counts as `moved`. */
static ssize_t receive(struct peer *peer, char *bytes, size_t size,
                       bool *moved)
{
    OSSL_HANDSHAKE_STATE before;
    int got;

    if (peer->fd < 0)
        return -1;
    if (!peer->ssl)
        return recv(peer->fd, bytes, size, 0);
    before = SSL_get_state(peer->ssl);
    got = SSL_read(peer->ssl, bytes, (int)size);
    *moved = SSL_get_state(peer->ssl) != before;
    ERR_clear_error();
    return got;
}

static bool read_peer(struct peer *peer)
{
    char bytes[4096];
    bool moved = false;
    ssize_t got = receive(peer, bytes, sizeof bytes, &moved);

    if (got <= 0)
        return moved;
    /* An HTTP/1 connection on which an answer came that nobody had asked
     * for, or an end, is not used again. */
    FUZZ_HOLDS(!peer->is_poisoned);
    peer->is_fresh |= holds_request(peer, bytes, (size_t)got);
    if (!peer->in && !(peer->in = malloc(IN_MAX)))
        abort();
    if ((size_t)got > IN_MAX - peer->in_len)
        got = (ssize_t)(IN_MAX - peer->in_len);
    memcpy(peer->in + peer->in_len, bytes, (size_t)got);
    peer->in_len += (size_t)got;
    return true;
}

/* Until the client's kernel has all of it. */
static void await_arrival(const struct peer *peer)
{
    int queued = 1;

    for (int i = 0; i < 1000 && queued > 0; i++)
        if (ioctl(peer->fd, SIOCOUTQ, &queued) != 0)
            return;
}

static void poison(struct peer *peer)
{
    peer->is_poisoned = !is_on(HTTP_2) && world.under_way == 0;
}

static void end_frame(void)
{
    size_t at = world.frame_at - 1, len;

    if (world.frame_at == 0)
        return;
    world.frame_at = 0;
    len = world.out_len - at - 9;
    world.out[at] = (unsigned char)(len >> 16);
    world.out[at + 1] = (unsigned char)(len >> 8);
    world.out[at + 2] = (unsigned char)len;
}

static void collect(uint8_t byte)
{
    if (world.out_len < OUT_MAX)
        world.out[world.out_len++] = byte;
}

static void collect_text(const char *text)
{
    for (; *text; text++)
        collect((uint8_t)*text);
}

static void begin_frame(struct fuzz_input *input)
{
    uint8_t type = fuzz_byte(input), flags = fuzz_byte(input);
    uint8_t stream = fuzz_byte(input);
    const uint8_t head[9] = { 0, 0, 0, type, flags, 0, 0, 0, stream };

    if (OUT_MAX - world.out_len < sizeof head)
        return;
    world.frame_at = world.out_len + 1;
    for (size_t i = 0; i < sizeof head; i++)
        collect(head[i]);
}

/* Without TLS at once, with it only after the handshake. */
static bool transmit(struct peer *peer, const void *bytes, size_t len)
{
    bool done;

    if (!peer->ssl)
        return send(peer->fd, bytes, len, MSG_NOSIGNAL) > 0;
    done = SSL_is_init_finished(peer->ssl) &&
           SSL_write(peer->ssl, bytes, (int)len) > 0;
    ERR_clear_error();
    return done;
}

static void send_collected(void)
{
    struct peer *peer = &world.peers[world.current];

    end_frame();
    /* GOAWAY is of type 7, REFUSED_STREAM the code 7. */
    if (memchr(world.out, 7, world.out_len))
        world.has_refused = true;
    if (world.out_len > 0 && peer->fd >= 0 && !peer->is_ended) {
        if (transmit(peer, world.out, world.out_len))
            poison(peer);
        note_ends(peer, world.out, world.out_len);
        await_arrival(peer);
    }
    world.out_len = 0;
}

static void end_peer(uint8_t how)
{
    struct peer *peer = &world.peers[world.current];

    send_collected();
    if (peer->fd < 0)
        return;
    if (how == 'r') {
        reset_peer(peer);
        return;
    }
    if (peer->ssl && how == 'f')
        SSL_shutdown(peer->ssl);
    ERR_clear_error();
    shutdown(peer->fd, SHUT_WR);
    peer->is_ended = true;
    world.polite_ends += how == 'f' || !peer->ssl;
    await_arrival(peer);
    poison(peer);
}

/* ---- the caller's side ------------------------------------------------- */

static void append(struct sp_buffer *buffer, const char *text, size_t len)
{
    if (sp_buffer_append(buffer, text, len) != SP_OK)
        abort();
}

static void stand_in_line(struct tried *tried, enum sp_repeat repeat)
{
    enum sp_status status;

    tried->repeat = repeat;
    tried->due_ms = now_ms() + DEADLINE_MS;
    IN_CORE(status = sp_engine_submit(world.engine, tried->call, NULL));
    FUZZ_HOLDS(is_fine(status));
    if (status == SP_OK) {
        world.call_count++;
        world.under_way++;
    } else {
        sp_call_free(tried->call);
        tried->call = NULL;
    }
}

static void submit(enum sp_repeat repeat)
{
    static const char LINE[] = "Authorization: Bearer sample";
    struct tried *tried = &world.calls[world.call_count];
    struct sp_buffer lines, body;
    char url[64];
    struct sp_request request = {
        .method = repeat == SP_REPEAT_READ     ? "GET"
                  : repeat == SP_REPEAT_CREATE ? "POST" : "PATCH",
        .url = url, .lines = &lines, .body = &body, .repeat = repeat,
        .connect_timeout_ms = CONNECT_MS, .timeout_ms = TIMEOUT_MS,
        .deadline_ms = DEADLINE_MS, .max_retries = RETRIES,
    };
    enum sp_status status;

    if (world.call_count == CALLS_MAX)
        return;
    sp_buffer_init(&lines, 1024);
    sp_buffer_init(&body, 1024);
    snprintf(url, sizeof url, "http%s://%s:%d/v2/customer",
             is_on(TLS) ? "s" : "", is_on(PROXY) ? "api.test" : "127.0.0.1",
             port);
    snprintf(tried->marker, sizeof tried->marker, "<call-%d>",
             world.call_count);
    append(&lines, LINE, sizeof LINE);
    if (repeat != SP_REPEAT_READ)
        append(&body, tried->marker, strlen(tried->marker));
    IN_CORE(status = sp_call_new(&request, world.spare, &tried->call, NULL));
    world.spare = NULL;
    sp_buffer_clear(&lines);
    sp_buffer_clear(&body);
    FUZZ_HOLDS(is_fine(status));
    if (status == SP_OK)
        stand_in_line(tried, repeat);
}

/* How often the server was told of a write. */
static int arrivals(const struct tried *tried)
{
    size_t len = strlen(tried->marker);
    int count = 0;

    for (int i = 0; i < world.peer_count; i++) {
        const char *at = world.peers[i].in;
        size_t left = world.peers[i].in_len;

        while (at && (at = memmem(at, left, tried->marker, len)) != NULL) {
            count++;
            at += len;
            left = world.peers[i].in_len - (size_t)(at - world.peers[i].in);
        }
    }
    return count;
}

/* Whether the answer says that the write was not done, or that it was. */
static bool tells(const struct sp_attempt *attempt)
{
    return attempt->failed == SP_KIND_NONE && attempt->status != 408 &&
           attempt->status < 500;
}

static void check_attempts(const struct tried *tried,
                           const struct sp_answer *answer)
{
    int sent = 0, throttled = 0, untold = 0;

    FUZZ_HOLDS(answer->attempt_count <= RETRIES + 1);
    for (int i = 0; i < answer->attempt_count; i++) {
        const struct sp_attempt *attempt = &answer->attempts[i];

        FUZZ_HOLDS(attempt->took_ms >= 0 && attempt->at_ms >= 0);
        FUZZ_HOLDS(attempt->took_ms <= TIMEOUT_MS + LATE_MS);
        FUZZ_HOLDS(attempt->status == 0 || attempt->status >= 200);
        FUZZ_HOLDS(attempt->failed != SP_KIND_NONE || attempt->status > 0);
        sent += attempt->sent != SP_SENT_NO;
        throttled += attempt->failed == SP_KIND_NONE &&
                     attempt->status == 429;
        untold += attempt->sent != SP_SENT_NO && !tells(attempt);
    }
    if (tried->repeat == SP_REPEAT_READ)
        return;
    if (!world.has_refused)
        FUZZ_HOLDS(arrivals(tried) <= sent);
    if (tried->repeat == SP_REPEAT_CREATE) {
        FUZZ_HOLDS(sent <= 1 + throttled);
        FUZZ_HOLDS(untold <= 1);
    }
    FUZZ_HOLDS(arrivals(tried) == 0 || answer->sent != SP_SENT_NO);
    if (answer->failed != SP_KIND_NONE || answer->status >= 300)
        FUZZ_HOLDS(answer->maybe_applied == (untold > 0));
}

static bool is_bodiless(const struct sp_answer *answer)
{
    return answer->status == 204 || answer->status == 304;
}

static bool has(const struct sp_answer *answer, const char *name)
{
    return sp_headers_get(&answer->headers, name) != NULL;
}

/* Whether it begins as an object, and has not the end of one. */
static bool is_open(const struct sp_buffer *body)
{
    return body->len > 0 && body->data[0] == '{' &&
           body->data[body->len - 1] != '}';
}

/* That what ends the body has come: its length, the last chunk (for libcurl
 * to see), the end of the connection or of the stream. */
static void check_end(const struct sp_answer *answer)
{
    const char *length = sp_headers_get(&answer->headers, "content-length");

    if (is_on(HTTP_2) && sp_libcurl_has(SP_LIBCURL_SILENT_RESET))
        FUZZ_HOLDS(!is_open(&answer->body));
    else
        FUZZ_HOLDS(--world.ends >= 0);
    if (is_bodiless(answer) || has(answer, "transfer-encoding"))
        return;
    FUZZ_HOLDS(!length || length[strspn(length, "0123456789, ")] == '\0');
    if (!length) {
        FUZZ_HOLDS(is_on(HTTP_2) || world.polite_ends > 0);
    } else if (!has(answer, "content-encoding")) {
        /* Two lengths that differ are no length. */
        FUZZ_HOLDS(strtoull(length, NULL, 10) == answer->body.len);
    }
}

static void check_answer(struct tried *tried)
{
    const struct sp_answer *answer = sp_call_answer(tried->call);

    FUZZ_HOLDS(sp_call_is_done(tried->call));
    FUZZ_HOLDS(now_ms() <= tried->due_ms + LATE_MS);
    FUZZ_HOLDS(answer->body.len <= MAX_BODY);
    FUZZ_HOLDS(answer->headers.seen <= MAX_HEADERS);
    check_attempts(tried, answer);
    if (answer->failed == SP_KIND_NONE) {
        FUZZ_HOLDS(answer->status >= 200);
        FUZZ_HOLDS(answer->sent == SP_SENT_YES);
        check_end(answer);
        tried->went_well = true;
    } else {
        FUZZ_HOLDS(answer->message[0] != '\0');
    }
}

static bool take_finished(void)
{
    struct sp_call *call;
    bool came = false;

    while ((call = sp_engine_take(world.engine)) != NULL) {
        struct tried *tried = world.calls;

        while (tried < world.calls + world.call_count && tried->call != call)
            tried++;
        FUZZ_HOLDS(tried < world.calls + world.call_count);
        FUZZ_HOLDS(++tried->taken == 1);
        check_answer(tried);
        world.under_way--;
        tried->call = NULL;
        sp_call_free(world.spare);
        world.spare = call;
        came = true;
    }
    return came;
}

/* ---- both ------------------------------------------------------------- */

static bool turn(void)
{
    enum sp_status status;
    bool came = false;

    IN_CORE(status = sp_engine_step(world.engine, 0, NULL));
    FUZZ_HOLDS(is_fine(status));
    came |= accept_peers();
    for (int i = 0; i < world.peer_count; i++)
        came |= read_peer(&world.peers[i]);
    came |= take_finished();
    return came;
}

/* Until nothing more happens at this time. */
static void settle(void)
{
    int idle = 0;

    for (int turns = 0; idle < IDLE_TURNS; turns++) {
        FUZZ_HOLDS(turns < SPIN_TURNS);
        if (turn())
            idle = turns = 0;
        else if (sp_engine_timeout(world.engine) != 0)
            idle++;
    }
}

/* Time passes, as much as it takes for something to become due; `most`: no
 * more than that. */
static int64_t pass_some(int64_t most)
{
    int64_t wait = sp_engine_timeout(world.engine);

    if (wait < 0 || wait > most)
        wait = most;
    pass(wait);
    settle();
    return wait > 0 ? wait : 1;
}

static void let_pass(int64_t ms)
{
    settle();
    while (ms > 0)
        ms -= pass_some(ms);
}

static bool find_request(void)
{
    for (int i = 0; i < world.peer_count; i++) {
        if (world.peers[i].is_fresh) {
            world.peers[i].is_fresh = false;
            world.current = i;
            return true;
        }
    }
    return false;
}

static void await_request(void)
{
    settle();
    while (!find_request() && world.under_way > 0)
        pass_some(DEADLINE_MS);
}

static void start_tls(void)
{
    struct peer *peer = &world.peers[world.current];

    send_collected();
    if (peer->fd >= 0 && !peer->ssl && is_on(PROXY))
        peer->ssl = fuzz_tls_stream(peer->fd);
    settle();
}

static void run_command(struct fuzz_input *input)
{
    uint8_t command = fuzz_byte(input);
    struct tried *tried;

    end_frame();
    switch (command) {
    case COMMAND:
        collect(command);
        break;
    case 'g':
        submit(SP_REPEAT_READ);
        break;
    case 'c':
        submit(SP_REPEAT_CREATE);
        break;
    case 'u':
        submit(SP_REPEAT_UPDATE);
        break;
    case 'w':
        await_request();
        break;
    case '.':
        send_collected();
        settle();
        break;
    case 'f':
    case 'o':
    case 'r':
        end_peer(command);
        settle();
        break;
    case 'n':
        if (world.peer_count > 0)
            world.current = (world.current + 1) % world.peer_count;
        break;
    case 'F':
        begin_frame(input);
        break;
    case 's':
        start_tls();
        break;
    case 't':
        command = fuzz_byte(input);
        let_pass((int64_t)command * command);
        break;
    case 'x':
        tried = &world.calls[fuzz_byte(input) % CALLS_MAX];
        if (tried->call)
            IN_CORE(sp_engine_cancel(tried->call));
        break;
    }
}

static void reset_peers(void)
{
    for (int i = 0; i < world.peer_count; i++)
        reset_peer(&world.peers[i]);
}

/* The server leaves, or says nothing any more; every call ends. */
static void finish(void)
{
    struct sp_stats stats;

    send_collected();
    settle();
    for (int i = 0; world.under_way > 0; i++) {
        FUZZ_HOLDS(i < SPIN_TURNS);
        if (!is_on(ENDS_OPEN))
            reset_peers();
        settle();
        if (world.under_way > 0)
            pass_some(DEADLINE_MS);
    }
    sp_engine_stats(world.engine, &stats);
    FUZZ_HOLDS(stats.in_flight == 0 && stats.waiting == 0);
    FUZZ_HOLDS(stats.calls == (uint64_t)world.call_count);
    FUZZ_HOLDS(stats.done == stats.calls);
    FUZZ_HOLDS(stats.retry_budget >= 0 &&
               stats.retry_budget <= SP_RETRY_BUDGET_START);
}

static void clear_peers(void)
{
    accept_peers();
    reset_peers();
    for (int i = 0; i < world.peer_count; i++)
        free(world.peers[i].in);
    memset(world.peers, 0, sizeof world.peers);
    for (int i = 0; i < PEERS_MAX; i++)
        world.peers[i].fd = -1;
    world.peer_count = world.current = 0;
}

/* The next call, with memory again, is like any other; over TLS when the
 * certificates that were read without memory have been forgotten. */
static void recover(void)
{
    static const uint8_t HTTP_1_ANSWER[] =
        "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n{}";
    static const uint8_t HTTP_2_ANSWER[] = {
        0, 0, 0, 4, 0, 0, 0, 0, 0, /* SETTINGS, and ACK */
        0, 0, 0, 4, 1, 0, 0, 0, 0,
        0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88, /* on stream 1: 200, and a body */
        0, 0, 2, 0, 1, 0, 0, 0, 1, '{', '}'
    };
    bool http_2 = is_on(HTTP_2);
    const uint8_t *answer = http_2 ? HTTP_2_ANSWER : HTTP_1_ANSWER;
    size_t len = http_2 ? sizeof HTTP_2_ANSWER : sizeof HTTP_1_ANSWER - 1;

    clear_peers();
    let_pass(is_on(TLS) ? TRUST_KEPT_MS : 0);
    world.call_count = 0;
    memset(world.calls, 0, sizeof world.calls);
    submit(SP_REPEAT_READ);
    await_request();
    if (is_on(PROXY)) {
        collect_text("HTTP/1.1 200 \r\n\r\n");
        start_tls();
        await_request();
    }
    for (size_t i = 0; i < len; i++)
        collect(answer[i]);
    send_collected();
    settle();
    FUZZ_HOLDS(world.calls[0].taken == 1 && world.calls[0].went_well);
}

/* False: there is no engine. */
static bool begin(unsigned options)
{
    struct sp_settings settings = {
        .max_body = MAX_BODY,
        .max_headers = MAX_HEADERS,
        .max_connections = options & MANY_CONNECTIONS ? 4 : 1,
        .max_in_flight = options & MANY_CONNECTIONS ? 8 : 1,
        .http = options & HTTP_2 ? SP_HTTP_2 : SP_HTTP_1_1,
        .min_tls = 12,
        .ca_file = fuzz_tls.ca_file,
    };
    enum sp_status status;
    char proxy[64];

    listen_once();
    memset(&world, 0, sizeof world);
    wire = (struct wire){ .in_core = false };
    fake.ns = INT64_C(1000000000000);
    fake.chance = 0;
    fake.is_on = true;
    world.options = options;
    clear_peers();
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", port);
    if (is_on(PROXY))
        settings.proxy = proxy;
    IN_CORE(status = sp_engine_new(&settings, &world.engine, NULL));
    FUZZ_HOLDS(is_fine(status) && (status == SP_OK) == !!world.engine);
    return status == SP_OK;
}

static void end(void)
{
    clear_peers();
    sp_engine_free(world.engine);
    sp_call_free(world.spare);
    fake.is_on = false;
}

static void play(struct fuzz_input input)
{
    while (input.left > 0) {
        uint8_t byte = fuzz_byte(&input);

        if (byte == COMMAND)
            run_command(&input);
        else
            collect(byte);
    }
    finish();
    wire.has_ended = true;
    if (wire.lacks_memory)
        recover();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = { data, size };

    if (begin(fuzz_byte(&input)))
        play(input);
    end();
    return 0;
}
