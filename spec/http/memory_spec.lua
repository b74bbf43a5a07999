-- Lua runs out of memory at each allocation of a decoding in turn: the text is never called wrong,
-- nothing is lost, and the same Lua then decodes it.

local helper = require "spec.contract.helper"

local SCRIPT = [==[
  local text = '{"a":[1,2.5,"text",{"b":null},[]],"name":"' .. ("long "):rep(30) .. '\\n","c":{}}'
  local array_mt, allocations, refused = {}, 0, 0
  while true do
    local value, message = limited(allocations, text, array_mt)
    if value then break end
    assert(message == "out of memory" or message == "not enough memory", message)
    refused, allocations = refused + 1, allocations + 1
    assert(allocations < 1000)
  end
  local value = assert(limited(-1, text, array_mt))
  assert(#value.a == 5 and getmetatable(value.a) == array_mt)
  print(refused > 5)
]==]

describe("decoding without memory", function()
  it("says so at whichever allocation it is, and loses nothing", function()
    local program = helper.program "small_memory.c"
    local out, code = helper.child(SCRIPT, { program = program })
    os.remove(program)
    if code == 77 then return pending "this Lua takes no allocator" end
    assert.equal("true\n", out)
    assert.equal(0, code)
  end)
end)

describe("an answer for which memory is too small", function()
  it("is an error that says so, and the host lives on", function()
    if os.getenv "ASAN_OPTIONS" then return end -- it needs all of the address space
    local server = helper.fault.start()
    server:default { "answer", body = "[" .. ("{},"):rep(1000000) .. "0]" }
    local lua = rawget(_G, "jit") and "luajit" or _VERSION:lower():gsub(" ", "")
    local out, code = helper.child(([[
      local client = require "spherepay".new {
        token = "key", base_url = %q, max_body = 16 * 1048576, max_retries = 0,
      }
      local value, err = client:request("POST", "/v2/x")
      print(value, err.kind, err.maybe_applied, err.message)
    ]]):format(server:url()), { program = "sh -c 'ulimit -v 110000; exec " .. lua .. " -'" })
    server:stop()
    assert.equal("nil\tprotocol\ttrue\tHTTP 200 with a body for which there is not enough memory\n",
      out)
    assert.equal(0, code)
  end)
end)
