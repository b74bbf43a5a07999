-- The rate limit that four processes share through a real Redis, seen where the requests arrive.

local fault = require "spec.support.fault"
local nginx = require "spec.support.nginx"
local redis = require "spec.support.redis"
local shell = require "spherepay.sandbox.shell"
local socket = require "socket"
local spherepay = require "spherepay"

-- The library is the same on every Lua; two of them have to do.
if _VERSION ~= "Lua 5.4" and not rawget(_G, "jit") then return end

local library = redis.library()
local LUA = rawget(_G, "jit") and "luajit" or _VERSION:lower():gsub(" ", "")

-- $1 to $4: where the API is, the port of Redis, seconds, and the limit.
local SCRIPT = [[
local spherepay = require "spherepay"
local client = spherepay.new {
  token = "sandbox_key", base_url = "%s", max_retries = 0,
  rate_limit = { read = %d, write = 10, redis = { host = "127.0.0.1", port = %d, %s } },
}
local core, count = require "spherepay.core", 0
local till = core.now() + %g
while core.now() < till do
  local _, err = client.customer.get("customer_1", { deadline = 1 })
  if not err then count = count + 1 elseif err.kind ~= "rate_limited" then print(err) end
end
print("done", count)
]]

local block = library and describe or pending

block("a rate limit in a real Redis", function()
  local host, server

  setup(function()
    package.path = package.path .. ";" .. library
    host, server = redis.start { password = "secret_of_the_spec" }, fault.start()
    server:default { "answer", body = '{"id":"customer_1"}' }
  end)

  teardown(function()
    if host then host:stop() end
    if server then server:stop() end
  end)

  -- So many processes that ask as fast as they may.
  local function start(count, seconds, limit, extra)
    local pipes = {}
    local script = SCRIPT:format(server:url(), limit, host.port,
      extra or 'password = "secret_of_the_spec"', seconds)
    for i = 1, count do
      local path = os.tmpname()
      assert(shell.write_file(path, script))
      pipes[i] = io.popen(("LUA_PATH=%s %s %s 2>&1; rm %s"):format(shell.quote(package.path), LUA,
        path, path))
    end
    return pipes
  end

  local function read(pipes)
    local texts = {}
    for i, pipe in ipairs(pipes) do
      texts[i] = pipe:read "*a"
      pipe:close()
    end
    return table.concat(texts)
  end

  it("is used and never exceeded by four processes, who ask Redis for a tenth of it", function()
    server:clear()
    server:default { "answer", body = '{"id":"customer_1"}' }
    local before = tonumber(host:ask("info commandstats"):match "cmdstat_eval:calls=(%d+)" or 0)
    local text = read(start(4, 6, 100))
    assert.is_nil(text:find "[Ww]arning" or text:find "not shared", text)
    local times = {}
    for _, entry in ipairs(server:log()) do times[#times + 1] = entry.at / 1000 end
    table.sort(times)
    local most, first = 0, 1
    for last = 1, #times do
      while times[last] - times[first] >= 1 do first = first + 1 end
      most = math.max(most, last - first + 1)
    end
    -- A busy server sees some requests late, beside those that come after. That no second holds
    -- more than the limit is shown on a clock of its own in ratelimit/share_spec.lua.
    assert.is_true(most <= 105, most .. " in a second")
    local from, count = times[1] + 3.5, 0
    for _, at in ipairs(times) do
      if at >= from and at < from + 2 then count = count + 1 end
    end
    assert.is_true(count / 2 >= 90, count / 2 .. " a second")
    local asked = tonumber(host:ask("info commandstats"):match "cmdstat_eval:calls=(%d+)") - before
    assert.is_true(asked <= #times / 10 + 8, asked .. " questions for " .. #times)
  end)

  it("is kept in part when Redis refuses, which is said once and without the password", function()
    local text = read(start(1, 2.5, 40, 'password = "wrong_one", fallback_share = 0.5'))
    local _, lines = text:gsub("the rate limit is not shared", "")
    assert.equal(1, lines, text)
    assert.is_nil(text:find("wrong_one", 1, true))
    local count = tonumber(text:match "done%s+(%d+)")
    assert.is_true(count >= 35 and count <= 62, count)
  end)

  it("is shared again when Redis is back", function()
    local port = host.port
    host:stop()
    local pipes = start(1, 3, 40)
    socket.sleep(1)
    host = redis.start { port = port, password = "secret_of_the_spec" }
    local text = read(pipes)
    assert.matches("done%s+%d+", text)
    assert.is_true(tonumber(text:match "done%s+(%d+)") > 3 * 10 * 1.2, text)
    assert.truthy(nginx.await(function() return host:ask "keys '*read*'" ~= "" end))
  end)

  it("is named without its password wherever the client is shown", function()
    local client = spherepay.new { token = "t", rate_limit = {
      redis = { host = "127.0.0.1", port = host.port, password = "secret_of_the_spec" } } }
    assert.is_nil(client.options.rate_limit.redis)
    assert.is_nil(tostring(client):find("secret", 1, true))
    client:close()
  end)
end)
