#!/usr/bin/env lua5.4
-- The command `spherepay`; its subcommands are the files beside this one. `make install` and `make
-- env` write a copy of it for the Lua that it is installed for.
os.exit(require("spherepay.cli").run(arg), true)
