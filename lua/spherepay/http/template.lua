-- What the calls of a client have in common is read by the core once: the method, the headers, the
-- times of an attempt. A call with headers or times of its own gets a plan of its own.

local plan = {}

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
  return client.driver.engine:plan {
    method = spec.method,
    headers = header_lines(client, call, has_body),
    repeat_as = spec.repeat_as,
    connect_timeout = client.options.connect_timeout,
    timeout = call.timeout,
    max_retries = call.max_retries,
  }
end

local function is_common(client, call)
  return call.timeout == client.options.timeout and call.max_retries == client.options.max_retries
    and not call.headers and not call.traceparent
end

--- The plan of a call.
---@param client spherepay.Client
---@param spec spherepay.Request
---@param has_body boolean
---@return spherepay.core.Plan
function plan.of(client, spec, has_body)
  if not is_common(client, spec.call) then return new(client, spec, has_body) end
  local name = spec.method .. spec.repeat_as .. (has_body and " with a body" or "")
  local found = client.plans[name] or new(client, spec, has_body)
  client.plans[name] = found
  return found
end

return plan
