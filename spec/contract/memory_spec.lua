-- When libcurl gets no memory, every call ends in time, says so, and the next one works. Shown in
-- child processes, with a library that takes libcurl's memory away.

local helper = require "spec.contract.helper"

local PRELUDE = [[
  local starve = package.loadlib("%s", "luaopen_starve")()
  local spherepay = require "spherepay"
  local socket = require "socket"
  local options = {
    token = "%s", base_url = "%s", max_retries = 1, deadline = 3, rate_limit = false,
  }
  local wrong = {}
  local function note(n, what) wrong[#wrong + 1] = n .. ": " .. what end
  -- One call with memory gone from the n-th allocation on: what it said, after it ended in time.
  local function starved(client, n, count)
    local began, cpu = socket.gettime(), os.clock()
    starve(n, count)
    local ok, value, err = pcall(client.customer.get, "customer_sample1")
    local failures = starve()
    if not ok then note(n, "raised " .. tostring(value)) end
    if socket.gettime() - began > 3.5 then note(n, "was late") end
    if os.clock() - cpu > 1 then note(n, "spun") end
    if ok and value == nil and type(err) ~= "table" then note(n, "no error") end
    return failures, ok and err
  end
]]

local function finish(script)
  return script .. "\nprint(table.concat(wrong, '\\n'))"
end

describe("memory that runs out in libcurl", function()
  local server, library

  local function child(script)
    local out, code = helper.child(PRELUDE:format(library, helper.TOKEN, server:url())
      .. finish(script), { preload = library })
    assert.same({ "\n", 0 }, { out, code })
  end

  setup(function()
    library = helper.module "starve.c"
    server = helper.fault.start {}
    helper.clear(server)
  end)
  teardown(function()
    os.remove(library)
    server:stop()
  end)

  it("ends each call in time, wherever it begins, and for good", function()
    child [[
      local said = 0
      options.max_retries = 0
      for n = 1, 160 do
        local client = spherepay.new(options)
        local failures, err = starved(client, n)
        if failures > 0 and err and tostring(err):lower():find("out of memory", 1, true) then
          said = said + 1
        end
        if err and tostring(err):find("Failed initialization", 1, true) then
          note(n, "does not say why: " .. tostring(err))
        end
        local customer, problem = client.customer.get("customer_sample1")
        if not customer then note(n, "not again: " .. tostring(problem)) end
        client:close()
      end
      if said < 60 then note(said, "said it too seldom") end
    ]]
  end)

  it("ends each call in time on a client that is warm, where one allocation fails", function()
    child [[
      local client = spherepay.new(options)
      client.customer.get("customer_sample1")
      for n = 1, 90 do
        starved(client, n, 1)
        local customer, problem = client.customer.get("customer_sample1")
        if not customer then note(n, "not again: " .. tostring(problem)) end
      end
    ]]
  end)

  it("ends tasks and sleeps too, and a client with nothing under way does not spin", function()
    child [[
      options.max_retries = 1
      for n = 1, 160, 40 do
        local client = spherepay.new(options)
        local ended = 0
        starve(n)
        for _ = 1, 3 do
          client:spawn(function()
            client.customer.get("customer_sample1")
            ended = ended + 1
          end)
        end
        local began, cpu = socket.gettime(), os.clock()
        client:run()
        client:step(0.05)
        starve()
        if ended ~= 3 then note(n, ended .. " ended") end
        if socket.gettime() - began > 4 then note(n, "was late") end
        if os.clock() - cpu > 1 then note(n, "spun") end
        client:close()
      end
    ]]
  end)
end)
