-- What the calls of a client have in common is read by the core once: the method, the headers, the
-- times of an attempt. A call with headers of its own gets a template of its own.

local template = {}

local MOST = 64 -- kept for calls with times of their own, which may be computed anew for each

---@class spherepay.Templates the templates of one client
---@field dispatcher spherepay.Dispatcher whose engine reads them
---@field options spherepay.ClientOptions
---@field count integer of those with times of their own
local Templates = {}
Templates.__index = Templates

---@param dispatcher spherepay.Dispatcher
---@param options spherepay.ClientOptions
---@return spherepay.Templates
function template.new(dispatcher, options)
  return setmetatable({ dispatcher = dispatcher, options = options, count = 0 }, Templates)
end

---@class spherepay.TemplateFamily the templates of one endpoint
---@field method string
---@field repeat_as "read"|"update"|"create"
---@field common table<boolean, spherepay.core.Template> by whether there is a body: of calls with
---  the client's own times, whose path names an object
---@field timed table<string, spherepay.core.Template> by times and what else differs
---@field last_call table? the options of the latest of those without a body and a query, which may
---  be those of many calls
---@field last spherepay.core.Template? its template

--- The templates of an endpoint, none of which is made yet.
---@param method string
---@param repeat_as "read"|"update"|"create"
---@return spherepay.TemplateFamily
function Templates.family(_, method, repeat_as)
  return { method = method, repeat_as = repeat_as, common = {}, timed = {} }
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

-- The step between `before` and `after` is the call's own; a request that names no object in its
-- path, or has a query, brings all of the path.
local function new(self, spec, has_body)
  local call, is_named = spec.call, spec.step and not spec.query
  return self.dispatcher.engine:template {
    method = spec.method,
    before = self.options.base_url .. (is_named and spec.before or ""),
    after = is_named and spec.after or "",
    headers = header_lines(self, call, has_body),
    repeat_as = spec.repeat_as,
    connect_timeout = self.options.connect_timeout,
    timeout = call.timeout,
    max_retries = call.max_retries,
  }
end

local function timed(self, spec, has_body)
  local family, call = spec.templates, spec.call
  local is_plain = not has_body and not spec.query
  if is_plain and family.last_call == call then return family.last end
  local name = ("%s %.17g %d %s"):format(tostring(has_body), call.timeout, call.max_retries,
    tostring(spec.query == nil))
  local found = family.timed[name] or new(self, spec, has_body)
  if not family.timed[name] and self.count < MOST then
    family.timed[name], self.count = found, self.count + 1
  end
  if is_plain then family.last_call, family.last = call, found end
  return found
end

--- The template of a call.
---@param spec spherepay.Request
---@param has_body boolean
---@return spherepay.core.Template
function Templates:of(spec, has_body)
  local call, given, kept = spec.call, self.options, spec.templates.common
  if call.headers or call.traceparent then return new(self, spec, has_body) end
  if call.timeout ~= given.timeout or call.max_retries ~= given.max_retries
    or spec.query and spec.before then
    return timed(self, spec, has_body)
  end
  local found = kept[has_body]
  if not found then
    found = new(self, spec, has_body)
    kept[has_body] = found
  end
  return found
end

return template
