-- What the calls of a client have in common is read by the core once: the method, the headers, the
-- times of an attempt. A call with headers of its own gets a template of its own.

local template = {}

local MOST = 64 -- templates that a client keeps; times may be computed anew for each call

local function header_lines(client, call, has_body)
  local lines = {
    "Accept: application/json, application/problem+json",
    "Api-Version: " .. client.options.api_version,
  }
  if has_body then lines[#lines + 1] = "Content-Type: application/json" end
  if call.traceparent then lines[#lines + 1] = "traceparent: " .. call.traceparent end
  for name, value in pairs(call.headers or {}) do
    -- libcurl drops a header without a value unless it ends in a semicolon
    lines[#lines + 1] = value:find("%S") and name .. ": " .. value or name .. ";"
  end
  return lines
end

local function new(client, spec, has_body)
  local call = spec.call
  return client.dispatcher.engine:template {
    method = spec.method,
    headers = header_lines(client, call, has_body),
    repeat_as = spec.repeat_as,
    connect_timeout = client.options.connect_timeout,
    timeout = call.timeout,
    max_retries = call.max_retries,
  }
end

-- The name under which a template is kept: by what a call has of its own.
local function name_of(client, spec, has_body)
  local call, given = spec.call, client.options
  local name = spec.method .. spec.repeat_as .. (has_body and " with a body" or "")
  if call.timeout == given.timeout and call.max_retries == given.max_retries then return name end
  return ("%s %.17g %d"):format(name, call.timeout, call.max_retries)
end

--- The template of a call.
---@param client spherepay.Client
---@param spec spherepay.Request
---@param has_body boolean
---@return spherepay.core.Template
function template.of(client, spec, has_body)
  if spec.call.headers or spec.call.traceparent then return new(client, spec, has_body) end
  local name = name_of(client, spec, has_body)
  local found = client.templates[name]
  if found then return found end
  found = new(client, spec, has_body)
  if client.count_of_templates < MOST then
    client.templates[name], client.count_of_templates = found, client.count_of_templates + 1
  end
  return found
end

return template
