-- Everything the fault server can do to a client, by name. Each entry says when it acts ("accept":
-- before the connection says anything, "request": once a request has been read, or only its
-- headers with the option `early`) and how. How bytes travel is for http1.lua and http2.lua.
--
-- Options of every request behaviour: early (act when the headers are there), delay (seconds
-- before acting), path (act on a request to it alone). Those that answer take status, headers (a
-- map, or a list of pairs) and body; that of "answer" may hold ${id}, the id in the request's path.

local bombs = require("spec.support.fault.bombs")

local MEGABYTE = 1024 * 1024
local BOMB_SIZE = 64 * MEGABYTE
local PIECE = ("x"):rep(16384)
local REFUSED_STREAM, INTERNAL_ERROR = 7, 2
local HANDSHAKE_FAILURE = "\21\3\3\0\2\2\40" -- an alert record: fatal, handshake_failure

local function fields_of(act, defaults)
  local fields = {}
  for _, field in ipairs(defaults or { { "Content-Type", "application/json" } }) do
    fields[#fields + 1] = field
  end
  for key, value in pairs(act.headers or {}) do
    fields[#fields + 1] = type(key) == "number" and value or { key, value }
  end
  return fields
end

local function body_of(act)
  return act.body or act.status == 204 and "" or "{}"
end

-- The part of the body that is sent when not all of it is.
local function half_of(act)
  local body = body_of(act)
  return body:sub(1, act.bytes or math.max(1, math.floor(#body / 2))), #body
end

local function answer(reply, act)
  local body, framing = body_of(act), { until_close = act.keep_alive == false or nil }
  if act.status == 204 then
    framing.is_bare = true
  elseif act.chunked then
    framing.chunked = true
  else
    framing.length = #body
  end
  reply:head(act.status or 200, fields_of(act), framing)
  reply:data(body)
  reply:finish()
end

local function close(reply)
  reply.connection:close()
end

local function reset(reply)
  reply.connection:close("rst")
end

local function send_headers_and_half(reply, act)
  local half, length = half_of(act)
  reply:head(act.status or 200, fields_of(act), { length = length })
  reply:data(half)
end

-- Sends `size` bytes of filler; the client may leave at any time.
local function fill(reply, size)
  while size > 0 do
    if not reply:data(#PIECE > size and PIECE:sub(1, size) or PIECE) then return false end
    size = size - #PIECE
  end
  return true
end

local function bomb(coding, pack)
  return function(reply, act)
    local packed = pack(act.bytes)
    local fields = fields_of(act)
    fields[#fields + 1] = { "Content-Encoding", coding }
    reply:head(act.status or 200, fields, { length = #packed })
    reply:data(packed)
    reply:finish()
  end
end

local function need_h2(reply)
  assert(reply.reset_stream, "this behaviour needs HTTP/2")
end

local on_accept = {}
local on_request = {}

-- On accept -------------------------------------------------------------------------------------
-- They get the connection and return true when it is to be served all the same.

--- FIN at once.
function on_accept.close_on_accept(connection)
  connection:close()
end

--- RST at once, which may be before the client takes the connection for made; with `late`, after
--- the first bytes came.
function on_accept.reset_on_accept(connection, act)
  if act.late then connection:read_some(1) end
  connection:close("rst")
end

--- Never says a word: the TLS handshake hangs, or the request stays unanswered.
function on_accept.stall_on_accept(connection)
  connection:pause()
  connection:close()
end

--- Answers the client's hello with a fatal alert.
function on_accept.tls_handshake_fail(connection)
  connection:read_some(1)
  connection:write(HANDSHAKE_FAILURE)
  connection:close()
end

--- HTTP/2: sends GOAWAY with last stream 0 first of all; what comes is read, logged as "ignored"
--- and the connection closed.
function on_accept.goaway_before(connection)
  connection.greeting = "goaway"
  return true
end

--- HTTP/2: tells its settings after `wait` seconds, and reads nothing until then. The record of the
--- connection says how many streams were `opened_early`, before the client had read them.
function on_accept.late_settings(connection, act)
  connection.settings_wait = act.wait
  return true
end

-- On a request: ends of the connection ----------------------------------------------------------

--- Reads the request and closes without a word.
on_request.read_all_and_close = close

--- Reads the request and resets the connection.
on_request.read_all_and_reset = reset

--- The same as read_all_and_close; over HTTP/2 it is an end without GOAWAY.
on_request.h2_close = close

--- Declares the whole body, sends `bytes` of it (default: half), then closes ("how": "rst").
function on_request.answer_half(reply, act)
  send_headers_and_half(reply, act)
  reply.connection:close(act.how)
end

--- Sends half a body (until_close: of no declared length) and FIN without TLS's close_notify.
function on_request.tls_truncate(reply, act)
  local half, length = half_of(act)
  local framing = act.until_close and { until_close = true } or { length = length }
  reply:head(act.status or 200, fields_of(act), framing)
  reply:data(half)
  reply.connection:close()
end

--- Answers, waits `delay_close` seconds (default 0) and closes the connection if it was idle.
function on_request.keep_alive_then_close_idle(reply, act)
  local record = reply.connection.record
  answer(reply, act)
  local before = record.bytes_in
  if reply:pause(act.delay_close or 0) and record.bytes_in == before then
    reply.connection:close()
  end
end

--- Answers; the next request on this connection is read whole, logged and not answered: the
--- connection is closed ("how": "rst").
function on_request.keep_alive_then_die(reply, act)
  reply.connection.promised = {
    name = act.how == "rst" and "read_all_and_reset" or "read_all_and_close",
  }
  answer(reply, act)
end

-- On a request: slow ----------------------------------------------------------------------------

--- Reads the request and never answers.
function on_request.stall(reply)
  reply:pause()
end

--- Sends the first half of the header block and no more.
function on_request.stall_headers(reply, act)
  local head = reply:head_bytes(act.status or 200, fields_of(act), { length = #body_of(act) })
  reply:raw(head:sub(1, math.floor(#head / 2)))
  reply:pause()
end

--- Sends headers and half the body and no more.
function on_request.stall_body(reply, act)
  send_headers_and_half(reply, act)
  reply:pause()
end

--- Sends the body `bytes` (1) at a time, `every` (0.05) seconds; when no body is given, `total`
--- (10 000) bytes of it. With from = "head" the header block drips too.
function on_request.drip(reply, act)
  local body = act.body or ("x"):rep(act.total or 10000)
  local step, every = act.bytes or 1, act.every or 0.05
  local head = reply:head_bytes(act.status or 200, fields_of(act), { length = #body })
  reply.framing = {}
  local is_here = reply:raw(head, act.from == "head" and step or nil, every)
  for from = 1, #body, step do
    is_here = is_here and reply:data(body:sub(from, from + step - 1)) and reply:pause(every)
    if not is_here then return end
  end
  reply:finish()
end

-- On a request: wrong or too much ---------------------------------------------------------------

--- Answers. `${id}` in the body is the last step of the request's path, so that one behaviour can
--- answer for many customers.
function on_request.answer(reply, act)
  local body = act.body
  if body and body:find("${id}", 1, true) then
    local id = reply.request.path:match("[^/?]+$")
    act = setmetatable({ body = body:gsub("%${id}", id) }, { __index = act })
  end
  answer(reply, act)
end

--- Sends `bytes` that are not HTTP, then closes.
function on_request.garbage(reply, act)
  reply:raw(act.bytes or "\22\0this is no protocol anybody speaks\r\n\r\n\0\255")
  reply.connection:close()
end

--- Sends `bytes` as they are, `more` after `later` seconds, and then closes (`close`: "fin" or
--- "rst"; without it the connection is served on).
function on_request.wire(reply, act)
  local is_here = reply:raw(act.bytes)
  if act.more then is_here = is_here and reply:pause(act.later or 0) and reply:raw(act.more) end
  if is_here and act.close then reply.connection:close(act.close) end
end

--- Declares `declared` bytes (default: ten more than there are), sends the body and stays open;
--- over HTTP/2 the stream is ended.
function on_request.wrong_length(reply, act)
  local body = body_of(act)
  reply:head(act.status or 200, fields_of(act), { length = act.declared or #body + 10 })
  reply:data(body)
  reply:finish()
end

--- Sends `n` (1000) answers of status `informational` (103), then the answer.
function on_request.informational_storm(reply, act)
  for _ = 1, act.n or 1000 do
    if not reply:informational(act.informational or 103) then return end
  end
  answer(reply, act)
end

--- Sends about `bytes` (1 MiB) of headers in lines of `line` (4096) bytes, then the body.
function on_request.huge_headers(reply, act)
  local line, left = act.line or 4096, act.bytes or MEGABYTE
  local fields = fields_of(act)
  while left > 0 do
    fields[#fields + 1] = { string.format("X-Filler-%d", #fields), ("x"):rep(line) }
    left = left - line
  end
  local body = body_of(act)
  reply:head(act.status or 200, fields, { length = #body })
  reply:data(body)
  reply:finish()
end

--- Sends a body of `bytes` (64 MiB), of declared length or `chunked`.
function on_request.huge_body(reply, act)
  local size = act.bytes or BOMB_SIZE
  reply:head(act.status or 200, fields_of(act),
    { length = not act.chunked and size or nil, chunked = act.chunked })
  if fill(reply, size) then reply:finish() end
end

--- A body of zeros: `bytes` (64 MiB) after decoding. The brotli one has 64 MiB and nothing else.
on_request.gzip_bomb = bomb("gzip", function(size) return bombs.gzip(size or BOMB_SIZE) end)
on_request.zstd_bomb = bomb("zstd", function(size) return bombs.zstd(size or BOMB_SIZE) end)
on_request.brotli_bomb = bomb("br", bombs.brotli)

--- Redirects to `to`.
function on_request.redirect(reply, act)
  reply:head(act.status or 302, fields_of(act, { { "Location", act.to } }), { length = 0 })
  reply:finish()
end

-- On a request: HTTP/2 only ---------------------------------------------------------------------

--- Sends GOAWAY with `last_stream_id` (default: this one) and `code` (0); answers if that covers
--- the stream and `answer` is not false, then closes; `linger` seconds after the GOAWAY (0). Acts
--- on the headers, before the body.
function on_request.goaway_after_headers(reply, act)
  need_h2(reply)
  local last = act.last_stream_id or reply.id
  reply:go_away(last, act.code or 0)
  if act.linger and not reply:pause(act.linger) then return end
  if last >= reply.id and act.answer ~= false then answer(reply, act) end
  reply.connection:close()
end

--- Sends GOAWAY and works on this stream and later ones no more; those before it are answered. The
--- connection is closed after `linger` seconds (0). `ping`: asks for an answer to the last.
function on_request.leave_out(reply, act)
  need_h2(reply)
  if act.ping then reply:ping() end
  reply:go_away(reply.session.last, 0)
  reply.connection:pause(act.linger or 0)
  reply.connection:close()
end

--- Sends what is chosen of an answer, and then ends the connection: `interim` (a status 1xx),
--- `status` (false: no head), `length` (to declare), `body`, `finish` (end the stream), and
--- `ending`: "frame" (an error of the connection), "goaway", "fin" or "rst".
function on_request.h2_part(reply, act)
  need_h2(reply)
  if act.interim then reply:informational(act.interim) end
  if act.status ~= false then
    reply:head(act.status or 200, fields_of(act), { length = act.length })
    reply:data(act.body or "")
    if act.finish then reply:finish() end
  end
  if act.ending == "frame" then reply:wrong_frame() end
  if act.ending == "goaway" then reply:go_away(reply.id, 0) end
  reply.connection:close(act.ending == "rst" and "rst" or "fin")
end

--- Resets the stream with REFUSED_STREAM: the request was not processed.
function on_request.refused_stream(reply)
  need_h2(reply)
  reply:reset_stream(REFUSED_STREAM)
end

--- Resets the stream with `code` (INTERNAL_ERROR); with `goaway` after a GOAWAY that counts it in,
--- with `close` before closing the connection.
function on_request.rst_stream(reply, act)
  need_h2(reply)
  if act.goaway then reply:go_away(reply.id, 0) end
  reply:reset_stream(act.code or INTERNAL_ERROR)
  if act.close then reply.connection:close() end
end

--- Sends a frame that HTTP/2 forbids, so that the client gives the connection up.
function on_request.break_protocol(reply)
  need_h2(reply)
  reply:raw("\0\0\1\8\0\0\0\0\0\0") -- WINDOW_UPDATE of one byte
end

local behaviours = {}

for name, run in pairs(on_accept) do behaviours[name] = { at = "accept", run = run } end
for name, run in pairs(on_request) do behaviours[name] = { at = "request", run = run } end
behaviours.goaway_after_headers.is_early = true
behaviours.leave_out.is_early, behaviours.leave_out.leaves_out = true, true

return behaviours
