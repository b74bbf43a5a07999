-- User instructions of one call, as `make bench-instructions` counts them: of the library, Lua,
-- libcurl and libc together, over HTTP/1.1 without TLS. `make test` fails above one by more than
-- 3 %. What an improvement leaves is written down here with it.
return {
  get = { ["lua5.4"] = 182000, ["luajit -joff"] = 155000 },
  create = { ["lua5.4"] = 540000, ["luajit -joff"] = 334000 },
  ["422"] = { ["lua5.4"] = 328000, ["luajit -joff"] = 233000 },
  ["422 of a create"] = { ["lua5.4"] = 981000, ["luajit -joff"] = 593000 },
}
