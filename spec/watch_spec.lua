-- The watcher thread of the core, seen from outside: the bytes it sends and what it leaves.

local core = require("spherepay.core")
local core_call = require("spec.support.core_call")
local helper = require("spec.contract.helper")
local unix = require("socket.unix")

local stat = io.open("/proc/self/stat")
if not stat then return end -- the thread is Linux's alone
stat:close()

-- Threads of the watcher's name: those of libcurl's resolver come and go.
local function threads()
  local pipe = io.popen("cat /proc/$PPID/task/*/comm 2>/dev/null | grep -cx spherepay")
  local count = tonumber(pipe:read("*a"))
  pipe:close()
  return count
end

-- One that has been joined can still be on the kernel's list for a moment.
local function none_left()
  local till = core.now() + 5
  while threads() > 0 and core.now() < till do core.now() end
  return threads() == 0
end

local function exists(path)
  local ok = os.execute("test -e '" .. path .. "'")
  return ok == true or ok == 0 -- 5.1 returns the code
end

-- An engine whose descriptor is readable: a call waits to be started.
local function ready_engine()
  local engine = core.engine {
    max_body = 1000, max_headers = 1000, max_connections = 1, max_in_flight = 1,
    http_version = "1.1", min_tls = "1.2", rate_read = 0, rate_write = 0,
  }
  assert(core_call.begin(engine, { url = "http://127.0.0.1:1/" }))
  return engine
end

local function connect(watch)
  local client = assert((unix.stream or unix)())
  client:settimeout(5)
  assert(client:connect(watch:path()))
  return client
end

describe("a watch of the core", function()
  local watch, client

  before_each(function()
    watch = assert(core.watch())
    client = nil
  end)

  after_each(function()
    watch:close()
    if client then client:close() end
  end)

  it("listens in a directory that nobody else can enter", function()
    local pipe = io.popen("stat -c %a '" .. watch:path():gsub("/[^/]*$", "") .. "'")
    local mode = pipe:read("*l")
    pipe:close()
    assert.equal("700", mode)
  end)

  it("takes another directory where TMPDIR is none that will do", function()
    for _, directory in ipairs { "/nowhere/at/all", "tmp", "/tmp/" .. ("./"):rep(60), "" } do
      local out, code = helper.child([[
        local watch = assert(require("spherepay.core").watch())
        print((watch:path():gsub("%-%w+/s$", "")))
        watch:close()
      ]], { env = "TMPDIR='" .. directory .. "'" })
      assert.same({ "/tmp/spherepay\n", 0 }, { out, code }, directory)
    end
    local chosen = helper.child([[
      local watch = assert(require("spherepay.core").watch())
      print((watch:path():gsub("%-%w+/s$", "")))
      watch:close()
    ]], { env = "TMPDIR=/var/tmp" })
    assert.equal("/var/tmp/spherepay\n", chosen)
  end)

  it("removes the socket and its directory when it starts", function()
    local path = watch:path()
    client = connect(watch)
    assert.is_true(exists(path))
    assert(watch:start(1))
    assert.is_false(exists((path:gsub("/[^/]*$", ""))))
    assert.equal("", watch:path())
  end)

  it("removes them also when it is closed without having started", function()
    local directory = watch:path():gsub("/[^/]*$", "")
    watch:close()
    assert.is_false(exists(directory))
  end)

  it("says so when nobody has connected", function()
    local ok, message = watch:start(1)
    assert.is_nil(ok)
    assert.equal("nobody has connected", message)
  end)

  it("refuses the connection of another process", function()
    local child = ("lua5.4 -e 'local u = require(\"socket.unix\") "
      .. "assert((u.stream or u)():connect(\"%s\"))'"):format(watch:path())
    os.execute("env -u LUA_PATH -u LUA_CPATH -u LD_PRELOAD " .. child)
    local ok, message = watch:start(1)
    assert.is_nil(ok)
    assert.equal("nobody has connected", message)
  end)

  it("starts once", function()
    client = connect(watch)
    assert.is_true(watch:start(0.01))
    assert.same({ n = 2, nil, "started twice" }, { n = 2, watch:start(0.01) })
    assert.equal(".", client:receive(1))
  end)

  it("sends a tick after a while of nothing", function()
    client = connect(watch)
    assert(watch:start(0.01))
    assert.equal("..", client:receive(2))
  end)

  it("reports a descriptor once, and again when it is armed again", function()
    local engine = ready_engine()
    client = connect(watch)
    assert(watch:start(0.01))
    for _ = 1, 2 do
      assert(watch:arm(engine:arm()))
      local bytes = client:receive(8)
      assert.equal("!", (bytes:gsub("%.", "")))
    end
    engine:close()
  end)

  it("reports what was armed before it started", function()
    local engine = ready_engine()
    assert(watch:arm(engine:arm()))
    client = connect(watch)
    assert(watch:start(5))
    assert.equal("!", client:receive(1))
    engine:close()
  end)

  it("says why a descriptor cannot be armed", function()
    local ok, message = watch:arm(9999)
    assert.is_nil(ok)
    assert.truthy(message:find("^epoll: "))
  end)

  it("has one thread while it runs and none when it is closed", function()
    assert.is_true(none_left())
    client = connect(watch)
    assert(watch:start(1))
    assert.equal(1, threads())
    watch:close()
    watch:close()
    assert.is_true(none_left())
  end)

  it("ends by itself when its host goes away", function()
    client = connect(watch)
    assert(watch:start(0.01))
    client:close()
    assert.is_true(none_left())
  end)

  it("raises for every use after it is closed", function()
    watch:close()
    assert.error_matches(function() watch:path() end, "the watch is closed")
    assert.error_matches(function() watch:start(1) end, "the watch is closed")
    assert.error_matches(function() watch:arm(0) end, "the watch is closed")
  end)
end)
