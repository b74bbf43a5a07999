-- Changes that no spec is to notice, because nothing that is promised differs, each with the
-- reason. `make mutate` leaves them out. A change is known by its file and by the line before and
-- after it, in any place of the file, or by the line before alone: then any change of it is meant;
-- a line that says little, by the one above it as well.
--
--   same      the program does the same: another way to say it, or what cannot happen
--   slower    only the time, the memory or the number of system calls differs
--   elsewhere only another libcurl or another system would show it
--   words     only a text for people differs

return {
  {
    file = "csrc/core/sp_multi.c", slower = "kicks libcurl more often than there is need",
    before = "if (multi->unsent > 0 && multi->kick_ms <= now_ms)",
    after = "if (multi->unsent > 0 || multi->kick_ms <= now_ms)",
  },
  {
    file = "csrc/core/sp_multi.c", same = "libcurl has no other message",
    above = "if (message->msg != CURLMSG_DONE)", before = "continue;", after = "break;",
  },
  {
    file = "csrc/core/sp_transport.c",
    slower = "what is added again is due at once, and the step after takes the others",
    above = "add_again(transport, exchange))", before = "continue;", after = "break;",
  },
  {
    file = "lua/spherepay/loop/manual.lua",
    same = "nothing wakes it before it waits, which sets both",
    before = "local task = { thread = running(), waiting = false, woken = false }",
    after = "local task = { thread = running(), waiting = true, woken = false }",
  },
  {
    file = "csrc/core/sp_transport.c",
    slower = "the handle behind one that is busy is freed when that one is",
    above = "link = &old->next;", before = "continue;", after = "break;",
  },
  {
    file = "csrc/core/sp_transport.c",
    slower = "the child of a fork knows with its first answer what the server speaks",
    before = "transport->http1 = transport->http2 = false;",
    after = "transport->http1 = transport->http2 = true;",
  },
  {
    file = "csrc/core/sp_exchange.c", elsewhere = "the libcurl that runs does not read ahead",
    before = "!sp_tls_read_exactly(exchange->easy);",
    after = "sp_tls_read_exactly(exchange->easy);",
  },
  {
    file = "lua/spherepay/http/outcome.lua", same = "what is no JSON has no members",
    before = "if raw.body == nil or not raw.text then return nil end",
    after = "if raw.body == nil or not raw.text then end",
  },
  {
    file = "csrc/core/sp_decimal.c", slower = "every number goes the slow way, which is right",
    before = "decimal->digits = decimal->digits * 10 + (uint64_t)(*at - '0');",
    after = "decimal->digits = decimal->digits * 10 - (uint64_t)(*at - '0');",
  },
  {
    file = "csrc/core/sp_transport.c", slower = "what is due now is done a millisecond later",
    before = "sp_multi_due(transport->multi) > now_ms)",
    after = "sp_multi_due(transport->multi) >= now_ms)",
  },
  {
    file = "csrc/core/sp_process.c", elsewhere = "the libcurl that runs has HTTP/2",
    before = 'http2 ? " nghttp2/" : "", http2 ? http2 : "");',
    after = 'http2 ? " nghttp2/" : "x", http2 ? http2 : "");',
  },
  {
    file = "csrc/core/sp_multi.c", elsewhere = "the libcurl that runs has no such pool",
    before = "if (!sp_libcurl_has(SP_LIBCURL_RESOLVER_POOL))",
    after = "if (sp_libcurl_has(SP_LIBCURL_RESOLVER_POOL))",
  },
  {
    file = "lua/spherepay/verification/leaf.lua", same = "it takes what is equal",
    before = "if rank > worst then worst = rank end",
    after = "if rank >= worst then worst = rank end",
  },
  {
    file = "csrc/core/sp_engine.c", same = "the binding submits a call once, when it makes it",
    before = 'return sp_error_set(error, SP_ERR_INVALID, "submitted twice");', after = ";",
  },
  {
    file = "csrc/core/sp_json.c", slower = "a byte that is looked at closer than it needs",
    before = "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x30 */",
  },
  {
    file = "csrc/core/sp_json.c", slower = "a byte that is looked at closer than it needs",
    before = "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x40 */",
  },
  {
    file = "csrc/core/sp_json.c", slower = "a byte that is looked at closer than it needs",
    before = "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x60 */",
  },
  {
    file = "csrc/core/sp_json.c", slower = "a byte that is looked at closer than it needs",
    before = "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* 0x70 */",
  },
  {
    file = "csrc/binding/names.c", slower = "only where a name is kept differs",
    before = "place = ((unsigned)len + (unsigned char)text[0] * 7u +",
  },
  {
    file = "csrc/binding/names.c", slower = "only where a name is kept differs",
    before = "(unsigned char)text[len / 2] * 101u +",
  },
  {
    file = "csrc/binding/names.c", slower = "only where a name is kept differs",
    before = "(unsigned char)text[len - 1] * 29u) %",
  },
  {
    file = "csrc/core/sp_exchange.c",
    slower = "the form goes with the next use of the handle, or with the handle",
    above = "{",
    before = "sp_exchange_drop_form(exchange);",
    after = ";",
  },
  {
    file = "csrc/core/sp_buffer.c", slower = "a size to begin with",
    before = "enum { FIRST_CAPACITY = 256 };",
    after = "enum { FIRST_CAPACITY = 257 };",
  },
  {
    file = "csrc/core/sp_document.c", slower = "the size of a piece",
    before = "enum { CHUNK = 3 * 4096 };",
    after = "enum { CHUNK = 3 * 4097 };",
  },
  {
    file = "csrc/core/sp_document.c", same = "an open file can be looked at",
    above = "if (fstat(fd, &info) != 0)",
    before = "return fail(error, errno);",
    after = ";",
  },
  {
    file = "csrc/core/sp_decimal.c", slower = "more numbers go the slow way, which is right",
    before = "return decimal->count <= DIGITS_MAX;",
    after = "return decimal->count < DIGITS_MAX;",
  },
  {
    file = "csrc/core/sp_whole.c", same = "what is listed takes its place",
    before = 'const char *last = "";',
    after = 'const char *last = "x";',
  },
  {
    file = "csrc/core/sp_watch.c", same = "the name of a directory has characters",
    before = "if (len < 0 || (size_t)len >= sizeof directory) {",
    after = "if (len <= 0 || (size_t)len >= sizeof directory) {",
  },
  {
    file = "csrc/core/sp_process.c", elsewhere = "the libcurl that runs has TLS",
    before = 'version->ssl_version ? version->ssl_version : "",',
  },
  {
    file = "csrc/core/sp_result.c", elsewhere = "a number of newer versions of libcurl",
    before = "enum { TOO_LARGE = 100 }; /* what newer ones say */",
  },
  {
    file = "csrc/binding/module.c", words = "for messages of the auxiliary library",
    before = 'lua_setfield(L, -2, "__name");',
  },
  {
    file = "lua/spherepay/loop/nginx.lua", slower = "a semaphore more is made",
    before = "if #semaphores < POOL then semaphores[#semaphores + 1] = semaphore end",
    after = "if #semaphores < POOL then semaphores[#semaphores + 2] = semaphore end",
  },
  {
    file = "lua/spherepay/loop/nginx.lua", slower = "a handler drives its call itself",
    before = "if pump == self and not self.running and ngx.now() - since >= PATIENCE then",
    after = "if pump == self and not self.running and ngx.now() + since >= PATIENCE then",
  },
  {
    file = "lua/spherepay/loop/cqueues.lua", elsewhere = "only Lua 5.1 runs it",
    before = "return ok, ...",
  },
  {
    file = "lua/spherepay/testing/engine.lua", slower = "it is closed when it is collected",
    before = "self.real:close()",
  },
  {
    file = "csrc/binding/engine.c", slower = "Lua steps instead",
    before = "while (self->engine && !spL_isdone(waited) &&",
    after = "while (self->engine && spL_isdone(waited) &&",
  },
  {
    file = "lua/spherepay/async/spawned.lua", slower = "it sweeps more often",
    before = "self.sweep_at = math.max(SWEEP_AT, 2 * #left)",
    after = "self.sweep_at = math.min(SWEEP_AT, 2 * #left)",
  },
  {
    file = "lua/spherepay/resources/customer.lua", slower = "it sleeps in shorter pieces",
    before = "local left = math.max(ends - client.dispatcher:now(), 0.001)",
    after = "local left = math.min(ends - client.dispatcher:now(), 0.001)",
  },
  {
    file = "csrc/core/sp_exchange_setup.c", elsewhere = "the libcurl that runs has no use for it",
    above = 'strcmp(strchr(entry->d_name, \'\\0\') - 2, ".0") == 0)', before = "break;",
  },
  {
    file = "csrc/core/sp_multi.c", slower = "kicks libcurl more often than there is need",
    before = "if (multi->unsent > 0 && multi->kick_ms <= now_ms)",
    after = "if (multi->unsent >= 0 && multi->kick_ms <= now_ms)",
  },
  {
    file = "csrc/core/sp_watch.c", same = "no descriptor of it is that of standard input",
    before = "if (watch->epoll < 0 || watch->stop < 0 ||",
    after = "if (watch->epoll < 1 || watch->stop < 0 ||",
  },
  {
    file = "csrc/core/sp_exchange_setup.c", elsewhere = "the libcurl that runs has no use for it",
    before = "if (strlen(entry->d_name) > 2 &&",
  },
  {
    file = "csrc/core/sp_exchange_request.c", same = "the method goes out as it is named",
    before = 'bool is_get = strcmp(request->method, "GET") == 0;',
    after = 'bool is_get = strcmp(request->method, "GETx") == 0;',
  },
  {
    file = "csrc/core/sp_exchange_request.c",
    elsewhere = "libcurl 7.88 heeds it only while no connection is up; then the scout is alone",
    before = "SP_SET(PIPEWAIT, request->wait_for_connection ? 1L : 0L);",
  },
  {
    file = "csrc/binding/names.c", slower = "how many names are kept",
    before = "PLACES = 256,",
    after = "PLACES = 257,",
  },
  {
    file = "csrc/core/sp_transport.c", slower = "one handle more is kept",
    before = "if (!went_well || transport->pool_count >= POOL_MAX) {",
    after = "if (!went_well || transport->pool_count > POOL_MAX) {",
  },
  {
    file = "csrc/core/sp_transport.c", slower = "the clock is asked for the first alone, in vain",
    before = "int64_t enough_us = count > 1 ? sp_clock_us() + LOOK_US : 0;",
    after = "int64_t enough_us = count >= 1 ? sp_clock_us() + LOOK_US : 0;",
  },
  {
    file = "csrc/core/sp_decimal.c", same = "0 divides by 1 what it would multiply by 1",
    before = "if (decimal.exponent < 0)",
    after = "if (decimal.exponent < 1)",
  },
  {
    file = "lua/spherepay/resources/customer.lua",
    same = "either is chance in [0, 1) that the clock moves",
    before = "random = function() return (math.random() + client.dispatcher:now() * 1000) % 1 end,",
    after = "random = function() return (math.random() - client.dispatcher:now() * 1000) % 1 end,",
  },
  {
    file = "csrc/core/sp_document.c", slower = "a full piece is asked for no bytes once more",
    before = "while (len < CHUNK) {",
    after = "while (len <= CHUNK) {",
  },
  {
    file = "lua/spherepay/sandbox/worker.lua", slower = "it is closed when it is collected",
    above = 'data = file:read("*a")',
    before = "file:close()",
  },
  {
    file = "csrc/core/sp_watch.c", same = "no descriptor of it is that of standard input",
    before = "if (connection < 0 || is_own(connection, owner))",
    after = "if (connection < 1 || is_own(connection, owner))",
  },
  {
    file = "lua/spherepay/loop/nginx.lua",
    slower = "one that waits says so before each look; that one is gone is known a look sooner",
    before = "wait.silent = 0",
    after = "wait.silent = 1",
  },
  {
    file = "csrc/core/sp_secrets.c", same = "the condition above has read the same two digits",
    before = "value = hex_byte(text + at, len - at);",
    after = "value = hex_byte(text + at, len + at);",
  },
  {
    file = "csrc/core/sp_multi.c",
    slower = "what is gone counts among the unsent, so libcurl is kicked more often",
    before = "sp_multi_sent(exchange);",
  },
  {
    file = "csrc/core/sp_scout.c", slower = "the scout is waited for a five-hundredth longer",
    before = "int64_t half_ms = 500 * transport->settings->connect_timeout_s;",
    after = "int64_t half_ms = 501 * transport->settings->connect_timeout_s;",
  },
  {
    file = "csrc/binding/document.c", same = "Lua takes no result of a finalizer",
    above = "sp_buffer_wipe(&document->text);", before = "return 0;", after = "return 1;",
  },
  {
    file = "csrc/core/sp_exchange.c",
    elsewhere = "the libcurl that runs leaves words when it sends again what was not refused",
    before = "return exchange->refused && exchange->headers.seen == 0 &&",
    after = "return exchange->refused || exchange->headers.seen == 0 &&",
  },
  {
    file = "csrc/core/sp_exchange.c",
    elsewhere = "the libcurl that runs sends nothing again of which an answer has begun",
    before = "return exchange->refused && exchange->headers.seen == 0 &&",
    after = "return exchange->refused && exchange->headers.seen == 0 ||",
  },
  {
    file = "csrc/core/sp_exchange.c", same = "no text of libcurl has one character",
    before = "!exchange->detail[0];",
    after = "!exchange->detail[1];",
  },
  {
    file = "csrc/core/sp_scout.c", same = "no clock shows either any more",
    before = "return 0;",
    after = "return 1;",
  },
  {
    file = "csrc/core/sp_scout.c",
    slower = "what is heard in the millisecond of sending does not count",
    before = "if (scout->socket->heard_ms >= scout->sent_ms)",
    after = "if (scout->socket->heard_ms > scout->sent_ms)",
  },
  {
    file = "csrc/core/sp_scout.c", slower = "the others of a burst wait a quarter of a second",
    above = "if (scout->socket->heard_ms >= scout->sent_ms)",
    before = "return 0;",
    after = ";",
  },
  {
    file = "csrc/core/sp_scout.c", slower = "the scout is waited for a quarter of a second longer",
    before = "return scout->sent_ms + SETTLE_MS < until_ms ? scout->sent_ms + SETTLE_MS",
    after = "return scout->sent_ms - SETTLE_MS < until_ms ? scout->sent_ms + SETTLE_MS",
  },
  {
    file = "csrc/core/sp_scout.c", same = "both are the same there",
    before = "return scout->sent_ms + SETTLE_MS < until_ms ? scout->sent_ms + SETTLE_MS",
    after = "return scout->sent_ms + SETTLE_MS <= until_ms ? scout->sent_ms + SETTLE_MS",
  },
  {
    file = "csrc/core/sp_scout.c", slower = "a millisecond longer",
    before = "return now_ms < sp_scout_until(transport) && may_share(transport, call);",
    after = "return now_ms <= sp_scout_until(transport) && may_share(transport, call);",
  },
  {
    file = "csrc/core/sp_scout.c", same = "half of the least time is half a second",
    before = "half_ms > 0 && half_ms < CONNECT_MAX_MS ? half_ms : CONNECT_MAX_MS);",
    after = "half_ms >= 0 && half_ms < CONNECT_MAX_MS ? half_ms : CONNECT_MAX_MS);",
  },
  {
    file = "csrc/core/sp_scout.c", same = "half of the least time is half a second",
    before = "half_ms > 0 && half_ms < CONNECT_MAX_MS ? half_ms : CONNECT_MAX_MS);",
    after = "half_ms > 1 && half_ms < CONNECT_MAX_MS ? half_ms : CONNECT_MAX_MS);",
  },
  {
    file = "csrc/core/sp_scout.c",
    slower = "a scout that does not come up is waited for two seconds longer",
    before = "half_ms > 0 && half_ms < CONNECT_MAX_MS ? half_ms : CONNECT_MAX_MS);",
    after = "half_ms > 0 || half_ms < CONNECT_MAX_MS ? half_ms : CONNECT_MAX_MS);",
  },
  {
    file = "csrc/core/sp_scout.c", same = "both are the same there",
    before = "half_ms > 0 && half_ms < CONNECT_MAX_MS ? half_ms : CONNECT_MAX_MS);",
    after = "half_ms > 0 && half_ms <= CONNECT_MAX_MS ? half_ms : CONNECT_MAX_MS);",
  },
  {
    file = "csrc/core/sp_decimal.c", elsewhere = 'with glibc the locale "C" is always there',
    above = "if (c_locale == (locale_t)0)",
    before = "return false;",
    after = ";",
  },
  {
    file = "csrc/core/sp_transport.c",
    slower = "what stays finds the place that the timeout freed, and dodges the connection",
    above = "if (!exchange->is_unsent)",
    before = "continue;",
    after = "break;",
  },
  {
    file = "csrc/core/sp_result.c",
    same = "libcurl says none of the words when it, or who takes the answer, ended otherwise",
    before = "if (code == CURLE_OK || exchange->fault != SP_OK)",
    after = "if (code == CURLE_OK && exchange->fault != SP_OK)",
  },
  {
    file = "csrc/core/sp_result.c",
    same = "libcurl says none of the words when it, or who takes the answer, ended otherwise",
    above = "if (code == CURLE_OK || exchange->fault != SP_OK)",
    before = "return;",
    after = ";",
  },
  {
    file = "lua/spherepay/options/suggest.lua", same = "either is the same there",
    before = "return a < b and a or b",
    after = "return a <= b and a or b",
  },
  {
    file = "lua/spherepay/options/suggest.lua", same = "no letter is before the first",
    before = "local swapped = i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - "
      .. "1) == b:byte(j)",
    after = "local swapped = i >= 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i "
      .. "- 1) == b:byte(j)",
  },
  {
    file = "lua/spherepay/options/suggest.lua", same = "no letter is before the first",
    before = "local swapped = i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - "
      .. "1) == b:byte(j)",
    after = "local swapped = i > 1 and j >= 1 and a:byte(i) == b:byte(j - 1) and a:byte(i "
      .. "- 1) == b:byte(j)",
  },
  {
    file = "lua/spherepay/options/suggest.lua", same = "an empty name is wrong in all its letters",
    before = 'if type(name) ~= "string" or name == "" or #name > MAX_NAME then return nil end',
    after = 'if type(name) ~= "string" or name == "x" or #name > MAX_NAME then return nil end',
  },
  {
    file = "lua/spherepay/resources/perform.lua",
    same = "the path does not begin with it, and it is no pattern",
    before = "local is_other = step.endpoint.path:find(REPRESENTATIVE, 1, true)",
  },
  {
    file = "lua/spherepay/gate/breaker.lua", same = "no clock hits that moment",
    before = "return kind, till - self.now() <= wait + clock.SKEW and till or self.now(), wait",
    after = "return kind, till - self.now() < wait + clock.SKEW and till or self.now(), wait",
  },
  {
    file = "lua/spherepay/gate/breaker.lua", same = "no clock hits that moment",
    before = "if till and (till > self.now() or not probed) then return false end -- known, "
      .. "or of before",
    after = "if till and (till >= self.now() or not probed) then return false end -- "
      .. "known, or of before",
  },
  {
    file = "lua/spherepay/gate/breaker.lua", same = "either is too few",
    before = 'return (self.dict:incr(self.prefix .. "n", 1, 0, WINDOW) or 0) >= FAILURES',
    after = 'return (self.dict:incr(self.prefix .. "n", 1, 0, WINDOW) or 1) >= FAILURES',
  },
  {
    file = "lua/spherepay/gate/breaker.lua",
    same = "who closes it deletes this, too, and nobody asks before",
    before = 'self.dict:delete(self.prefix .. "n")',
  },
  {
    file = "lua/spherepay/gate/breaker.lua",
    same = "who opens it deletes this, too, and nobody asks before",
    above = 'self.dict:delete(self.prefix .. "b")',
    before = 'self.dict:delete(self.prefix .. "p")',
  },
  {
    file = "lua/spherepay/options/blame.lua", same = "whoever blames has a frame of its own",
    before = "local level = 2",
    after = "local level = 3",
  },
  {
    file = "lua/spherepay/sandbox/multipart.lua",
    same = "what stands before the first header is no header",
    before = 'local name, part = parse_part((body:sub(past + 1, last):gsub("^\\r?\\n", "")))',
    after = 'local name, part = parse_part((body:sub(past - 1, last):gsub("^\\r?\\n", "")))',
  },
  {
    file = "lua/spherepay/client.lua",
    slower = "what it inherits has none, either, and is asked for each call",
    before = "hooks = false,",
  },
  {
    file = "csrc/core/sp_journal.c", same = "an open file can be read",
    above = "if (got < 0 && errno != EINTR)",
    before = "return fail(error);",
    after = ";",
  },
  {
    file = "csrc/core/sp_refusal.c", same = "at its end no words start",
    before = "for (; text.at < text.end; text.at++) {",
    after = "for (; text.at <= text.end; text.at++) {",
  },
  {
    file = "lua/spherepay/privacy/forms.lua",
    slower = "what is remembered is looked at all the same",
    before = "if is_fine and count < MAX_KNOWN then known[step], count = true, count + 1 end",
    after = "if is_fine and count < MAX_KNOWN then known[step], count = false, count + 1 end",
  },
  {
    file = "csrc/core/sp_multi.c", same = "both are the same there",
    before = "return multi->unsent > 0 && multi->kick_ms < multi->due_ms ? multi->kick_ms",
    after = "return multi->unsent > 0 && multi->kick_ms <= multi->due_ms ? multi->kick_ms",
  },
  {
    file = "csrc/core/sp_decimal.c", elsewhere = 'with glibc the locale "C" is always there',
    above = "if (c_locale == (locale_t)0)",
    before = "return false;",
    after = "return true;",
  },
  {
    file = "lua/spherepay/async/dispatcher.lua",
    slower = "between two that are run, nothing is run",
    before = "self.due_last = self.due_last + 1",
    after = "self.due_last = self.due_last + 2",
  },
  {
    file = "lua/spherepay/async/dispatcher.lua", same = "what is not there is not true, either",
    before = "on_news = false,",
  },
  {
    file = "lua/spherepay/async/dispatcher.lua", same = "what is not there is not true, either",
    before = "uploads = false, -- call -> { fn, last }: who is told how much was sent; "
      .. "false: nobody",
    after = "-- call -> { fn, last }: who is told how much was sent; false: nobody",
  },
  {
    file = "lua/spherepay/async/dispatcher.lua",
    words = "only what stands above a traceback differs",
    before = 'self.on_fault = function(err) self.report(err, debug.traceback("", 2)) end',
  },
  {
    file = "lua/spherepay/privacy/forms.lua", slower = "one more is remembered",
    before = "if is_fine and count < MAX_KNOWN then known[step], count = true, count + 1 end",
    after = "if is_fine and count <= MAX_KNOWN then known[step], count = true, count + 1 end",
  },
  {
    file = "lua/spherepay/verification/render.lua", same = "only how many there are is asked",
    before = 'local _, continuation = text:gsub("[\\128-\\191]", "")',
    after = 'local _, continuation = text:gsub("[\\128-\\191]", "x")',
  },
  {
    file = "lua/spherepay/options/checks.lua", same = "a whole number is both",
    before = "if fits and value == math.floor(value) then return math.floor(value) end",
  },
  {
    file = "lua/spherepay/http/numbers.lua", same = "a whole number is both",
    before = "if number == math.floor(number) and number > -EXACT and number < EXACT then",
    after = "if number == math.ceil(number) and number > -EXACT and number < EXACT then",
  },
  {
    file = "lua/spherepay/sandbox/ports.lua", elsewhere = "the system has /dev/urandom",
    before = "if not file then return FIRST + math.random(0, COUNT - 1) end",
    after = "if not file then return FIRST + math.random(0, COUNT + 1) end",
  },
  {
    file = "csrc/binding/call.c", slower = "no ended call is kept for the next",
    before = "if (engine->engine && !engine->spare)",
    after = "if (engine->engine && engine->spare)",
  },
  {
    file = "lua/spherepay/http/hints.lua",
    same = "neither begins the text, and a number is no pattern",
    before = 'if text:find("Empty reply", 1, true) or text:find("HTTP/0.9", 1, true) or',
    after = 'if text:find("Empty reply", 1, true) or text:find("HTTP/0.9", 2, true) or',
  },
  {
    file = "lua/spherepay/options/init.lua", same = "what is no string is compared with none",
    before = 'if type(name) ~= "string" then return nil end',
    after = 'if type(name) ~= "string" then end',
  },
  {
    file = "lua/spherepay/gate/cache.lua", same = "any word that is no name will do",
    before = 'local FIRST = "0"',
    after = 'local FIRST = "x"',
  },
  {
    file = "lua/spherepay/gate/cache.lua", same = "no clock hits that moment",
    before = "if left > MAX_FAILURE_TTL + clock.SKEW then",
    after = "if left >= MAX_FAILURE_TTL + clock.SKEW then",
  },
  {
    file = "lua/spherepay/loop/nginx.lua", slower = "a handler drives its call itself",
    before = "self.running = true",
  },
  {
    file = "lua/spherepay/http/json.lua", slower = "the same bytes in more parts",
    before = 'if type(part) ~= "string" then',
    after = 'if type(part) ~= "strinx" then',
  },
  {
    file = "lua/spherepay/cli/files.lua", slower = "it is closed when it is collected",
    before = "pipe:close()",
    after = "",
  },
  {
    file = "lua/spherepay/sandbox/stamp.lua", same = "any number begins a row of its own",
    before = "local state = math.floor(seed) % (MODULUS - 1) + 1",
    after = "local state = math.ceil(seed) % (MODULUS - 1) + 1",
  },
  {
    file = "lua/spherepay/params/rules.lua", same = "only how many there are is asked",
    before = 'local _, count = text:gsub("[^\\128-\\191]", "")',
    after = 'local _, count = text:gsub("[^\\128-\\191]", "x")',
  },
  {
    file = "lua/spherepay/params/rules.lua", slower = "as many bytes hold no more characters",
    before = "return #text > max and length(text) > max",
    after = "return #text >= max and length(text) > max",
  },
  {
    file = "lua/spherepay/privacy/forms.lua", same = "only how many there are is asked",
    before = 'local _, count = text:gsub("[0-9]", "")',
    after = 'local _, count = text:gsub("[0-9]", "x")',
  },
  {
    file = "lua/spherepay/privacy/forms.lua", slower = "it counts them",
    before = 'if not text:find("[0-9]") then return 0 end',
    after = 'if not text:find("[0-9]") then end',
  },
  {
    file = "lua/spherepay/privacy/forms.lua",
    slower = "what is remembered is looked at all the same",
    before = "if known[step] then return true end",
    after = "if known[step] then end",
  },
  {
    file = "lua/spherepay/privacy/forms.lua",
    slower = "what is remembered is looked at all the same",
    before = "if known[text] then return text end",
    after = "if known[text] then end",
  },
  {
    file = "lua/spherepay/privacy/forms.lua", slower = "nothing is remembered",
    before = "if is_fine and count < MAX_KNOWN then known[step], count = true, count + 1 end",
    after = "if is_fine and count < MAX_KNOWN then end",
  },
  {
    file = "lua/spherepay/privacy/forms.lua", slower = "fewer are remembered",
    before = "if is_fine and count < MAX_KNOWN then known[step], count = true, count + 1 end",
    after = "if is_fine and count < MAX_KNOWN then known[step], count = true, count + 2 end",
  },
  {
    file = "lua/spherepay/privacy/forms.lua", slower = "nothing is remembered",
    before = "if masked == text and count < MAX_KNOWN then known[text], count = true, count "
      .. "+ 1 end",
    after = "if masked == text and count < MAX_KNOWN then end",
  },
  {
    file = "lua/spherepay/privacy/forms.lua",
    slower = "what is remembered is looked at all the same",
    before = "if masked == text and count < MAX_KNOWN then known[text], count = true, count "
      .. "+ 1 end",
    after = "if masked == text and count < MAX_KNOWN then known[text], count = false, "
      .. "count + 1 end",
  },
  {
    file = "lua/spherepay/privacy/forms.lua", slower = "fewer are remembered",
    before = "if masked == text and count < MAX_KNOWN then known[text], count = true, count "
      .. "+ 1 end",
    after = "if masked == text and count < MAX_KNOWN then known[text], count = true, count + 2 end",
  },
  {
    file = "lua/spherepay/privacy/forms.lua", slower = "one more is remembered",
    before = "if masked == text and count < MAX_KNOWN then known[text], count = true, count "
      .. "+ 1 end",
    after = "if masked == text and count <= MAX_KNOWN then known[text], count = true, "
      .. "count + 1 end",
  },
  {
    file = "lua/spherepay/privacy/forms.lua", slower = "one less is remembered",
    before = "local known, count = {}, 0",
    after = "local known, count = {}, 1",
  },
  {
    file = "lua/spherepay/privacy/forms.lua", slower = "one more is remembered",
    before = "local MAX_KNOWN = 256",
    after = "local MAX_KNOWN = 257",
  },
  {
    file = "lua/spherepay/gate/recent.lua", same = "no clock hits that moment",
    before = "if now >= till or till - now > SET_BACK then return nil end",
    after = "if now >= till or till - now >= SET_BACK then return nil end",
  },
  {
    file = "lua/spherepay/gate/counters.lua", same = "nothing is added",
    before = "if count > 0 then",
    after = "if count >= 0 then",
  },
  {
    file = "lua/spherepay/http/hints.lua", same = "neither text begins with it",
    before = 'ascii.lower(text):find("weird server reply", 1, true) then',
    after = 'ascii.lower(text):find("weird server reply", 2, true) then',
  },
  {
    file = "lua/spherepay/http/hints.lua", same = "neither text begins with it",
    before = 'return text:find(" via ", 1, true) ~= nil',
    after = 'return text:find(" via ", 2, true) ~= nil',
  },
  {
    file = "csrc/core/sp_exchange_setup.c", elsewhere = "the libcurl that runs trusts nobody else",
    before = "if (!path)",
  },
  {
    file = "csrc/core/sp_exchange_setup.c", elsewhere = "the libcurl that runs trusts nobody else",
    before = "return curl_easy_setopt(easy, CURLOPT_CAPATH, EMPTY_DIRECTORY);",
  },
  {
    file = "csrc/core/sp_exchange_setup.c", elsewhere = "the libcurl that runs trusts nobody else",
    before = "if (!any_certificate(path, certificate, sizeof certificate))",
  },
  {
    file = "csrc/core/sp_exchange_setup.c", elsewhere = "the libcurl that runs trusts nobody else",
    before = "return CURLE_SSL_CACERT_BADFILE;",
  },
  {
    file = "csrc/core/sp_exchange_setup.c", elsewhere = "the libcurl that runs trusts nobody else",
    before = "return curl_easy_setopt(easy, CURLOPT_CAINFO, certificate);",
  },
  {
    file = "csrc/core/sp_exchange_verdict.c", same = "no text of libcurl has one character",
    before = "exchange->detail[0] ? exchange->detail : curl_easy_strerror(code);",
    after = "exchange->detail[1] ? exchange->detail : curl_easy_strerror(code);",
  },
  {
    file = "csrc/core/sp_fold.c", same = "what ends the text ends the loop",
    above = "if (byte < 0)",
    before = "break;",
    after = "continue;",
  },
  {
    file = "lua/spherepay/sandbox/shell.lua", same = "the low byte is zero there",
    before = "return signal > 0 and 128 + signal or math.floor(first / 256)",
    after = "return signal > 0 and 128 + signal or math.ceil(first / 256)",
  },
  {
    file = "lua/spherepay/loop/cqueues.lua", slower = "a sleeper more is made",
    before = "if #sleepers < SLEEPERS then sleepers[#sleepers + 1] = sleeper end",
    after = "if #sleepers < SLEEPERS then sleepers[#sleepers - 1] = sleeper end",
  },
  {
    file = "lua/spherepay/gate/flights.lua",
    slower = "the semaphore is posted once more, and not kept for another",
    before = "flight.waiting = flight.waiting + 1",
    after = "flight.waiting = flight.waiting + 2",
  },
  {
    file = "csrc/binding/suspects.c",
    same = "a string of Lua ends with a byte of zero, which ends the look",
    before = "if (is_word_of_secrets(text + at, len - at))",
    after = "if (is_word_of_secrets(text + at, len + at))",
  },
  {
    file = "csrc/binding/suspects.c", slower = "one character more is looked at closer",
    before = "if ((unsigned char)text[at] < 0x80)",
    after = "if ((unsigned char)text[at] <= 0x80)",
  },
  {
    file = "csrc/binding/suspects.c",
    same = "the ends of the text are looked at first, and one of two spaces is enough",
    before = "if (at > 0 && text[at - 1] == ' ')",
    after = "if (at >= 0 && text[at - 1] == ' ')",
  },
  {
    file = "csrc/binding/suspects.c",
    same = "the ends of the text are looked at first, and one of two spaces is enough",
    before = "if (at > 0 && text[at - 1] == ' ')",
    after = "if (at > 1 && text[at - 1] == ' ')",
  },
  {
    file = "csrc/binding/suspects.c",
    same = "the ends of the text are looked at first, and one of two spaces is enough",
    before = "if (at > 0 && text[at - 1] == ' ')",
    after = "if (at > 0 && text[at + 1] == ' ')",
  },
  {
    file = "lua/spherepay/params/names.lua", same = "a string has no names in it",
    before = 'elseif field.of and field.of ~= "string" then',
    after = 'elseif field.of and field.of ~= "strinx" then',
  },
  {
    file = "lua/spherepay/params/names.lua", same = "what is of no type has no names in it",
    before = 'elseif field.of and field.of ~= "string" then',
    after = 'elseif field.of or field.of ~= "string" then',
  },
  {
    file = "csrc/core/sp_exchange_verdict.c",
    same = "a trailer that is too long was found before, by the same words",
    before = 'strstr(exchange->detail, "emory") == NULL;',
    after = 'strstr(exchange->detail, "emorx") == NULL;',
  },
}
