#include "sp_call_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sp_clock.h"
#include "sp_engine.h"

enum { SHORTEST_KEEP_MS = 1000 }; /* of an idle connection, by a server */

/* ---- lists ------------------------------------------------------------ */

void sp_call_list_append(struct sp_call_list *list, struct sp_call *call)
{
    call->list = list;
    call->next = NULL;
    call->previous = list->last;
    if (list->last)
        list->last->next = call;
    else
        list->first = call;
    list->last = call;
    list->count++;
}

void sp_call_list_remove(struct sp_call *call)
{
    struct sp_call_list *list = call->list;

    if (!list)
        return;
    if (call->previous)
        call->previous->next = call->next;
    else
        list->first = call->next;
    if (call->next)
        call->next->previous = call->previous;
    else
        list->last = call->previous;
    list->count--;
    call->list = NULL;
    call->next = call->previous = NULL;
}

static void move_to(struct sp_call *call, enum sp_call_state state,
                    struct sp_call_list *list)
{
    sp_call_list_remove(call);
    call->state = state;
    if (list)
        sp_call_list_append(list, call);
    if (state == SP_CALL_DONE) {
        /* The token, and perhaps a person's documents: not for as long as
         * somebody holds the answer. No handle refers to them any more. */
        sp_buffer_wipe(&call->lines);
        sp_buffer_wipe(&call->body);
        sp_upload_close(call->upload);
    }
}

/* ---- birth and death -------------------------------------------------- */

/* Beyond the call itself lie its attempts and its strings. */
static size_t room_for(const struct sp_request *request)
{
    return ((size_t)request->max_retries + 1) * sizeof(struct sp_attempt) +
           strlen(request->method) + 1 + strlen(request->url) + 1;
}

/* What is left of a call, but for what it has allocated. */
static void blank(struct sp_call *call)
{
    struct sp_headers headers = call->answer.headers;
    struct sp_buffer body = call->answer.body;
    size_t room = call->room;

    sp_upload_free(call->upload);
    memset(call, 0, sizeof *call);
    sp_headers_recycle(&headers);
    sp_buffer_recycle(&body);
    call->answer.headers = headers;
    call->answer.body = body;
    call->room = room;
}

static struct sp_call *allocate(struct sp_call *spare, size_t room)
{
    struct sp_call *call;

    if (spare && spare->room >= room) {
        blank(spare);
        return spare;
    }
    sp_call_free(spare);
    call = calloc(1, sizeof *call + room);
    if (call)
        call->room = room;
    return call;
}

static void place(struct sp_call *call, const struct sp_request *request)
{
    size_t attempts = (size_t)request->max_retries + 1;
    size_t method_size = strlen(request->method) + 1;
    char *text;

    call->attempts = (struct sp_attempt *)(void *)(call + 1);
    text = (char *)(call->attempts + attempts);
    call->method = memcpy(text, request->method, method_size);
    text += method_size;
    call->url = memcpy(text, request->url, strlen(request->url) + 1);
}

static void take_over(struct sp_buffer *to, struct sp_buffer *from)
{
    *to = *from;
    sp_buffer_init(from, from->ceiling);
}

enum sp_status sp_call_new(const struct sp_request *request,
                           struct sp_call *spare, struct sp_call **out,
                           struct sp_error *error)
{
    struct sp_call *call = allocate(spare, room_for(request));

    *out = call;
    if (!call)
        return sp_error_set(error, SP_ERR_NO_MEMORY, "out of memory");
    place(call, request);
    if (request->idempotency_key) {
        call->own_key = true;
        snprintf(call->key, sizeof call->key, "%s", request->idempotency_key);
    }
    take_over(&call->lines, request->lines);
    take_over(&call->body, request->body);
    call->upload = request->upload;
    call->repeat = request->repeat;
    call->connect_timeout_ms = request->connect_timeout_ms;
    call->timeout_ms = request->timeout_ms;
    call->deadline_ms = request->deadline_ms;
    call->max_retries = request->max_retries;
    call->timer.owner = call;
    call->answer.retry_after_ms = -1;
    call->answer.message = call->message;
    call->answer.key = call->key;
    call->answer.attempts = call->attempts;
    return SP_OK;
}

void sp_call_free(struct sp_call *call)
{
    if (!call)
        return;
    sp_call_cancel(call);
    sp_call_list_remove(call);
    sp_buffer_wipe(&call->lines);
    sp_buffer_wipe(&call->body);
    sp_upload_free(call->upload);
    sp_headers_clear(&call->answer.headers);
    sp_buffer_clear(&call->answer.body);
    sp_wipe(call->key, strlen(call->key));
    free(call);
}

void sp_call_cancel(struct sp_call *call)
{
    if (call->state == SP_CALL_NEW)
        sp_call_fail(call, SP_KIND_CANCELLED, "cancelled", NULL, 0);
    else if (call->state != SP_CALL_DONE)
        sp_engine_cancel(call->engine, call);
}

void sp_call_take(struct sp_call *call)
{
    sp_call_list_remove(call);
    call->engine = NULL;
}

bool sp_call_is_done(const struct sp_call *call)
{
    return call->state == SP_CALL_DONE;
}

const struct sp_answer *sp_call_answer(const struct sp_call *call)
{
    return &call->answer;
}

void sp_call_uploaded(const struct sp_call *call, uint64_t *sent,
                      uint64_t *total)
{
    *sent = call->upload ? call->upload->at : 0;
    *total = call->upload ? call->upload->size : 0;
}

int sp_call_attempts(const struct sp_call *call,
                     const struct sp_attempt **attempts)
{
    *attempts = call->attempts;
    return call->attempt_count;
}

/* ---- transitions ------------------------------------------------------ */

void sp_call_pend(struct sp_call *call, struct sp_call_list *pending,
                  int64_t now_ms)
{
    if (call->state == SP_CALL_NEW) {
        call->began_ms = now_ms;
        call->due_ms = sp_clock_after(now_ms, call->deadline_ms);
    }
    call->unreported = false;
    move_to(call, SP_CALL_PENDING, pending);
}

/* A random UUID, version 4 (RFC 9562). */
static int make_key(char *key, size_t size)
{
    unsigned char b[16];

    if (sp_clock_random(b, sizeof b) != 0)
        return -1;
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(key, size,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
             b[10], b[11], b[12], b[13], b[14], b[15]);
    return 0;
}

/* The vendor refuses a key it has seen, before processing and without
 * replaying the first answer. So a key that may have arrived is not used
 * again, and one that never left is. */
static bool needs_key(const struct sp_call *call)
{
    int made = call->attempt_count;

    if (call->repeat == SP_REPEAT_READ || call->own_key)
        return false;
    return made == 0 || call->attempts[made - 1].sent != SP_SENT_NO;
}

/* Servers close a connection that was idle for a round number of seconds,
 * which is also what they ask callers to wait: after such a wait the request
 * would meet the end of the connection. Half of it, because others' answers
 * came later. */
static int64_t longest_idle(const struct sp_call *call)
{
    int64_t wait_ms = call->attempt_count == 0
                          ? 0
                          : call->attempts[call->attempt_count - 1].wait_ms;

    return wait_ms >= SHORTEST_KEEP_MS ? wait_ms / 2 : 0;
}

enum sp_status sp_call_begin(struct sp_call *call,
                             struct sp_exchange *exchange,
                             struct sp_call_list *running, int64_t now_ms,
                             struct sp_exchange_request *request)
{
    int64_t left = call->due_ms - now_ms;
    int64_t timeout = call->timeout_ms < left ? call->timeout_ms : left;

    if (needs_key(call) && make_key(call->key, sizeof call->key) != 0)
        return SP_ERR_SYSTEM;
    request->method = call->method;
    request->url = call->url;
    request->lines = &call->lines;
    request->key = call->key[0] ? call->key : NULL;
    request->body = &call->body;
    request->upload = call->upload;
    request->timeout_ms = timeout > 0 ? timeout : 1;
    request->connect_timeout_ms =
        call->connect_timeout_ms < request->timeout_ms
            ? call->connect_timeout_ms : request->timeout_ms;
    request->max_idle_ms = longest_idle(call);
    request->fresh_connection = call->fresh;
    call->fresh = false;
    exchange->owner = call;
    call->exchange = exchange;
    call->attempt_began_ms = now_ms;
    move_to(call, SP_CALL_RUNNING, running);
    return SP_OK;
}

/* The response moves from the exchange to the answer; the answer's old
 * memory goes the other way, to be used again. */
static void take_response(struct sp_call *call, struct sp_exchange *exchange)
{
    struct sp_headers headers = call->answer.headers;
    struct sp_buffer body = call->answer.body;

    call->answer.headers = exchange->headers;
    call->answer.body = exchange->body;
    exchange->headers = headers;
    exchange->body = body;
    exchange->headers.ceiling = call->answer.headers.ceiling;
    exchange->headers.block.ceiling = call->answer.headers.ceiling;
    exchange->body.ceiling = call->answer.body.ceiling;
}

/* Adds an attempt to the list and copies its result to the answer. */
static struct sp_attempt *record(struct sp_call *call, CURLcode code,
                                 int64_t now_ms)
{
    struct sp_attempt *attempt = &call->attempts[call->attempt_count++];
    struct sp_answer *answer = &call->answer;

    memset(attempt, 0, sizeof *attempt);
    attempt->at_ms = call->attempt_began_ms - call->began_ms;
    attempt->took_ms = now_ms - call->attempt_began_ms;
    sp_exchange_result(call->exchange, code, attempt);
    take_response(call, call->exchange);
    call->exchange = NULL;
    answer->attempt_count = call->attempt_count;
    answer->failed = attempt->failed;
    answer->status = attempt->status;
    if (attempt->sent > answer->sent)
        answer->sent = attempt->sent;
    snprintf(call->message, sizeof call->message, "%s", attempt->detail);
    return attempt;
}

static int64_t asked_to_wait(const struct sp_headers *headers)
{
    return sp_retry_after(sp_headers_get(headers, "retry-after-ms"),
                          sp_headers_get(headers, "retry-after"),
                          sp_headers_get(headers, "date"),
                          sp_clock_wall_s());
}

bool sp_call_end(struct sp_call *call, CURLcode code,
                 struct sp_retry_budget *budget,
                 struct sp_call_list *backing_off, struct sp_call_list *done,
                 int64_t now_ms)
{
    struct sp_attempt *attempt = record(call, code, now_ms);
    struct sp_answer *answer = &call->answer;
    struct sp_retry_verdict verdict;
    struct sp_retry_case tried = {
        .repeat = call->repeat,
        .attempt = call->attempt_count,
        .max_retries = call->max_retries,
        .failed = attempt->failed,
        .hopeless = attempt->hopeless,
        .status = attempt->status,
        .sent = attempt->sent,
        .own_key = call->own_key,
        .time_left_ms = call->due_ms - now_ms,
    };
    bool went_well = attempt->failed == SP_KIND_NONE && attempt->status < 300;

    if (!went_well)
        tried.random = sp_clock_jitter(); /* a system call */
    answer->retry_after_ms = asked_to_wait(&answer->headers);
    tried.retry_after_ms = answer->retry_after_ms;
    sp_retry_decide(&tried, budget, &verdict);
    attempt->reason = verdict.reason;
    attempt->wait_ms = verdict.wait_ms;
    answer->retryable = verdict.retryable;
    answer->maybe_applied |= verdict.maybe_applied;
    if (verdict.again) {
        call->cost = verdict.cost;
        call->unreported = true;
        move_to(call, SP_CALL_BACKING_OFF, backing_off);
        return true;
    }
    if (went_well) {
        answer->maybe_applied = false;
        sp_retry_budget_success(budget, call->cost);
    }
    move_to(call, SP_CALL_DONE, done);
    return false;
}

/* An attempt that is given up while it is under way. */
static void record_abort(struct sp_call *call, enum sp_kind kind,
                         const char *message, int64_t now_ms)
{
    struct sp_attempt *attempt =
        record(call, CURLE_ABORTED_BY_CALLBACK, now_ms);

    attempt->failed = kind;
    snprintf(attempt->detail, sizeof attempt->detail, "%s", message);
    if (call->repeat != SP_REPEAT_READ && attempt->sent != SP_SENT_NO)
        call->answer.maybe_applied = true;
}

void sp_call_fail(struct sp_call *call, enum sp_kind kind,
                  const char *message, struct sp_call_list *done,
                  int64_t now_ms)
{
    struct sp_answer *answer = &call->answer;
    bool keep_last = call->attempt_count > 0 && !call->exchange &&
                     (kind == SP_KIND_RATE_LIMITED || kind == SP_KIND_TIMEOUT);

    if (call->exchange)
        record_abort(call, kind, message, now_ms);
    if (keep_last) {
        call->attempts[call->attempt_count - 1].reason = SP_RETRY_NO_TIME;
    } else {
        answer->failed = kind;
        answer->status = 0;
        answer->retryable = kind != SP_KIND_CANCELLED &&
                            kind != SP_KIND_CLOSED;
        snprintf(call->message, sizeof call->message, "%s", message);
    }
    if (answer->maybe_applied && call->repeat == SP_REPEAT_CREATE)
        answer->retryable = false;
    move_to(call, SP_CALL_DONE, done);
}
