/* bare: libcurl and nothing else, for Lua: the base that the ways of
 * spec/bench/cases.lua are compared with. It asks libcurl for what a careful
 * program asks, keeps a body as bytes, and reads no JSON.
 *
 *   bare.easy(options) -> handle       one easy handle, used again and again
 *   handle:get([body]) -> string       one request; raises when it fails
 *   handle:loop(count)                 the same in C, the bodies left unread
 *   bare.multi(options, count, most [, fn])
 *                                      `count` requests, `most` in flight, on
 *                                      epoll; fn(body) is called with each
 *   bare.hold(options, count) -> held  `count` requests under way, answered
 *                                      by nobody, until it is collected
 *   bare.allocated() -> bytes          of malloc, in use
 *   bare.give_back()                   what malloc has no use for
 *   bare.now() -> seconds              wall time
 *
 * options: url; body, which makes a POST of it; http2; ca_file; of multi:
 * anew, an easy handle of its own for each request. */
#define _GNU_SOURCE

#include <curl/curl.h>
#include <lauxlib.h>
#include <lua.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define EASY "spherepay.bench.easy"
#define HELD "spherepay.bench.held"

enum { EVENTS = 64, TIMEOUT_MS = 30000 };

struct options {
    const char *url, *body, *ca_file;
    bool http2, anew;
};

struct transfer {
    CURL *easy;
    struct curl_slist *lines;
    char *data;
    size_t len, size;
};

/* ---- one transfer ----------------------------------------------------- */

static size_t on_body(char *bytes, size_t one, size_t len, void *self)
{
    struct transfer *transfer = self;

    if (transfer->len + len > transfer->size) {
        size_t size = 2 * (transfer->len + len);
        char *grown = realloc(transfer->data, size);

        if (!grown)
            return 0;
        transfer->data = grown;
        transfer->size = size;
    }
    memcpy(transfer->data + transfer->len, bytes, len);
    transfer->len += len;
    return one * len;
}

static struct curl_slist *headers(bool with_body)
{
    struct curl_slist *list = NULL;

    list = curl_slist_append(list, "Accept: application/json");
    list = curl_slist_append(list, "Accept-Encoding: gzip");
    list = curl_slist_append(list, "Api-Version: v2");
    list = curl_slist_append(list, "Authorization: Bearer sandbox_key");
    list = curl_slist_append(list, "User-Agent: spherepay-lua/0.1.0");
    if (with_body)
        list = curl_slist_append(list, "Content-Type: application/json");
    return list;
}

static const char *string_field(lua_State *L, int index, const char *name)
{
    const char *text;

    lua_getfield(L, index, name);
    text = lua_tostring(L, -1);
    lua_pop(L, 1); /* the table keeps it */
    return text;
}

static bool flag_field(lua_State *L, int index, const char *name)
{
    bool flag;

    lua_getfield(L, index, name);
    flag = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return flag;
}

static void read_options(lua_State *L, int index, struct options *options)
{
    luaL_checktype(L, index, LUA_TTABLE);
    options->url = string_field(L, index, "url");
    options->body = string_field(L, index, "body");
    options->ca_file = string_field(L, index, "ca_file");
    options->http2 = flag_field(L, index, "http2");
    options->anew = flag_field(L, index, "anew");
    luaL_argcheck(L, options->url, index, "no url");
}

static void set_up(struct transfer *transfer, const struct options *options)
{
    CURL *easy = curl_easy_init();

    transfer->easy = easy;
    curl_easy_setopt(easy, CURLOPT_URL, options->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->lines);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     options->http2 ? CURL_HTTP_VERSION_2TLS
                                    : CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    if (options->body)
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, options->body);
}

static void begin(struct transfer *transfer, const struct options *options)
{
    memset(transfer, 0, sizeof *transfer);
    transfer->lines = headers(options->body != NULL);
    set_up(transfer, options);
}

static void end(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->lines);
    free(transfer->data);
    memset(transfer, 0, sizeof *transfer);
}

static void check(lua_State *L, struct transfer *transfer, CURLcode code)
{
    long status = 0;

    if (code != CURLE_OK)
        luaL_error(L, "a request failed: %s", curl_easy_strerror(code));
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || status > 299)
        luaL_error(L, "a request ended as %d", (int)status);
}

/* ---- one easy handle -------------------------------------------------- */

static int new_easy(lua_State *L)
{
    struct options options;
    struct transfer *self;

    read_options(L, 1, &options);
    self = lua_newuserdata(L, sizeof *self);
    begin(self, &options);
    luaL_getmetatable(L, EASY);
    lua_setmetatable(L, -2);
    return 1;
}

static void perform(lua_State *L, struct transfer *self)
{
    self->len = 0;
    check(L, self, curl_easy_perform(self->easy));
}

static int easy_get(lua_State *L)
{
    struct transfer *self = luaL_checkudata(L, 1, EASY);

    if (!lua_isnoneornil(L, 2))
        curl_easy_setopt(self->easy, CURLOPT_POSTFIELDS,
                         luaL_checkstring(L, 2));
    perform(L, self);
    lua_pushlstring(L, self->data, self->len);
    return 1;
}

static int easy_loop(lua_State *L)
{
    struct transfer *self = luaL_checkudata(L, 1, EASY);
    lua_Integer count = luaL_checkinteger(L, 2);

    while (count-- > 0)
        perform(L, self);
    return 0;
}

static int easy_gc(lua_State *L)
{
    end(luaL_checkudata(L, 1, EASY));
    return 0;
}

/* ---- many in flight --------------------------------------------------- */

struct load {
    CURLM *multi;
    struct transfer *transfers;
    int count;
    int epoll;
    long timeout_ms;
    int to_start, to_finish;
    bool registered[65536];
};

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *self,
                     void *unused)
{
    struct load *load = self;
    struct epoll_event event = { .events = 0 };

    (void)easy, (void)unused;
    event.data.fd = fd;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(load->epoll, EPOLL_CTL_DEL, fd, &event);
        load->registered[fd] = false;
        return 0;
    }
    if (what & CURL_POLL_IN)
        event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT)
        event.events |= EPOLLOUT;
    epoll_ctl(load->epoll,
              load->registered[fd] ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd,
              &event);
    load->registered[fd] = true;
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *self)
{
    struct load *load = self;

    (void)multi;
    load->timeout_ms = ms;
    return 0;
}

/* The load is the userdata on top of the stack, and ends with it. */
static struct load *new_load(lua_State *L, const struct options *options,
                             int most)
{
    struct load *load = lua_newuserdata(L, sizeof *load);

    memset(load, 0, sizeof *load);
    load->timeout_ms = -1;
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->multi = curl_multi_init();
    luaL_getmetatable(L, HELD);
    lua_setmetatable(L, -2);
    curl_multi_setopt(load->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(load->multi, CURLMOPT_SOCKETDATA, load);
    curl_multi_setopt(load->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(load->multi, CURLMOPT_TIMERDATA, load);
    curl_multi_setopt(load->multi, CURLMOPT_MAXCONNECTS, (long)most);
    load->transfers = calloc((size_t)most, sizeof *load->transfers);
    if (!load->transfers)
        luaL_error(L, "out of memory");
    for (; load->count < most; load->count++)
        begin(&load->transfers[load->count], options);
    return load;
}

static void start(struct load *load, struct transfer *transfer)
{
    load->to_start--;
    transfer->len = 0;
    curl_multi_add_handle(load->multi, transfer->easy);
}

static void finish(lua_State *L, struct load *load,
                   const struct options *options, bool tell)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(load->multi, &left)) != NULL) {
        struct transfer *transfer = NULL;
        CURLcode code = message->data.result;

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        check(L, transfer, code);
        curl_multi_remove_handle(load->multi, transfer->easy);
        load->to_finish--;
        if (options->anew) {
            curl_easy_cleanup(transfer->easy);
            set_up(transfer, options);
        }
        if (tell) {
            lua_pushvalue(L, 4);
            lua_pushlstring(L, transfer->data, transfer->len);
            lua_call(L, 1, 0);
        }
        if (load->to_start > 0)
            start(load, transfer);
    }
}

static void turn(struct load *load)
{
    struct epoll_event events[EVENTS];
    int running,
        count = epoll_wait(load->epoll, events, EVENTS, (int)load->timeout_ms);

    for (int i = 0; i < count; i++)
        curl_multi_socket_action(
            load->multi, events[i].data.fd,
            (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0),
            &running);
    if (count == 0 || load->timeout_ms == 0)
        curl_multi_socket_action(load->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static int run_multi(lua_State *L)
{
    bool tell = !lua_isnoneornil(L, 4);
    struct options options;
    struct load *load;
    int count = (int)luaL_checkinteger(L, 2);

    read_options(L, 1, &options);
    load = new_load(L, &options, (int)luaL_checkinteger(L, 3));
    load->to_start = load->to_finish = count;
    for (int i = 0; i < load->count && load->to_start > 0; i++)
        start(load, &load->transfers[i]);
    while (load->to_finish > 0) {
        turn(load);
        finish(L, load, &options, tell);
    }
    return 0;
}

/* Turns until nothing has happened for a while: all are sent by then. */
static int hold(lua_State *L)
{
    int count = (int)luaL_checkinteger(L, 2), running;
    struct options options;
    struct load *load;
    struct epoll_event events[EVENTS];

    read_options(L, 1, &options);
    load = new_load(L, &options, count);
    for (int i = 0; i < count; i++)
        curl_multi_add_handle(load->multi, load->transfers[i].easy);
    do {
        turn(load);
        curl_multi_socket_action(load->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    } while (epoll_wait(load->epoll, events, EVENTS, 500) > 0);
    return 1;
}

static int held_gc(lua_State *L)
{
    struct load *load = luaL_checkudata(L, 1, HELD);

    for (int i = 0; i < load->count; i++)
        curl_multi_remove_handle(load->multi, load->transfers[i].easy);
    for (int i = 0; i < load->count; i++)
        end(&load->transfers[i]);
    free(load->transfers);
    load->transfers = NULL;
    load->count = 0;
    curl_multi_cleanup(load->multi);
    load->multi = NULL;
    close(load->epoll);
    load->epoll = -1;
    return 0;
}

/* ---- what is measured ------------------------------------------------- */

static int allocated(lua_State *L)
{
    struct mallinfo2 info = mallinfo2();

    lua_pushnumber(L, (lua_Number)(info.uordblks + info.hblkhd));
    return 1;
}

static int give_back(lua_State *L)
{
    (void)L;
    malloc_trim(0);
    return 0;
}

static int now(lua_State *L)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    lua_pushnumber(L, (lua_Number)time.tv_sec + (lua_Number)time.tv_nsec / 1e9);
    return 1;
}

/* ---- the module ------------------------------------------------------- */

static void add(lua_State *L, const char *name, lua_CFunction function)
{
    lua_pushcfunction(L, function);
    lua_setfield(L, -2, name);
}

static void add_type(lua_State *L, const char *name, lua_CFunction collect)
{
    luaL_newmetatable(L, name);
    add(L, "__gc", collect);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "__index");
}

int luaopen_bare(lua_State *L)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    add_type(L, EASY, easy_gc);
    add(L, "get", easy_get);
    add(L, "loop", easy_loop);
    add_type(L, HELD, held_gc);
    lua_newtable(L);
    add(L, "easy", new_easy);
    add(L, "multi", run_multi);
    add(L, "hold", hold);
    add(L, "allocated", allocated);
    add(L, "give_back", give_back);
    add(L, "now", now);
    return 1;
}
