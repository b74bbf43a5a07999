-- luarocks --lua-version 5.4 make rockspec/spherepay-0.1.0-1.rockspec
-- (with --deps-mode none where argparse comes from the system)
rockspec_format = "3.0"
package = "spherepay"
version = "0.1.0-1"

-- Not published: `luarocks make` takes the tree it stands in.
source = {
  url = "file://.",
}

description = {
  summary = "SpherePay customers from Lua: create, get, update, and judge their verification",
  detailed = [[
    A C core on libcurl that never sends twice, never hangs its host and maps answers to tables,
    with a Lua API for customers and for KYC/KYB verification. Lua 5.1 to 5.5 and LuaJIT; scripts,
    OpenResty and nginx, luv, cqueues, and loops of one's own.
  ]],
  license = "MIT",
}

dependencies = {
  "lua >= 5.1, < 5.6",
  "lua-cjson >= 2.1.0",
  "argparse >= 0.7.1",
}

-- libcurl 7.87 or newer with its headers is found by pkg-config, which knows the directories of
-- multiarch systems; LuaRocks does not.

build = {
  type = "make",
  makefile = "Makefile",
  build_target = "rock",
  install_target = "install-rock",
  build_variables = {
    CFLAGS = "$(CFLAGS)",
    LUA_INCDIR = "$(LUA_INCDIR)",
  },
  install_variables = {
    INST_LIBDIR = "$(LIBDIR)",
    INST_LUADIR = "$(LUADIR)",
    INST_BINDIR = "$(BINDIR)",
  },
}
