-- What one call may cost, as `make bench-instructions` counts it: user instructions of the library,
-- Lua, libcurl and libc together, and system calls. `make test` fails above one by more than 3 %.
-- What an improvement leaves is written down here with it.
return {
  instructions = {
    get = { ["lua5.4"] = 182000, ["luajit -joff"] = 155000 },
    ["get over TLS and HTTP/2"] = { ["lua5.4"] = 248000, ["luajit -joff"] = 220000 },
    create = { ["lua5.4"] = 540000, ["luajit -joff"] = 334000 },
    ["422"] = { ["lua5.4"] = 328000, ["luajit -joff"] = 233000 },
    ["422 of a create"] = { ["lua5.4"] = 981000, ["luajit -joff"] = 593000 },
  },
  -- One of them is the wait for the answer, which is there already where the process is slow.
  system_calls = {
    get = 6, ["get over TLS and HTTP/2"] = 9, create = 7, ["422"] = 6, ["422 of a create"] = 7,
  },
}
