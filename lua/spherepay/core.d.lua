---@meta spherepay.core
-- What the C module offers to the Lua layer; for editors and readers, never loaded. Not for
-- users: nothing here is checked, because the Lua layer has done so.

---@class spherepay.core
---@field versions string "libcurl/7.88.1 OpenSSL/3.0.17 ..."
---@field null userdata JSON null; equal to cjson.null and ngx.null
local core = {}

--- Seconds of the monotonic clock.
---@return number
function core.now() end

--- How many forks lie between this process and the one that loaded the module.
---@return integer
function core.generation() end

--- The known faults of the libcurl that runs, and what the core does about each.
---@return { name: string, since: string?, ["until"]: string?, what: string, remedy: string }[]
---  since, until: the first version that has it, and the first that has not
function core.libcurl_faults() end

--- Whether a value is an id: a string of this prefix and lower-case letters or digits, one at least.
---@param value any
---@param prefix string
---@return boolean
function core.is_id(value, prefix) end

--- Whether a value has the form of a request's id: 8 to 64 hexadecimal digits, also behind
--- "request_" or "req_", or a UUID; with a letter, because digits alone could be anybody's number.
---@param value any
---@return boolean
function core.is_request_id(value) end

--- An engine: every call of a client on one libcurl multi handle. Opens nothing yet.
---@param settings { token: string?, max_body: integer, max_headers: integer,
---  connect_timeout: number?, max_connections: integer, max_in_flight: integer,
---  rate_read: integer, rate_write: integer, http_version: string, min_tls: string,
---  user_agent: string?, ca_file: string?, ca_path: string?, client_cert: string?,
---  client_key: string?, pinned_public_key: string?, proxy: string?,
---  proxy_ca_file: string?, tells_news: boolean?, asks: boolean? } bytes; seconds; requests per
---  second (0: no limit); proxy "env" takes the environment's
---@return spherepay.core.Engine
function core.engine(settings) end

--- A file as base64 text in C memory.
---@param path string
---@param max integer bytes of the file
---@return userdata? document its # is the length of the text
---@return string? message without the path
function core.document_file(path, max) end

--- A form with a file, which is read while it is sent. The call that sends it takes it over.
---@param path string
---@param max integer bytes of the file
---@return spherepay.core.Upload? upload
---@return string? message without the path
function core.upload_file(path, max) end

--- The same with bytes that are in memory; they are copied.
---@param bytes string
---@param max integer
---@return spherepay.core.Upload? upload
---@return string? message
function core.upload_bytes(bytes, max) end

--- A file of lines that only grows, its owner's alone and of one process at a time.
---@param path string
---@return spherepay.core.Journal? journal
---@return string text what it holds; or a message, without the path
function core.journal(path) end

---@class spherepay.core.Journal
local Journal = {}

--- Appends a line of at most 1024 bytes, and returns when it is on the disk.
---@param line string
---@return boolean? ok
---@return string? message
function Journal:append(line) end

--- No harm when repeated.
function Journal:close() end

---@class spherepay.core.Upload
local Upload = {}

--- Adds a field of the form.
---@param name string
---@param value string without NUL
function Upload:add(name, value) end

--- The name of the file, as it is sent.
---@param name string without NUL
function Upload:rename(name) end

--- What it is by its first bytes, if it is one of PDF, JPEG, PNG, HEIC and TIFF, and its size.
---@return string? type such as "image/png"
---@return number size bytes
function Upload:about() end

--- Ends it. No harm when repeated, or when it has been sent.
function Upload:close() end

--- The value of a JSON text. Numbers are integers where Lua has them and doubles hold them, or they
--- were written as such in 64 bits; of members with the same name the last counts.
---@param text string
---@param array_mt table the metatable that every array gets
---@param keep_nulls boolean whether null in an object is core.null rather than nil
---@param max_values integer
---@return any value
---@return string? message what is wrong, and at which byte
---@return "syntax"|"limit"|"memory"|nil fault what kind of thing that is
function core.decode(text, array_mt, keep_nulls, max_values) end

--- A text in quotes, as JSON.
---@param text string
---@return string? quoted nil when it is not UTF-8
function core.quote(text) end

--- The members of an object within a JSON text, in its order: their names, and their bytes from
--- the name to the end of the value. Raises without memory.
---@param text string
---@param ... string the names that lead to the object
---@return { name: string, text: string }[]? members nil when no object is there
function core.members(text, ...) end

--- The form of a text, by which its spellings are compared: small letters without accents, escapes
--- read, one space for what separates words. For texts of up to 65535 bytes.
---@param text string
---@return string form
function core.fold(text) end

--- The first of several values that is a string and not blank.
---@param ... any
---@return string? text
function core.text(...) end

--- What of a text `privacy.scrub` has to look at closer: whether it may hold credentials, addresses,
--- ids or URLs; whether it is anything but words of printable ASCII with one space in between; and,
--- when it is that, whether it may hold quotations or numbers, and names. It errs on the safe side.
---@param text string
---@return boolean secrets
---@return boolean untidy
---@return boolean values
---@return boolean names
function core.suspects(text) end

---@class spherepay.core.Mask
---@operator call(string): string
local Mask = {}

--- Whether a text holds nothing of what is known, also when that is spread over steps of a place.
---@param text string
---@return boolean
function Mask:is_clean(text) end

--- A function of texts that puts "[redacted]" in place of what is known by value: the secrets of an
--- engine, which are its token and the proxy's user and password; `token`, that of one call; and
--- `values`, which were sent. Secrets are found in other cases, with percent-encodings and escapes
--- of JSON, and twelve bytes or more of a longer token; values in every spelling of one form (see
--- `core.fold`), and numbers in any grouping. Of a text its first 4096 bytes are kept.
---@param engine spherepay.core.Engine?
---@param token string?
---@param values string[]?
---@return spherepay.core.Mask? mask nothing when the engine is closed or memory is short
function core.mask(engine, token, values) end

--- What `pairs` does in Lua 5.2 and later, with `__pairs`, on every Lua.
---@param object table
---@return function, table, any
function core.pairs(object) end

--- A thread that tells of readable descriptors by bytes on a connection: "!" for one that is
--- ready, "." after a while of nothing. It listens; its host connects and then starts it.
---@return spherepay.core.Watch?
---@return string? message such as that no directory can be written
function core.watch() end

---@class spherepay.core.Template

---@class spherepay.core.Engine
local Engine = {}

--- What many calls have in common, read once. The strings must not hold control characters.
---@param fields { method: string, before: string, after: string, headers: string[], repeat_as: "read"|"update"|"create",
---  connect_timeout: number, timeout: number, max_retries: integer } `before`, `after`: the
---  URL around a step that each call brings; headers as "Name: value"; seconds
---@return spherepay.core.Template
function Engine:template(fields) end

--- Puts a call in line. Strings must not hold control characters; what else `own` has is not
--- looked at.
---@param template spherepay.core.Template
---@param step string what stands in the URL between the template's `before` and `after`, escaped
---@param deadline number seconds
---@param own { body: string|table|nil, upload: spherepay.core.Upload?, token: string?,
---  idempotency_key: string? }? what the template does not say; a body can be a list of strings and
---  documents, an upload goes in its place
---@return spherepay.core.Call? call
---@return string? message
---@return "invalid"|"closed"|nil kind when it is not the network
function Engine:begin(template, step, deadline, own) end

--- Does what is due.
---@param timeout number? seconds to wait at most for something to do; nil: as long as it takes
---@return boolean? ok
---@return string? message when the system refused to wait; every call has then failed
function Engine:step(timeout) end

--- Steps until a call is done, or until there is something to do in Lua: another call has finished,
--- a step has failed, a hook was set.
---@param call spherepay.core.Call
---@return boolean done
function Engine:run(call) end

--- The next finished call, oldest first.
---@return spherepay.core.Call?
function Engine:take() end

--- The next call that has gone into a back-off since it was last reported.
---@return spherepay.core.Call?
function Engine:take_retry() end

--- The next call that waits to be let send its request again: it is to be answered with `admit`.
--- Nothing unless the settings have `asks`.
---@return spherepay.core.Call?
---@return "read"|"write"|nil line
function Engine:take_asking() end

--- Lets the repeat of a call go, or has it ask again. It ends with what it has when its deadline is
--- sooner. No harm when the call is over.
---@param call spherepay.core.Call
---@param seconds number until it asks again; 0: it goes now
function Engine:admit(call, seconds) end

--- The next thing that happened to a connection; nothing unless the settings have `tells_news`.
---@return "opened"|"resumed"|"reused"|"suspect"|"closed"|nil what
---@return integer? connection its number
function Engine:take_news() end

--- How many finished calls can be taken.
---@return integer
function Engine:ready() end

--- Seconds until a step is due although no socket is ready; nothing when nothing is under way.
---@return number?
function Engine:timeout() end

--- The descriptor that is readable when a step is due.
---@return integer?
---@return string? message where there is none
function Engine:pollfd() end

--- The same, for a host that steps right after each submit and asks again before each wait: steps
--- and submits then need not keep it armed.
---@return integer?
---@return string? message where there is none
function Engine:arm() end

---@return table<string, integer> see spherepay.Client:stats
function Engine:stats() end

--- The tokens of the retry budget, to be shared among engines.
---@param tokens integer? sets them first, within 0 and what a new engine has
---@return integer
function Engine:retry_budget(tokens) end

--- As `core.mask` of this engine.
---@param token string?
---@param values string[]?
---@return spherepay.core.Mask? mask
function Engine:mask(token, values) end

--- Ends every call under way, kind "cancelled".
function Engine:cancel_all() end

--- Seconds of the clock by which the engine waits.
---@return number
function Engine:now() end

--- Wipes the token and closes every connection. No harm when repeated.
function Engine:close() end

---@class spherepay.core.Watch
local Watch = {}

--- The UNIX socket to connect to before `start`.
---@return string
function Watch:path() end

--- Takes the connection, removes the socket and its directory, and begins.
---@param tick number seconds of nothing else after which a "." comes
---@return boolean? ok
---@return string? message the watch can then only be closed
function Watch:start(tick) end

--- Has a descriptor reported when it is readable, once.
---@param descriptor integer
---@return boolean? ok
---@return string? message
function Watch:arm(descriptor) end

--- Ends the thread and closes everything. No harm when repeated.
function Watch:close() end

--- The HMAC-SHA256 of a body, 64 lower-case hexadecimal digits.
---@param body string
---@param secret string
---@return string
function core.sign(body, secret) end

--- Whether `signature`, in either case, is that of the body; in constant time.
---@param body string
---@param signature string
---@param secret string
---@return boolean
function core.is_signed(body, signature, secret) end

--- The core's decision about an attempt that has ended, for an imitation with a clock of its own.
---@param case { repeat_as: string, attempt: integer, max_retries: integer, kind: string?,
---  status: integer?, sent: string, own_key: boolean?, retry_after: string?, date: string?,
---  now: number, time_left: number, random: number, budget: integer } `now`: seconds since the epoch
---@return { again: boolean, reason: string?, wait: number, retryable: boolean,
---  maybe_applied: boolean, cost: integer, budget: integer, retry_after: number? }
function core.retry(case) end

--- What a success leaves in a retry budget; without arguments what a client begins with.
---@param tokens integer?
---@param cost integer? of the call's last repeat
---@return integer
function core.retry_budget(tokens, cost) end

--- A rate limit that is told the time: `rate:wait(ahead, now)` seconds until a request fits behind
--- `ahead` others, `rate:take(now)` for one that arrives now.
---@param limit integer a second; 0 for none
---@return userdata
function core.rate(limit) end

---@class spherepay.core.Call
local Call = {}

---@return boolean
function Call:done() end

--- Ends the call now, at any stage, without waiting for a peer or a resolver.
function Call:cancel() end

--- How much of the file of an upload has been sent in this attempt, and how much there is; 0 and 0
--- for another call, nothing once the answer has been taken.
---@return number? sent bytes
---@return number? total
function Call:uploaded() end

--- What a finished call came to, once: the memory of the call is freed. Raises while it is under
--- way, and the second time. The body is decoded as by `core.decode`. Of a success with a body that
--- is JSON the value, the status and what came with it; of all else, and with `keep_text`, nil, nil
--- and everything about it.
---@param array_mt table
---@param keep_nulls boolean
---@param max_values integer
---@param keep_text boolean? whether to give the text of a body that is JSON too
---@return any value
---@return integer? status
---@return spherepay.Trace|spherepay.Raw
function Call:finish(array_mt, keep_nulls, max_values, keep_text) end

--- The attempts that have ended, until the answer is taken: { at, took, wait, status, kind, sent,
--- reason, reused, message, timings }, seconds. Those of a finished call are in its trace.
---@return table[]
function Call:attempts() end

return core
