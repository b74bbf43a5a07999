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
    {"takes the largest length there can be for what it is",
     "HTTP/1.1 200 OK\r\n", {"Content-Length: 0922337203685477580\r\n"},
     "{}", 0, false},
    {"takes no length with other bytes",
     "HTTP/1.1 200 OK\r\n", {"Content-Length: 2:\r\n"}, "{}", 0, false},
    {"takes a length beside a field that lists none",
     "HTTP/1.1 200 OK\r\n",
     {"Content-Length: 2\r\n", "Content-Length: ,\r\n"}, "{}", 0, true},
    {"takes no length when one of several differs",
     "HTTP/1.1 200 OK\r\n", {"Content-Length: 2, 3, 2\r\n"}, "{}", 0, false},
    {"leaves chunks to libcurl, whatever length is told",
     "HTTP/1.1 200 OK\r\n",
     {"Transfer-Encoding: chunked\r\n", "Content-Length: 9\r\n"}, "{}", 0,
     true},
    {"leaves chunks to libcurl behind a coding that is none",
     "HTTP/1.1 200 OK\r\n",
     {"Transfer-Encoding: identity, chunked\r\n", "Content-Length: 9\r\n"},
     "{}", 0, true},
    {"takes a length beside a coding that is none",
     "HTTP/1.1 200 OK\r\n",
     {"Transfer-Encoding: identity\r\n", "Content-Length: 9\r\n"}, "{}", 0,
     false},
    {"takes no chunks that are not the last coding",
     "HTTP/1.1 200 OK\r\n", {"Transfer-Encoding: chunked, gzip\r\n"}, HALF,
     TLS, false},
    {"knows no transfer codings in HTTP/2",
     "HTTP/2 200\r\n",
     {"Transfer-Encoding: chunked\r\n", "Content-Length: 9\r\n"}, "{}",
     KEPT, false},
    {"asks for no body of 304",
     "HTTP/1.1 304 OK\r\n", {"Content-Length: 2\r\n"}, "", 0, true},
    {"asks for a body of 205 and 303",
     "HTTP/1.1 303 OK\r\n", {"Content-Length: 2\r\n"}, "", 0, false},
    {"leaves the end of gzip to whoever decodes it",
     "HTTP/2 200\r\n", {"Content-Encoding: gzip\r\n"}, HALF, TLS, true},
    {"takes JSON with space around",
     "HTTP/2 200\r\n", {NULL}, " \t\r\n" JSON " \t\r\n",
     TLS | KEPT | RESET, true},
    {"takes no JSON with more behind",
     "HTTP/2 200\r\n", {NULL}, JSON "{", TLS | KEPT | RESET, false},
    {"takes brackets within strings for what they are",
     "HTTP/2 200\r\n", {NULL}, "{\"a\":\"\\\"}\"}", TLS, true},
    {"takes no JSON that ends within a string",
     "HTTP/2 200\r\n", {NULL}, "{\"a\":\"\\\"}", TLS, false},
    {"takes a list",
     "HTTP/2 200\r\n", {NULL}, "[{},[]]", TLS, true},
    {"takes no open list that began behind space",
     "HTTP/2 200\r\n", {NULL}, " [{}", TLS | KEPT | RESET, false},
    {"takes no text whose connection has ended",
     "HTTP/2 200\r\n", {NULL}, "]", TLS, false},
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
