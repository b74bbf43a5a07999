-- Changes that no spec is to notice, because nothing that is promised differs, each with the
-- reason. `make mutate` leaves them out. A change is known by its file and by the line before and
-- after it, in any place of the file; a line that says little, by the one above it as well.
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
}
