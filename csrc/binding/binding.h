/* binding.h: what the binding files share.
 *
 * The binding turns Lua values into the core's structs and back. It has no
 * policy and knows nothing of libcurl. Each userdata gets its metatable
 * before it acquires anything, so that an error half way leaves something
 * that __gc can meet. All of an engine's objects share one anchor table:
 *   anchor[ENGINE]          the engine, kept alive by its calls
 *   anchor[lightuserdata]   the calls under way, by their core address */
#ifndef SPHEREPAY_BINDING_H
#define SPHEREPAY_BINDING_H

#include "compat.h"
#include "sp_buffer.h"
#include "sp_call.h"
#include "sp_engine.h"

#define SPL_ENGINE "spherepay.engine"
#define SPL_CALL "spherepay.call"
#define SPL_TEMPLATE "spherepay.template"
#define SPL_MASK "spherepay.mask"
#define SPL_DOCUMENT "spherepay.document"
#define SPL_UPLOAD "spherepay.upload"
#define SPL_JOURNAL "spherepay.journal"
#define SPL_TRACE "spherepay.trace"
#define SPL_HEADERS "spherepay.headers"

enum { SPL_ANCHOR_ENGINE = 1 };

/* An engine as Lua holds it. */
struct spL_engine {
    struct sp_engine *engine; /* NULL: closed */
    struct sp_buffer token;   /* "" when it comes with each call */
    struct sp_call *spare;    /* one that is over, for its memory */
};

/* A call as Lua holds it. */
struct spL_call {
    struct sp_call *call; /* NULL: its answer has been taken */
};

/* What many calls have in common. */
struct spL_template {
    char method[16];
    struct sp_buffer before,
        after;              /* of the URL, around the call's own step */
    struct sp_buffer lines; /* "Name: value" NUL ... NUL, without the token */
    enum sp_repeat repeat;
    int64_t connect_timeout_ms, timeout_ms;
    int max_retries;
};

/* A document: base64 text in memory that is wiped. */
struct spL_document {
    struct sp_buffer text;
};

/* A form with a file. */
struct spL_upload {
    struct sp_upload *upload; /* NULL: a call has taken it over */
};

/* Makes the metatable `name` with these methods and, for __index, itself. */
void spL_newtype(lua_State *L, const char *name, const luaL_Reg *methods);

/* Pushes nil and a message; returns 2. Never holds a secret. */
int spL_fail(lua_State *L, const struct sp_error *error);

/* Raises what Lua raises when it has no memory itself, "not enough memory"
 * without a place, so that there is one text to know it by. */
int spL_raise_memory(lua_State *L);

/* Seconds to milliseconds, rounded up, never below 0; saturates. */
int64_t spL_to_ms(lua_Number seconds);

/* The fields of the table at `index`; each leaves the stack as it was,
 * but for the strings, which stay valid while the table holds them. */
const char *spL_string_field(lua_State *L, int index, const char *name);
int64_t spL_integer_field(lua_State *L, int index, const char *name,
                          int64_t otherwise);
int64_t spL_ms_field(lua_State *L, int index, const char *name);

/* Set a field of the table on top: a string unless it is NULL or empty,
 * milliseconds as seconds, the status of an answer unless it is 0. */
void spL_setstring(lua_State *L, const char *name, const char *text);
void spL_setms(lua_State *L, const char *name, int64_t ms);
void spL_setstatus(lua_State *L, int status);

/* template.c: engine:template(fields), and the template at `index`. */
int spL_template(lua_State *L);
const struct spL_template *spL_checktemplate(lua_State *L, int index);

/* mask.c: mask(engine, token, values), also a method of engines. */
int spL_mask(lua_State *L);

/* call.c: raises when `token` could not stand in a header. */
void spL_checktoken(lua_State *L, const char *token, size_t len);

/* call.c: pushes a new call made of the arguments of engine:begin, its anchor
 * not yet set. Raises for wrong arguments and without memory. */
struct spL_call *spL_newcall(lua_State *L, struct spL_engine *engine);

/* call.c: the first argument of a method of calls. */
struct spL_call *spL_checkcall(lua_State *L);

/* call.c: whether it has ended, or its answer has been taken. */
bool spL_isdone(const struct spL_call *call);

/* call.c: frees the memory of the finished call at `index`. */
void spL_endcall(lua_State *L, int index);

/* answer.c: call:finish(array_mt, keep_nulls, max_values, keep_text). */
int spL_finish(lua_State *L);

/* How JSON becomes Lua values. */
struct spL_reading {
    int array_mt;        /* stack index of the metatable of arrays */
    bool keep_nulls;     /* in objects */
    uint32_t max_values; /* in one text */
};

/* json.c: the three arguments (array_mt, keep_nulls, max_values) from
 * `index` on. */
void spL_checkreading(lua_State *L, int index, struct spL_reading *reading);

/* json.c: pushes what `text` means; a NUL must follow it. Pushes nothing
 * when it fails: see sp_json_read; NO_MEMORY is Lua's too. */
enum sp_status spL_pushjson(lua_State *L, const char *text, size_t len,
                            const struct spL_reading *reading,
                            struct sp_error *error);

/* trace.c: call:attempts(). */
int spL_attempts(lua_State *L);

/* trace.c: pushes what came with `answer`, copied; and from the trace at
 * `index` a table of what the call came to. */
void spL_pushtrace(lua_State *L, const struct sp_answer *answer);
void spL_pushraw(lua_State *L, int index);

/* json.c: what was the matter: "syntax", "limit" or "memory". */
const char *spL_jsonfault(enum sp_status status);

/* names.c: pushes the table of names that came lately; what finds them in it,
 * which is valid while the Lua state is. */
struct spL_names *spL_pushnames(lua_State *L);

/* names.c: pushes a string, from the table at index `table` or a new one. */
void spL_pushname(lua_State *L, struct spL_names *names, int table,
                  const char *text, size_t len);

/* collisions.c: TOO_LARGE for strings that were made to be slow in this Lua;
 * NO_MEMORY. */
struct sp_json;
enum sp_status spL_checkstrings(const struct sp_json *json,
                                struct sp_error *error);

/* Registers each file's types and functions in the module table on top. */
void spL_open_engine(lua_State *L);
void spL_open_template(lua_State *L);
void spL_open_call(lua_State *L);
void spL_open_trace(lua_State *L);
void spL_open_document(lua_State *L);
void spL_open_upload(lua_State *L);
void spL_open_journal(lua_State *L);
void spL_open_rules(lua_State *L);
void spL_open_signature(lua_State *L);
void spL_open_json(lua_State *L);
void spL_open_encode(lua_State *L);
void spL_open_members(lua_State *L);
void spL_open_names(lua_State *L);
void spL_open_id(lua_State *L);
void spL_open_mask(lua_State *L);
void spL_open_fold(lua_State *L);
void spL_open_suspects(lua_State *L);
void spL_open_text(lua_State *L);
void spL_open_watch(lua_State *L);

#endif
