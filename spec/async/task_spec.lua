local collect = require "spec.support.collect"
local tasks = require "spherepay.async.task"

local DRIVER = {}

-- A task that waits, and what wakes it.
local function waiting(fn)
  local task = tasks.spawn(DRIVER, function()
    tasks.wait(tasks.current(DRIVER))
    return fn()
  end)
  return task, task.wake
end

describe("a task", function()
  it("runs at once until it first waits", function()
    local task = tasks.spawn(DRIVER, function() return 1, nil, 3 end)
    assert.is_true(task.done)
    assert.is_true(task.ok)
    assert.same({ 1, nil, 3, n = 3 }, task.results)
  end)

  it("goes on when it is woken, and tells who waits for its end", function()
    local task, wake = waiting(function() return "result" end)
    local told = {}
    for i = 1, 2 do tasks.on_end(task, function() told[i] = task.results[1] end) end
    assert.is_false(task.done)
    wake()
    assert.same({ "result", "result" }, told)
  end)

  it("keeps what it raised", function()
    local failure = {}
    local task, wake = waiting(function() error(failure) end)
    wake()
    assert.is_true(task.done)
    assert.is_false(task.ok)
    assert.equal(failure, task.results[1])
  end)

  it("tells each who waits for its end once, although one of them raises", function()
    local task, wake = waiting(function() return "result" end)
    local told = {}
    tasks.on_end(task, function() told[#told + 1] = "first" end)
    tasks.on_end(task, function() error("of a watcher", 0) end)
    tasks.on_end(task, function() told[#told + 1] = "last" end)
    wake()
    assert.same({ "first", "last" }, told)
  end)

  it("is roused with all of its dispatcher that wait, and no others", function()
    local own, other, asked = {}, {}, {}
    local function start(dispatcher, name)
      return tasks.spawn(dispatcher, function()
        while not asked.over do
          tasks.wait(tasks.current(dispatcher))
          asked[#asked + 1] = name
        end
      end)
    end
    local started = { start(own, "a"), start(own, "b"), start(other, "c") }
    tasks.rouse(own)
    table.sort(asked)
    assert.same({ "a", "b" }, asked)
    asked.over = true
    tasks.rouse(own)
    tasks.rouse(other)
    for _, task in ipairs(started) do assert.is_true(task.done) end
  end)

  it("does not yield when it is woken before it waits", function()
    local task = tasks.spawn(DRIVER, function()
      local task = tasks.current(DRIVER)
      task.wake()
      tasks.wait(task)
      return "straight on"
    end)
    assert.equal("straight on", task.results[1])
  end)

  it("waits again after it was woken", function()
    local task = tasks.spawn(DRIVER, function()
      local self = tasks.current(DRIVER)
      for _ = 1, 2 do tasks.wait(self) end
    end)
    task.wake()
    assert.is_false(task.done)
    task.wake()
    assert.is_true(task.done)
  end)

  it("goes back to sleep when somebody else resumes it", function()
    local task, wake = waiting(function() return true end)
    assert.is_true(coroutine.resume(task.thread))
    assert.is_false(task.done)
    wake()
    assert.is_true(task.done)
  end)

  it("ends also when somebody else resumed it last", function()
    local task = tasks.spawn(DRIVER, function() return coroutine.yield() end)
    assert.is_true(coroutine.resume(task.thread, "given by the host"))
    assert.is_true(task.done)
    assert.equal("given by the host", task.results[1])
  end)

  it("is the current one for its own dispatcher alone", function()
    assert.is_nil(tasks.current(DRIVER))
    tasks.spawn(DRIVER, function()
      assert.is_table(tasks.current(DRIVER))
      assert.is_nil(tasks.current({}))
    end)
  end)

  it("is collected when nothing can wake it", function()
    local seen = setmetatable({}, { __mode = "v" })
    do
      seen.task = tasks.spawn(DRIVER, function() coroutine.yield() end)
    end
    collect()
    assert.is_nil(seen.task)
  end)
end)
