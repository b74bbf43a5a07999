/* multi: the baseline of spec/bench/loops.lua: as many GET requests as told,
 * 100 in flight, bodies kept as bytes, with nothing but libcurl's multi
 * interface, epoll, and the settings a careful program needs.
 *   multi <url> <requests>     prints the seconds it took */
#define _GNU_SOURCE

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { IN_FLIGHT = 100, EVENTS = 64 };

struct transfer {
    CURL *easy;
    char *data;
    size_t len, size;
};

static CURLM *multi;
static int epoll;
static long timeout_ms = -1;
static int to_start, to_finish;
static bool registered[65536];

static void fail(const char *what)
{
    fprintf(stderr, "multi: %s\n", what);
    exit(1);
}

static size_t on_body(char *bytes, size_t one, size_t len, void *self)
{
    struct transfer *transfer = self;

    if (transfer->len + len > transfer->size) {
        transfer->size = 2 * (transfer->len + len);
        transfer->data = realloc(transfer->data, transfer->size);
        if (!transfer->data)
            fail("out of memory");
    }
    memcpy(transfer->data + transfer->len, bytes, len);
    transfer->len += len;
    return one * len;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *unused,
                     void *unused_too)
{
    struct epoll_event event = { .events = 0 };

    (void)easy, (void)unused, (void)unused_too;
    event.data.fd = fd;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, fd, &event);
        registered[fd] = false;
        return 0;
    }
    if (what & CURL_POLL_IN)
        event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        event.events |= EPOLLOUT;
    epoll_ctl(epoll, registered[fd] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd,
              &event);
    registered[fd] = true;
    return 0;
}

static int on_timer(CURLM *unused, long ms, void *unused_too)
{
    (void)unused, (void)unused_too;
    timeout_ms = ms;
    return 0;
}

static struct curl_slist *headers(void)
{
    struct curl_slist *list = NULL;

    list = curl_slist_append(list, "Accept: application/json, "
                                   "application/problem+json");
    list = curl_slist_append(list, "Api-Version: v2");
    return curl_slist_append(list, "Authorization: Bearer sandbox_key");
}

static void start(struct transfer *transfer)
{
    to_start--;
    transfer->len = 0;
    curl_multi_add_handle(multi, transfer->easy);
}

static void prepare(struct transfer *transfer, const char *url,
                    struct curl_slist *lines)
{
    transfer->easy = curl_easy_init();
    curl_easy_setopt(transfer->easy, CURLOPT_URL, url);
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(transfer->easy, CURLOPT_USERAGENT, "spherepay-lua/0.1.0");
    curl_easy_setopt(transfer->easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(transfer->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(transfer->easy, CURLOPT_TIMEOUT_MS, 30000L);
    curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(transfer->easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
    start(transfer);
}

static void finish(void)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        struct transfer *transfer = NULL;
        long status = 0;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE,
                          &status);
        if (message->data.result != CURLE_OK || status != 200)
            fail("a request failed");
        curl_multi_remove_handle(multi, message->easy_handle);
        to_finish--;
        if (to_start > 0)
            start(transfer);
    }
}

static void turn(void)
{
    struct epoll_event events[EVENTS];
    int running, count = epoll_wait(epoll, events, EVENTS, (int)timeout_ms);

    for (int i = 0; i < count; i++)
        curl_multi_socket_action(
            multi, events[i].data.fd,
            (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0),
            &running);
    if (count == 0 || timeout_ms == 0)
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish();
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static struct transfer transfers[IN_FLIGHT];
    struct curl_slist *lines;
    double began;

    if (argc != 3)
        fail("usage: multi <url> <requests>");
    to_start = to_finish = atoi(argv[2]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)IN_FLIGHT);
    lines = headers();
    began = now();
    for (int i = 0; i < IN_FLIGHT && to_start > 0; i++)
        prepare(&transfers[i], argv[1], lines);
    while (to_finish > 0)
        turn();
    printf("%.6f\n", now() - began);
    for (int i = 0; i < IN_FLIGHT; i++) {
        curl_easy_cleanup(transfers[i].easy);
        free(transfers[i].data);
    }
    curl_multi_cleanup(multi);
    curl_slist_free_all(lines);
    close(epoll);
    return 0;
}
