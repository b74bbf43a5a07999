-- Somebody who does what `next_steps` says, by `client:perform` alone, and knows nothing else: the
-- values are a person's own data, by the name of the field. Where a step names no call, SpherePay's
-- part is played through the sandbox's control endpoints.

local cjson = require("cjson")

local transport = require("spherepay.sandbox.transport")

local advice = {}

local ADDRESS = {
  line1 = "233 South Wacker Drive", city = "Chicago", state = "IL", postalCode = "60606",
  country = "USA",
}
local OWNER = {
  firstName = "Jane", lastName = "Smith", email = "jane.smith@example.com",
  phoneNumber = "+14155550123", dob = { day = 15, month = 4, year = 1990 }, ssn = "111-11-1111",
  identityDocumentFront = "Zm9v", address = ADDRESS,
}

-- What a person or a business knows of itself.
local VALUES = {
  address = ADDRESS,
  ["personalInformation.taxIdentificationNumber"] = "111-11-1111",
  ["personalInformation.taxIdentificationNumberType"] = "ssn",
  ["personalInformation.taxIdentificationNumberCountry"] = "USA",
  ["personalInformation.firstName"] = "Jane",
  ["personalInformation.middleName"] = "Ann",
  ["personalInformation.lastName"] = "Smith",
  ["personalInformation.dateOfBirth"] = "1990-04-15",
  ["personalInformation.gender"] = "female",
  ["personalInformation.countryOfBirth"] = "USA",
  ["personalInformation.nationality"] = "USA",
  ["personalInformation.occupationSocCode"] = "15-1132",
  ["personalInformation.sourceOfFunds"] = "salary",
  ["representationDetails.ownershipPercentage"] = "50",
  ["representationDetails.isControlPerson"] = true,
  ["representationDetails.isSigner"] = true,
  ["representationDetails.relationshipEstablishedAt"] = "2020-01-01",
  ["representationDetails.title"] = "CEO",
  email = "jane.smith@example.com",
  phone = "+14155550123",
  code = "123456",
  country = "USA",
  -- v1
  name = "Shape Co", firstName = "Jane", lastName = "Smith", phoneNumber = "+14155550123",
  dob = OWNER.dob, ssn = "111-11-1111", ein = "12-3456789", website = "https://www.example.com",
  identityDocumentFront = "Zm9v", identityDocumentBack = "Zm9v", incorporationDocument = "Zm9v",
  shareholderDocument = "Zm9v", statementOfFunds = "Zm9v", proofOfAddressDocument = "Zm9v",
  ubos = { OWNER }, estimatedAnnualRevenueUsd = "_0_99999", businessType = "business",
  highRiskActivities = { "none_of_the_above" }, employmentStatus = "employed",
  ["address.line1"] = ADDRESS.line1, ["address.line2"] = "Floor 2",
  ["address.city"] = ADDRESS.city, ["address.state"] = ADDRESS.state,
  ["address.postalCode"] = ADDRESS.postalCode, ["address.country"] = ADDRESS.country,
}

---A body with the values of these fields.
---@param fields string[]
---@param params table|nil what goes in as it stands
---@return table
function advice.body(fields, params)
  local body = {}
  for name, value in pairs(params or {}) do body[name] = value end
  for _, path in ipairs(fields or {}) do
    local value = VALUES[path]
    assert(value ~= nil, "nobody knows a value of " .. path)
    local outer, inner = path:match("^(%w+)%.(%w+)$")
    if outer then
      body[outer] = body[outer] or {}
      body[outer][inner] = value
    else
      body[path] = value
    end
  end
  return body
end

local World = {}
World.__index = World

---@param api_version "v1"|"v2"
---@param sandbox_options table of `spherepay.sandbox.new`
---@return table world with `client` and `sandbox`
function advice.world(api_version, sandbox_options)
  local client, sandbox = transport.client(
    { token = "advice_key", api_version = api_version }, sandbox_options)
  return setmetatable({ client = client, sandbox = sandbox, log = {} }, World)
end

local function succeed(what, ok, value)
  if not ok then error(what .. ": " .. tostring(value), 0) end
  return ok
end

-- What the sandbox's own endpoints answer.
function World:control(method, path, body)
  local response = self.sandbox:handle {
    method = method, path = path, headers = {}, body = body and cjson.encode(body) or nil,
  }
  local value = cjson.decode(response.body)
  if response.status ~= 200 then error(path .. ": " .. response.body, 0) end
  return value
end

local function place_of(id, what)
  local kind = id:find("^associatedPerson_") and "business-representative" or "customer"
  return "/_sandbox/" .. kind .. "/" .. id .. "/" .. what
end

function World:review(id, order)
  return self:control("POST", place_of(id, "review"), order)
end

function World:set(id, order)
  return self:control("POST", place_of(id, "set"), order)
end

---The customer or representative as it is now.
---@param id string
---@return table
function World:look(id)
  if id:find("^associatedPerson_") then
    return assert(self.client.representative.get(id))
  end
  local customer, err = self.client.customer.get(id)
  return succeed("get", customer, err)
end

-- What a person has for a step: the fields that it names, a file, the code.
local function input_for(step)
  if step.call[2] == "upload" then
    return { documentType = step.document_types[1], content = "%PDF-1.7", filename = "a.pdf",
      country = VALUES.country }
  elseif step.kind == "link" or step.kind == "otp" then
    return nil
  end
  return advice.body(step.endpoint.fields)
end

function World:call(step, id)
  local value, err = self.client:perform(id, step, input_for(step))
  succeed(tostring(step.endpoint), value, err)
  if value.url then self:control("GET", value.url:match("^%a+://[^/]+(/.*)$")) end
  if step.call[2] == "send_code" then
    value, err = self.client:perform(id, step, { code = VALUES.code })
    succeed("verify", value, err)
  end
end

-- SpherePay's turn, or that of the platform, who asks SpherePay: it takes a single criterion as
-- given, opens again what it refused, and approves what lacks nothing.
function World:ask_spherepay(step, id)
  assert(step.actor == "platform" or step.actor == "sphere", step.actor)
  assert(type(step.note) == "string" and step.note:find("^%u.*%.$"), "no note")
  local is_v1 = self.client.options.api_version == "v1"
  for _, profile in ipairs(step.profiles) do
    if step.criterion and step.kind ~= "review" then
      self:set(id, { criterion = step.criterion, state = "complete", allow_unknown = true,
        profile = not is_v1 and profile or nil })
    else
      local opened = step.state == "rejected" and not step.criterion
      self:review(id, { profile = profile, status = opened and "incomplete" or "approved" })
    end
  end
end

---Takes one step.
---@param step table
---@param id string
function World:take(step, id)
  self.log[#self.log + 1] = (step.criterion or step.profile) .. " " .. tostring(step.endpoint)
  if step.call then return self:call(step, id) end
  assert(step.endpoint == nil)
  self:ask_spherepay(step, id)
end

---Does what the first step says, looks again, and so on.
---@param verification table
---@param id string
---@param question table|nil
---@return table customer for whom nothing is left to do
function World:follow(verification, id, question)
  for _ = 1, 80 do
    local customer = self:look(id)
    local steps = verification.next_steps(customer, question)
    if #steps == 0 then return customer end
    self:take(steps[1], id)
  end
  error("no end of steps: " .. table.concat(self.log, "; ", #self.log - 5), 0)
end

---Does everything that one list of steps says, looks again, and so on.
function World:follow_lists(verification, id, question)
  for _ = 1, 10 do
    local customer = self:look(id)
    local steps = verification.next_steps(customer, question)
    if #steps == 0 then return customer end
    for _, step in ipairs(steps) do self:take(step, id) end
  end
  error("no end of lists: " .. table.concat(self.log, "; ", #self.log - 5), 0)
end

return advice
