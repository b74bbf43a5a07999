-- The same cases over every loop that needs no other process: blocking, manual, luv, cqueues.

local cases = require "spec.loop.cases"
local fault = require "spec.support.fault"
local spherepay = require "spherepay"

-- How each host runs `fn` where calls may be made, and what it is to forget a coroutine there.
local HOSTS = {}

local function bare(_, fn)
  coroutine.wrap(fn)()
end

local function spawned(client, fn)
  client:spawn(fn)
end

local function raise_failure(task)
  local ok, err = task:join()
  if not ok then error(err, 0) end
end

function HOSTS.blocking(_, fn)
  fn()
end

function HOSTS.manual(client, fn)
  client:spawn(fn)
  client:run()
end

function HOSTS.luv(client, fn)
  local task = client:spawn(fn)
  require("luv").run()
  raise_failure(task)
end

function HOSTS.cqueues(_, fn)
  local controller = require("cqueues").new()
  controller:wrap(fn)
  assert(controller:loop())
end

local function in_a_controller_of_its_own(_, fn)
  local controller = require("cqueues").new()
  controller:wrap(fn)
  for _ = 1, 3 do assert(controller:step(0)) end
end

local LOOPS = {
  { name = "blocking", run = HOSTS.blocking, abandon = spawned },
  { name = "blocking, in a task", loop = "blocking", run = HOSTS.manual, abandon = spawned },
  { name = "manual", run = HOSTS.manual, abandon = bare },
  { name = "luv", run = HOSTS.luv, abandon = bare, watches = true },
  { name = "cqueues", run = HOSTS.cqueues, abandon = in_a_controller_of_its_own, watches = true },
  { name = "cqueues, outside a controller", loop = "cqueues", run = HOSTS.blocking,
    abandon = spawned },
  { name = "auto", run = HOSTS.blocking, abandon = spawned },
  { name = "auto, in a controller", loop = "auto", run = HOSTS.cqueues,
    abandon = in_a_controller_of_its_own, watches = true },
}

local function new_client(loop, url, http_version)
  return spherepay.new {
    token = "sandbox_key", base_url = url, loop = loop, rate_limit = false, max_retries = 0,
    http_version = http_version,
  }
end

local function has_descriptor()
  local client = new_client("manual", "http://127.0.0.1:9")
  local fd = client:pollfd()
  client:close()
  return fd ~= nil
end

local can_watch = has_descriptor()

describe("a client on the loop", function()
  local server
  setup(function() server = fault.start() end)
  teardown(function() server:stop() end)
  before_each(function() server:clear() end)

  for _, loop in ipairs(LOOPS) do
    if can_watch or not loop.watches then
      describe(loop.name, function()
        for _, case in ipairs(cases) do
          it(case.does, function()
            local client = new_client(loop.loop or loop.name, server:url(), case.http_version)
            local ended = false
            loop.run(client, function()
              case.run(client, server, { abandon = loop.abandon })
              ended = true
            end)
            client:close()
            assert.is_true(ended)
          end)
        end
      end)
    end
  end
end)
