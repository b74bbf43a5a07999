-- Everything the README and the guides show in Lua runs, against the sandbox, each block by itself.

local sandbox = require "spec.support.sandbox"

local guides = require "spec.support.guides"

local load_text = loadstring or load -- luacheck: ignore
local unpack_list = table.unpack or unpack -- luacheck: ignore

local function blocks()
  local found = {}
  for _, path in ipairs { "README.md", unpack_list(guides) } do
    local file = assert(io.open(path))
    local text = file:read "*a"
    file:close()
    for before, block in text:gmatch "(.-)```lua\n(.-)```" do
      local heading = before:match ".*\n#+ ([^\n]+)" or before:match "^# ([^\n]+)"
      found[#found + 1] = { heading = heading or path, code = block }
    end
  end
  return found
end

local PRELUDE = [[
local spherepay = require "spherepay"
local client = spherepay.new { token = "key", base_url = os.getenv "SPHEREPAY_BASE_URL" }
local customer = assert(client.customer.create {
  type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
  address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
})
]]

-- What a comment at the end of a block says is printed.
local function promised(code)
  local lines = {}
  for line in code:gmatch "\n%-%- ([^\n]+)" do
    lines[#lines + 1] = (line:gsub("%s+", " "))
  end
  return lines
end

describe("The README with its guides", function()
  local host, real_getenv

  setup(function()
    host = assert(sandbox.start {})
    real_getenv = os.getenv
    local values = { SPHEREPAY_BASE_URL = host.url, SPHEREPAY_TOKEN = "key" }
    os.getenv = function(name) return values[name] or real_getenv(name) end -- luacheck: ignore
  end)

  teardown(function()
    os.getenv = real_getenv -- luacheck: ignore
    host.stop()
  end)

  it("has blocks of Lua", function()
    assert.is_true(#blocks() >= 4)
  end)

  -- Runs a block, and asks that it prints what it promises.
  local function run(block)
    local printed, real_print = {}, print
    local first = block.code:find("require \"spherepay\"", 1, true)
    local chunk = assert(load_text((first and "" or PRELUDE) .. block.code))
    _G.print = function(...)
      local words = {}
      for i = 1, select("#", ...) do words[i] = tostring((select(i, ...))) end
      printed[#printed + 1] = table.concat(words, " ")
    end
    local ok, err = pcall(chunk)
    _G.print = real_print
    assert.is_true(ok, tostring(err))
    for i, line in ipairs(promised(block.code)) do assert.equal(line, printed[i]) end
  end

  for number, block in ipairs(blocks()) do
    it(("runs block %d, under %s"):format(number, block.heading), function()
      host.reset()
      run(block)
    end)
  end

  it("finds a create that arrived although its answer is lost, and makes no second one", function()
    local recipe
    for _, block in ipairs(blocks()) do
      if block.heading == "A create that may have arrived" then recipe = block end
    end
    -- the first answer is that of the prelude's create
    for _, lost in ipairs { { drop = true }, { cut = 10 }, { status = 502, apply = true } } do
      host.reset()
      host.misbehave { times = 1, delay = 0 }
      host.misbehave(lost)
      run(recipe)
      local count = { GET = 0, POST = 0 }
      for _, request in ipairs(host.requests()) do
        if request.path == "/v2/customer" then count[request.method] = count[request.method] + 1 end
      end
      assert.same({ GET = 1, POST = 2 }, count)
    end
  end)
end)
