-- Takes a step of `verification.next_steps`: the call that it names, with what it says to send and
-- what the caller has. No call is made in another way than by the resource's own method.

local blame = require "spherepay.options.blame"
local request = require "spherepay.http.request"

-- Where a step for a business is about one of its representatives.
local REPRESENTATIVE = "{representativeId}"

local function refuse(step, detail, place)
  local endpoint = step.endpoint or {}
  return request.refuse({ method = endpoint.method, path = endpoint.path, pattern = endpoint.path },
    "invalid", not place and detail or nil, place and { { pointer = place, detail = detail } })
end

-- A table of its own, in which "address.city" has become a member of address.
local function unfolded(input)
  local result = {}
  for name, value in pairs(input) do
    if not tostring(name):find("^%w+%.%w+$") then result[name] = value end
  end
  for name, value in pairs(input) do
    local outer, inner = tostring(name):match("^(%w+)%.(%w+)$")
    if outer then
      local members = {}
      for key, member in pairs(type(result[outer]) == "table" and result[outer] or {}) do
        members[key] = member
      end
      members[inner] = value
      result[outer] = members
    end
  end
  return result
end

local function has(params, path)
  local outer, inner = path:match("^(%w+)%.(%w+)$")
  if not outer then return params[path] ~= nil end
  return type(params[outer]) == "table" and params[outer][inner] ~= nil
end

-- What the step asks for and the caller has not given. Of v1 a step names what can be sent besides.
local function missing(client, step, params)
  local wanted = step.endpoint.fields or {}
  if client.options.api_version == "v1" then wanted = { step.path } end
  for _, path in ipairs(wanted) do
    if not has(params, path) then return "/" .. path:gsub("%.", "/") end
  end
  return nil
end

local function with(given, params)
  for name, value in pairs(given or {}) do
    if params[name] == nil then params[name] = value end
  end
  return params
end

-- ---- the kinds of calls ----

local kinds = {}

-- First the code is sent, and when the customer has typed it, it is verified.
function kinds.code(client, step, id, input, opts)
  local kind = step.endpoint.params.type
  if input.code == nil then return client.customer.send_code(id, kind, opts) end
  return client.customer.verify_code(id, kind, input.code, opts)
end

function kinds.document(client, step, id, input, opts)
  local params = with(step.endpoint.params, unfolded(input))
  params.targetId = id
  return client.document.upload(params, opts)
end

function kinds.create(client, step, _, input, opts)
  return client[step.call[1]].create(with(step.endpoint.params, unfolded(input)), opts)
end

function kinds.update(client, step, id, input, opts)
  local params = with(step.endpoint.params, unfolded(input))
  local place = missing(client, step, params)
  if place then return refuse(step, "is required: the step asks for it", place) end
  return client[step.call[1]].update(id, params, opts)
end

function kinds.link(client, step, id, _, opts)
  return client[step.call[1]][step.call[2]](id, opts)
end

local BY_METHOD = {
  send_code = kinds.code, upload = kinds.document, create = kinds.create, update = kinds.update,
}

-- Whose id the call names, out of the input when it is a representative's.
local function subject_of(step, customer, input)
  local params = step.endpoint.params or {}
  local is_other = step.endpoint.path:find(REPRESENTATIVE, 1, true)
    or params.targetId == REPRESENTATIVE
  if not is_other then return type(customer) == "table" and customer.id or customer, input end
  local rest = {}
  for name, value in pairs(input) do rest[name] = value end
  rest.representativeId = nil
  return input.representativeId, rest
end

local function check_types(customer, step, input)
  local is_customer = type(customer) == "table" and type(customer.id) == "string"
  if not is_customer and type(customer) ~= "string" then
    blame("spherepay: client:perform takes a customer or a representative, a step and its input")
  elseif type(step) ~= "table" or step.kind == nil then
    blame("spherepay: client:perform takes a step of verification.next_steps, got "
      .. (step == nil and "nothing" or "a " .. type(step)))
  elseif input ~= nil and type(input) ~= "table" then
    blame("spherepay: client:perform takes a table of what the step asks for, got a "
      .. type(input))
  end
end

--- Takes a step: makes the call that `step.call` names.
---@param client spherepay.Client
---@param customer table|string whom the steps are of, or the id
---@param step spherepay.verification.Step
---@param input table? what the step asks for: `file` or `content` and `documentType` (one of
---  `step.document_types`), `code`, or the fields, as the call takes them ("address.city" will do);
---  `representativeId` where the step is about one of a business
---@param opts table? as for the call
---@return any value what the call returns
---@return spherepay.Error? err kind "invalid" when no call can do it, or something is missing
---@return spherepay.Response? response
return function(client, customer, step, input, opts)
  check_types(customer, step, input)
  if not step.call then
    return refuse(step, "no call can do this step; it is the turn of: "
      .. tostring(step.actor or "nobody known"))
  end
  local id, rest = subject_of(step, customer, input or {})
  if type(id) ~= "string" then
    return refuse(step, "is required: the step is about a representative of this business",
      "/representativeId")
  end
  return (BY_METHOD[step.call[2]] or kinds.link)(client, step, id, rest, opts)
end
