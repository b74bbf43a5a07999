-- What one call may cost, as `make bench-instructions` counts it: user instructions of the library,
-- Lua, libcurl and libc together, and system calls. `make test` fails above one by more than 3 %.
-- What an improvement leaves is written down here with it.

local OVER_TLS = "get over TLS and HTTP/2"

local instructions = {
  get = { ["lua5.4"] = 182000, ["luajit -joff"] = 155000 },
  [OVER_TLS] = { ["lua5.4"] = 248000, ["luajit -joff"] = 220000 },
  create = { ["lua5.4"] = 540000, ["luajit -joff"] = 334000 },
  ["422"] = { ["lua5.4"] = 328000, ["luajit -joff"] = 233000 },
  ["422 of a create"] = { ["lua5.4"] = 981000, ["luajit -joff"] = 593000 },
}

-- Of libcurl 8, which takes more for itself over HTTP/2.
local newer = setmetatable({
  [OVER_TLS] = { ["lua5.4"] = 275000, ["luajit -joff"] = 248000 },
}, { __index = instructions })

-- By libcurl's major version. One system call is the wait for the answer, which is there already
-- where the process is slow. Libcurl 8 reads before it waits, in vain where it is fast.
return {
  [7] = {
    instructions = instructions,
    system_calls = { get = 6, [OVER_TLS] = 9.5, create = 7, ["422"] = 6, ["422 of a create"] = 7 },
  },
  [8] = {
    instructions = newer,
    system_calls = { get = 8, [OVER_TLS] = 11, create = 9, ["422"] = 8, ["422 of a create"] = 9 },
  },
}
