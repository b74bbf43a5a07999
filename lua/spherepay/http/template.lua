-- What the calls of a client have in common is read by the core once: the method, the headers, the
-- times of an attempt. A call with headers of its own gets a template of its own.

local template = {}

local MOST = 64 -- kept for calls with times of their own, which may be computed anew for each

---@class spherepay.Templates the templates of one client
---@field dispatcher spherepay.Dispatcher whose engine reads them
---@field options spherepay.ClientOptions
--- common table<boolean, table> has_body -> repeat_as -> method -> template, of calls with
---  the client's own times
---@field timed table<string, spherepay.core.Template> by method and times
---@field count integer of those in `timed`
local Templates = {}
Templates.__index = Templates

---@param dispatcher spherepay.Dispatcher
---@param options spherepay.ClientOptions
---@return spherepay.Templates
function template.new(dispatcher, options)
  local function by_repeat() return { read = {}, update = {}, create = {} } end
  return setmetatable({
    dispatcher = dispatcher, options = options, timed = {}, count = 0,
    common = { [false] = by_repeat(), [true] = by_repeat() },
  }, Templates)
end

local function header_lines(self, call, has_body)
  local lines = {
    "Accept: application/json",
    "Api-Version: " .. self.options.api_version,
  }
  if has_body then lines[#lines + 1] = "Content-Type: application/json" end
  if call.traceparent then lines[#lines + 1] = "traceparent: " .. call.traceparent end
  for name, value in pairs(call.headers or {}) do
    -- libcurl drops a header without a value unless it ends in a semicolon
    lines[#lines + 1] = value:find("%S") and name .. ": " .. value or name .. ";"
  end
  return lines
end

local function new(self, spec, has_body)
  local call = spec.call
  return self.dispatcher.engine:template {
    method = spec.method,
    headers = header_lines(self, call, has_body),
    repeat_as = spec.repeat_as,
    connect_timeout = self.options.connect_timeout,
    timeout = call.timeout,
    max_retries = call.max_retries,
  }
end

local function timed(self, spec, has_body)
  local name = ("%s %s %s %.17g %d"):format(spec.method, spec.repeat_as, tostring(has_body),
    spec.call.timeout, spec.call.max_retries)
  local found = self.timed[name]
  if found then return found end
  found = new(self, spec, has_body)
  if self.count < MOST then
    self.timed[name], self.count = found, self.count + 1
  end
  return found
end

--- The template of a call.
---@param spec spherepay.Request
---@param has_body boolean
---@return spherepay.core.Template
function Templates:of(spec, has_body)
  local call, given = spec.call, self.options
  if call.headers or call.traceparent then return new(self, spec, has_body) end
  if call.timeout ~= given.timeout or call.max_retries ~= given.max_retries then
    return timed(self, spec, has_body)
  end
  local kept = self.common[has_body][spec.repeat_as]
  local found = kept[spec.method]
  if not found then
    found = new(self, spec, has_body)
    kept[spec.method] = found
  end
  return found
end

return template
