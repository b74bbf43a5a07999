-- Errors that nobody waits for: what a task raises that nobody joins, what a coroutine of the host
-- raises when a step wakes it, tasks that never end. They go to the option `on_error`, and without
-- it to stderr, or in nginx to its error log, one line each. They never come out of a step, where
-- the host could not tell whose they are.

local errors = require "spherepay.errors"

local report = {}

local function write_line(line)
  local host = rawget(_G, "ngx")
  if type(host) == "table" and host.log and host.ERR then
    host.log(host.ERR, line)
  else
    pcall(function() io.stderr:write(line, "\n") end)
  end
end

--- Writes an error where the people who run the program look, in one line.
---@param err any
---@param traceback string? of the coroutine that raised it; nil: nothing was raised
function report.write(err, traceback)
  local noticed = not traceback and errors.is(err)
  write_line((noticed and "" or "spherepay: error in a coroutine: ") .. errors.line(err))
end

--- What tells `on_error`. When that raises in turn, the error is written after all.
---@param on_error fun(err: any, traceback: string?)?
---@return fun(err: any, traceback: string?)
function report.to(on_error)
  if not on_error then return report.write end
  return function(err, traceback)
    -- that of a message handler begins with the line of a message that is empty
    local ok, problem = pcall(on_error, err, traceback and (traceback:gsub("^\n", "")))
    if ok then return end
    report.write(err, traceback)
    write_line("spherepay: on_error raised: " .. errors.line(problem))
  end
end

--- Something that runs `fn` when it is collected, at the latest when the Lua state is closed.
---@param fn function
---@return any sentinel to be kept where what it watches over is kept
function report.sentinel(fn)
  local newproxy = rawget(_G, "newproxy") -- Lua 5.1 and LuaJIT: their tables have no finalizer
  if not newproxy then return setmetatable({}, { __gc = fn }) end
  local proxy = newproxy(true)
  getmetatable(proxy).__gc = fn
  return proxy
end

return report
