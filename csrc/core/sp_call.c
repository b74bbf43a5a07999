#define _POSIX_C_SOURCE 200809L

#include "sp_call_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sp_clock.h"

enum {
    SHORTEST_KEEP_MS = 1000, /* of an idle connection, by a server */
    MADE_KEY_SIZE = 37       /* the text of a UUID and its NUL */
};

/* ---- lists ------------------------------------------------------------ */

static void append(struct sp_call_list *list, struct sp_call *call)
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

static void remove_from_list(struct sp_call *call)
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

static void report(struct sp_call *call)
{
    if (call->unreported)
        call->calls->unreported--;
    call->unreported = false;
}

static void move_to(struct sp_call *call, enum sp_call_state state,
                    struct sp_call_list *list)
{
    remove_from_list(call);
    call->state = state;
    if (list)
        append(list, call);
}

/* One that was never under way is in no list. */
static void finish(struct sp_call *call)
{
    struct sp_calls *calls = call->calls;

    if (calls)
        sp_timers_unset(&calls->timers, &call->timer);
    report(call);
    move_to(call, SP_CALL_DONE, calls ? &calls->done : NULL);
    /* The token, and perhaps a person's documents: not for as long as
     * somebody holds the answer. No handle refers to them any more. */
    sp_buffer_wipe(&call->lines);
    sp_buffer_wipe(&call->body);
    sp_upload_close(call->upload);
}

/* ---- birth and death -------------------------------------------------- */

static size_t key_size(const struct sp_request *request)
{
    if (request->idempotency_key)
        return strlen(request->idempotency_key) + 1;
    return request->repeat == SP_REPEAT_READ ? 1 : MADE_KEY_SIZE;
}

/* Beyond the call itself lie its strings. */
static size_t room_for(const struct sp_request *request)
{
    return strlen(request->method) + 1 + strlen(request->url) + 1 +
           key_size(request);
}

static void free_attempts(struct sp_call *call)
{
    if (call->attempts != &call->first)
        free(call->attempts);
}

/* What is left of a call, but for what it has allocated. */
static void blank(struct sp_call *call)
{
    struct sp_headers headers = call->answer.headers;
    struct sp_buffer body = call->answer.body;
    size_t room = call->room;

    sp_upload_free(call->upload);
    sp_wipe(call->key, strlen(call->key));
    free_attempts(call);
    free(call->message);
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
    size_t method_size = strlen(request->method) + 1;
    size_t url_size = strlen(request->url) + 1;
    char *text = (char *)(call + 1);

    call->method = memcpy(text, request->method, method_size);
    text += method_size;
    call->url = memcpy(text, request->url, url_size);
    call->key = text + url_size;
    call->own_key = request->idempotency_key != NULL;
    strcpy(call->key, call->own_key ? request->idempotency_key : "");
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
    take_over(&call->lines, request->lines);
    take_over(&call->body, request->body);
    call->upload = request->upload;
    call->repeat = request->repeat;
    call->connect_timeout_ms = request->connect_timeout_ms;
    call->timeout_ms = request->timeout_ms;
    call->deadline_ms = request->deadline_ms;
    call->max_retries = request->max_retries;
    call->timer.owner = call;
    call->attempts = &call->first;
    call->answer.retry_after_ms = -1;
    call->answer.message = "";
    call->answer.key = call->key;
    call->answer.attempts = call->attempts;
    return SP_OK;
}

void sp_call_free(struct sp_call *call)
{
    if (!call)
        return;
    remove_from_list(call);
    sp_buffer_wipe(&call->lines);
    sp_buffer_wipe(&call->body);
    sp_upload_free(call->upload);
    sp_headers_clear(&call->answer.headers);
    sp_buffer_clear(&call->answer.body);
    sp_wipe(call->key, strlen(call->key));
    free_attempts(call);
    free(call->message);
    free(call);
}

void sp_call_take(struct sp_call *call)
{
    remove_from_list(call);
    call->calls = NULL;
}

bool sp_call_is_done(const struct sp_call *call)
{
    return call->state == SP_CALL_DONE;
}

bool sp_call_is_read(const struct sp_call *call)
{
    return call->repeat == SP_REPEAT_READ;
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

/* ---- into the line ---------------------------------------------------- */

int sp_call_line(const struct sp_call *call)
{
    return sp_call_is_read(call) ? SP_READS : SP_WRITES;
}

enum sp_status sp_call_pend(struct sp_call *call, struct sp_calls *calls,
                            int64_t now_ms)
{
    bool is_new = call->state == SP_CALL_NEW;
    int64_t due_ms =
        is_new ? sp_clock_after(now_ms, call->deadline_ms) : call->due_ms;
    enum sp_status status =
        sp_timers_set(&calls->timers, &call->timer, due_ms);

    if (status != SP_OK)
        return status;
    if (is_new)
        call->began_ms = now_ms;
    call->due_ms = due_ms;
    call->calls = calls;
    call->order = calls->order++;
    report(call);
    move_to(call, SP_CALL_PENDING, &calls->pending[sp_call_line(call)]);
    return SP_OK;
}

void sp_call_report(struct sp_call *call)
{
    report(call);
}

/* ---- a repeat has to be admitted -------------------------------------- */

enum sp_status sp_call_ask(struct sp_call *call)
{
    struct sp_calls *calls = call->calls;
    enum sp_status status =
        sp_timers_set(&calls->timers, &call->timer, call->due_ms);

    if (status == SP_OK)
        move_to(call, SP_CALL_ASKING, &calls->asking);
    return status;
}

void sp_call_hear(struct sp_call *call)
{
    move_to(call, SP_CALL_ASKING, &call->calls->asked);
}

void sp_call_put_off(struct sp_call *call, int64_t until_ms)
{
    move_to(call, SP_CALL_BACKING_OFF, &call->calls->backing_off);
    /* It is set already, so this needs no memory. */
    sp_timers_set(&call->calls->timers, &call->timer, until_ms);
}

/* ---- an attempt begins ------------------------------------------------ */

/* A random UUID, version 4 (RFC 9562). */
static void make_key(char *key, const unsigned char *random)
{
    unsigned char b[SP_KEY_BYTES];

    memcpy(b, random, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(key, MADE_KEY_SIZE,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
             b[11], b[12], b[13], b[14], b[15]);
}

/* The vendor refuses a key it has seen, before processing and without
 * replaying the first answer. So a key that may have arrived is not used
 * again, and one that never left is. */
bool sp_call_needs_key(const struct sp_call *call)
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

void sp_call_begin(struct sp_call *call, struct sp_exchange *exchange,
                   const unsigned char random[SP_KEY_BYTES], int64_t now_ms,
                   struct sp_exchange_request *request)
{
    int64_t left = call->due_ms - now_ms;
    int64_t timeout = call->timeout_ms < left ? call->timeout_ms : left;

    if (sp_call_needs_key(call))
        make_key(call->key, random);
    *request = (struct sp_exchange_request){
        .method = call->method,
        .url = call->url,
        .lines = &call->lines,
        .key = call->key[0] ? call->key : NULL,
        .body = &call->body,
        .upload = call->upload,
        .timeout_ms = timeout > 0 ? timeout : 1,
        .max_idle_ms = longest_idle(call),
        .fresh_connection = call->fresh,
    };
    request->connect_timeout_ms =
        call->connect_timeout_ms < request->timeout_ms
            ? call->connect_timeout_ms
            : request->timeout_ms;
    call->fresh = false;
    call->exchange = exchange;
    call->attempt_began_ms = now_ms;
    move_to(call, SP_CALL_RUNNING, &call->calls->running);
    /* It is set already, so this needs no memory. */
    sp_timers_set(&call->calls->timers, &call->timer,
                  sp_clock_after(now_ms, request->timeout_ms));
}

/* ---- an attempt ends -------------------------------------------------- */

/* Adds an attempt to the list and copies its result to the answer. */
static struct sp_attempt *record(struct sp_call *call,
                                 const struct sp_attempt *came, int64_t now_ms)
{
    struct sp_attempt *attempt = &call->attempts[call->attempt_count++];
    struct sp_answer *answer = &call->answer;

    *attempt = *came;
    attempt->at_ms = call->attempt_began_ms - call->began_ms;
    attempt->took_ms = now_ms - call->attempt_began_ms;
    call->exchange = NULL;
    call->fresh = attempt->needs_fresh;
    answer->attempt_count = call->attempt_count;
    answer->failed = attempt->failed;
    answer->status = attempt->status;
    if (attempt->sent > answer->sent)
        answer->sent = attempt->sent;
    answer->message = attempt->detail;
    return attempt;
}

/* Whether it is the success that ends its call. */
static bool went_well(const struct sp_attempt *attempt)
{
    return attempt->failed == SP_KIND_NONE && attempt->status < 300;
}

bool sp_attempt_is_transient(const struct sp_attempt *attempt)
{
    struct sp_retry_case tried = {
        .failed = attempt->failed,
        .hopeless = attempt->hopeless,
        .status = attempt->status,
    };

    return sp_retry_is_transient(&tried);
}

/* Most calls make one attempt. Those that make another get room for all,
 * behind which the end of an attempt needs no memory. */
static enum sp_status make_room(struct sp_call *call)
{
    size_t all = (size_t)call->max_retries + 1;
    struct sp_attempt *attempts;

    if (call->attempts != &call->first)
        return SP_OK;
    attempts = calloc(all, sizeof *attempts);
    if (!attempts)
        return SP_ERR_NO_MEMORY;
    attempts[0] = call->first;
    call->attempts = attempts;
    call->answer.attempts = attempts;
    call->answer.message = attempts[0].detail;
    return SP_OK;
}

static bool back_off(struct sp_call *call, int cost, int64_t until_ms)
{
    struct sp_calls *calls = call->calls;

    call->cost = cost;
    call->unreported = true;
    calls->unreported++;
    move_to(call, SP_CALL_BACKING_OFF, &calls->backing_off);
    if (make_room(call) == SP_OK &&
        sp_timers_set(&calls->timers, &call->timer, until_ms) == SP_OK)
        return true;
    sp_call_fail(call, SP_KIND_TIMEOUT, "out of memory", NULL, until_ms);
    return false;
}

bool sp_call_end(struct sp_call *call, const struct sp_attempt *came,
                 double jitter, int64_t now_ms)
{
    struct sp_attempt *attempt = record(call, came, now_ms);
    struct sp_retry_budget *budget = &call->calls->budget;
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
        .retry_after_ms = attempt->retry_after_ms,
        .time_left_ms = call->due_ms - now_ms,
        .random = jitter,
    };

    answer->retry_after_ms = attempt->retry_after_ms;
    sp_retry_decide(&tried, budget, &verdict);
    attempt->reason = verdict.reason;
    attempt->wait_ms = verdict.wait_ms;
    answer->retryable = verdict.retryable;
    answer->maybe_applied |= verdict.maybe_applied;
    if (verdict.again)
        return back_off(call, verdict.cost,
                        sp_clock_after(now_ms, verdict.wait_ms));
    if (went_well(attempt)) {
        answer->maybe_applied = false;
        sp_retry_budget_success(budget, call->cost);
    }
    finish(call);
    return false;
}

/* ---- the call ends for a reason of our own ----------------------------- */

static void say(struct sp_call *call, const char *message)
{
    free(call->message);
    call->message = strdup(message);
    call->answer.message = call->message ? call->message : "out of memory";
}

/* An attempt that is given up while it is under way. */
static void record_abort(struct sp_call *call, enum sp_kind kind,
                         const char *message, const struct sp_attempt *came,
                         int64_t now_ms)
{
    struct sp_attempt *attempt = record(call, came, now_ms);

    attempt->failed = kind;
    snprintf(attempt->detail, sizeof attempt->detail, "%s", message);
    if (call->repeat != SP_REPEAT_READ && attempt->sent != SP_SENT_NO)
        call->answer.maybe_applied = true;
}

void sp_call_fail(struct sp_call *call, enum sp_kind kind, const char *message,
                  const struct sp_attempt *came, int64_t now_ms)
{
    struct sp_answer *answer = &call->answer;
    bool keep_last = call->attempt_count > 0 && !came &&
                     (kind == SP_KIND_RATE_LIMITED || kind == SP_KIND_TIMEOUT);

    if (came)
        record_abort(call, kind, message, came, now_ms);
    if (keep_last) {
        call->attempts[call->attempt_count - 1].reason = SP_RETRY_NO_TIME;
    } else {
        answer->failed = kind;
        answer->status = 0;
        answer->retryable =
            kind != SP_KIND_CANCELLED && kind != SP_KIND_CLOSED;
        say(call, message);
    }
    if (answer->maybe_applied && call->repeat == SP_REPEAT_CREATE)
        answer->retryable = false;
    finish(call);
}

void sp_call_disown(struct sp_call *call)
{
    call->exchange = NULL;
    call->answer.sent = SP_SENT_MAYBE;
    call->answer.maybe_applied = call->repeat != SP_REPEAT_READ;
}
