--- Sandboxes for specs: `handler` has the pure one in this process, `start` the one behind nginx.
-- Not a client: it sends what it is told to and shows what came back.

local cjson = require("cjson")

local M = {}

local TOKEN = "sandbox_key"

-- Values that differ from run to run, wherever they stand.
local VOLATILE = {
  id = true, customerId = true, targetId = true, createdAt = true, updatedAt = true,
  created = true, updated = true, ts = true, request = true, correlationId = true,
  expiresAt = true, verifiedAt = true, url = true, link = true,
}

--- Reads a sample of the vendor's documents, decoded.
---@param name string without .json
---@return table
function M.sample(name)
  local file = assert(io.open("spec/fixtures/api/" .. name .. ".json", "rb"))
  local text = file:read("*a")
  file:close()
  return cjson.decode(text)
end

--- A copy with every volatile string replaced by its field's name.
---@param value any
---@return any
function M.steady(value)
  if type(value) ~= "table" then return value end
  local copy = {}
  for key, item in pairs(value) do
    copy[key] = VOLATILE[key] and type(item) == "string" and "<" .. key .. ">" or M.steady(item)
  end
  return copy
end

local function encode(body)
  if type(body) ~= "table" then return body end
  return cjson.encode(body)
end

--- A sandbox in this process. The clock stands still; `time` moves it.
---@param options table|nil of `spherepay.sandbox.new`
---@return table handler `call(method, path, body, headers) -> status, value, response`
function M.handler(options)
  local handler = { time = 1773089191.305 }
  options = options or {}
  options.clock = options.clock or function() return handler.time end
  options.seed = options.seed or 1
  local sandbox = require("spherepay.sandbox").new(options)

  function handler.send(request)
    request.headers = request.headers or {}
    local response = sandbox:handle(request)
    local ok, value = pcall(cjson.decode, response.body)
    return response.status, ok and value or nil, response
  end

  function handler.call(method, target, body, headers)
    local all = { authorization = "Bearer " .. TOKEN, host = "sandbox.test" }
    for name, value in pairs(headers or {}) do all[name] = value or nil end
    return handler.send {
      method = method,
      path = target:match("^[^?]*"),
      query = target:match("%?(.*)$"),
      headers = all,
      body = encode(body),
    }
  end

  function handler.create(sample_name)
    local status, customer = handler.call("POST", "/v2/customer", M.sample(sample_name))
    assert(status == 201, cjson.encode(customer))
    return customer
  end

  function handler.profile(id)
    local _, customer = handler.call("GET", "/v2/customer/" .. id)
    return customer.verificationProfiles[1]
  end

  return handler
end

--- A sandbox behind nginx, see `spherepay.sandbox.nginx`; raises when it cannot be started. Meant
--- for setup; teardown calls `stop`.
---@param options table|nil of `spherepay.sandbox.nginx.start`
---@return table host with `call(method, path, body, headers) -> status, value, headers`, and with
---  `review(id, order)`, `misbehave(order)`, `requests()`, `reset()` for the control endpoints
function M.start(options)
  local http = require("socket.http")
  local ltn12 = require("ltn12")
  local host = assert(require("spherepay.sandbox.nginx").start(options))

  function host.call(method, target, body, headers)
    local text = encode(body)
    local all = { authorization = "Bearer " .. TOKEN, ["content-length"] = text and #text }
    for name, value in pairs(headers or {}) do all[name] = value end
    local chunks = {}
    local _, status, answered = http.request {
      method = method,
      url = host.url .. target,
      headers = all,
      source = text and ltn12.source.string(text),
      sink = ltn12.sink.table(chunks),
    }
    local ok, value = pcall(cjson.decode, table.concat(chunks))
    return status, ok and value or nil, answered
  end

  local function control(method, path, body)
    local status, value = host.call(method, "/_sandbox/" .. path, body)
    assert(status == 200, "sandbox: " .. path .. ": " .. cjson.encode(value or tostring(status)))
    return value
  end

  function host.review(id, order)
    local kind = id:find("^associatedPerson_") and "business-representative" or "customer"
    return control("POST", kind .. "/" .. id .. "/review", order)
  end

  function host.misbehave(order) return control("POST", "misbehave", order) end

  function host.requests() return control("GET", "requests").requests end

  function host.reset() return control("POST", "reset", "{}") end

  return host
end

return M
