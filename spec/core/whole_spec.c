/* When an answer is whole by sp_whole: what shows the end of its body. */
#include "sp_whole.h"

#include "check.h"

#define JSON "{\"a\":[\"}\"]}"
#define HALF "{\"a\":[\"}\""

enum { KEPT = 1, RESET = 2, TLS = 4, GOODBYE = 8, HEAD = 16 };

static const struct row {
    const char *name;
    const char *status, *fields[3], *body;
    unsigned is;
    bool whole;
} ROWS[] = {
    {"takes a body of the length that is told",
     "HTTP/1.1 200 OK\r\n", {"Content-Length: 2\r\n"}, "{}", 0, true},
    {"takes no shorter one",
     "HTTP/1.1 200 OK\r\n", {"Content-Length: 3\r\n"}, "{}", 0, false},
    {"takes lengths that agree",
     "HTTP/1.1 200 OK\r\n",
     {"Content-Length: 2\r\n", "Content-Length: 2, 02\r\n"}, "{}", 0, true},
    {"takes no lengths that differ",
     "HTTP/1.1 200 OK\r\n",
     {"Content-Length: 2\r\n", "Content-Length: 3\r\n"}, "{}", 0, false},
    {"takes no length that is beyond all numbers",
     "HTTP/1.1 200 OK\r\n", {"Content-Length: 99999999999999999999\r\n"},
     "{}", 0, false},
    {"takes no length with a sign",
     "HTTP/1.1 200 OK\r\n", {"Content-Length: +2\r\n"}, "{}", 0, false},
    {"takes no empty length",
     "HTTP/1.1 200 OK\r\n", {"Content-Length:\r\n"}, "", 0, false},
    {"asks for no body after HEAD",
     "HTTP/1.1 200 OK\r\n", {"Content-Length: 2\r\n"}, "", HEAD, true},
    {"asks for no body of 204",
     "HTTP/1.1 204 OK\r\n", {"Content-Length: 2\r\n"}, "", 0, true},
    {"takes what ends with the connection",
     "HTTP/1.1 200 OK\r\n", {NULL}, HALF, 0, true},
    {"takes what ends with a goodbye of TLS",
     "HTTP/1.1 200 OK\r\n", {NULL}, HALF, TLS | GOODBYE, true},
    {"takes nothing that ends without",
     "HTTP/1.1 200 OK\r\n", {NULL}, JSON, TLS, false},
    {"takes a stream whose connection lives on",
     "HTTP/2 200\r\n", {NULL}, HALF, TLS | KEPT, true},
    {"takes no open one when it may have been reset",
     "HTTP/2 200\r\n", {NULL}, HALF, TLS | KEPT | RESET, false},
    {"takes a closed one",
     "HTTP/2 200\r\n", {NULL}, JSON, TLS | KEPT | RESET, true},
    {"takes a page of HTML",
     "HTTP/2 502\r\n", {NULL}, "<html>", TLS | KEPT | RESET, true},
    {"takes an empty one",
     "HTTP/2 200\r\n", {NULL}, "", TLS | KEPT | RESET, true},
    {"takes a closed one whose connection has ended",
     "HTTP/2 200\r\n", {NULL}, JSON, TLS, true},
    {"takes no open one whose connection has ended",
     "HTTP/2 200\r\n", {NULL}, HALF, TLS, false},
    {"takes no empty one whose connection has ended",
     "HTTP/2 200\r\n", {NULL}, "", TLS, false},
};

static void feed(struct sp_headers *headers, const char *line)
{
    if (sp_headers_line(headers, line, strlen(line)) != SP_OK)
        abort();
}

static bool is_whole(const struct row *row)
{
    struct sp_headers headers;
    struct sp_buffer body;
    struct sp_evidence evidence = {
        .headers = &headers,
        .body = &body,
        .asked_head = row->is & HEAD,
        .tls = row->is & TLS,
        .goodbye = row->is & GOODBYE,
        .kept = row->is & KEPT,
        .silent_reset = row->is & RESET,
    };
    bool whole;

    sp_headers_init(&headers, 4096);
    sp_buffer_init(&body, 4096);
    feed(&headers, row->status);
    for (int i = 0; i < 3 && row->fields[i]; i++)
        feed(&headers, row->fields[i]);
    whole = sp_whole_lack(&evidence) == NULL;
    CHECK(!whole); /* the header block has not ended */
    feed(&headers, "\r\n");
    if (sp_buffer_append(&body, row->body, strlen(row->body)) != SP_OK)
        abort();
    whole = sp_whole_lack(&evidence) == NULL;
    sp_headers_clear(&headers);
    sp_buffer_clear(&body);
    return whole;
}

int main(void)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        check_case(ROWS[i].name);
        CHECK_INT(is_whole(&ROWS[i]), ROWS[i].whole);
    }
    return check_done();
}
