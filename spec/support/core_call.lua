-- A call of the core alone, without the Lua layer, for specs of the core itself.

local core_call = {}

--- Begins one.
---@param engine spherepay.core.Engine
---@param given { url: string, method: string?, headers: string[]?, repeat_as: string?,
---  max_retries: integer?, deadline: number?, body: string? }
---@return spherepay.core.Call? call
---@return string? message
---@return string? kind
function core_call.begin(engine, given)
  return engine:begin(engine:template {
    method = given.method or "GET", before = "", after = "", headers = given.headers or {},
    repeat_as = given.repeat_as or "read", connect_timeout = 5, timeout = 5,
    max_retries = given.max_retries or 0,
  }, given.url, given.deadline or 5, given.body and { body = given.body } or nil)
end

--- Everything about one that is done, whatever it came to.
---@param call spherepay.core.Call
---@return spherepay.Raw
function core_call.finish(call)
  local value, status, last = call:finish({}, false, 1000)
  if not status then return last end
  local raw = last:raw()
  raw.body = value
  return raw
end

return core_call
