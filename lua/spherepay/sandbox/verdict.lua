--- Plays SpherePay: verdicts of a review, and the state of single criteria. Everything that the
-- vendor documents as possible, and does not document how it comes about, is told here.

local criteria = require("spherepay.api.criteria")
local json = require("spherepay.sandbox.json")
local names = require("spherepay.verification.names")
local profiles = require("spherepay.sandbox.profiles")
local v1 = require("spherepay.sandbox.v1")

local verdict = {}

local AGREEMENTS = { "msa", "euAccountTos", "operatingResidency" }
local STATES = { "complete", "pending", "required", "error", "absent" }

local function is_one_of(list, word)
  for _, known in ipairs(list) do
    if known == word then return true end
  end
  return false
end

local function refuse(message)
  return 400, { error = message }
end

local function read_errors(list)
  local errors = {}
  for i, item in ipairs(type(list) == "table" and list or {}) do
    if type(item) == "string" then item = { name = item } end
    if type(item) ~= "table" or type(item.name) ~= "string" then return nil end
    errors[i] = { name = item.name, detail = json.present(item.detail) }
  end
  return errors
end

-- The statuses that a part of a v1 customer can have, by the name that the library gives it.
local function v1_statuses(name)
  if is_one_of(criteria.v1.verificationLevels.names, name) then
    return criteria.v1.verificationLevels.statuses
  end
  return (name == "kyc" or name == "tos" or is_one_of(AGREEMENTS, name)) and criteria.v1[name]
end

local function set_v1_status(subject, name, status, body)
  if name == "kyc" then
    subject.kyc, subject.reason = status, json.present(body.reason)
  elseif name == "tos" then
    subject.tos_status = status
  elseif is_one_of(AGREEMENTS, name) then
    subject.statuses[name] = status
  else
    local requirements = json.present(body.requirements) or {}
    subject.level = { name = name, status = status, requirements = json.array(requirements) }
  end
end

-- What a review of v1 sets: each named part, and what `profile` (kyc if none) and `status` say.
local function v1_verdicts(body)
  local verdicts = {}
  local function add(name, status)
    if status ~= nil then verdicts[#verdicts + 1] = { name, status } end
  end
  add(json.present(body.profile) or "kyc", json.present(body.status))
  add("tos", json.present(body.tosStatus))
  for _, name in ipairs(AGREEMENTS) do add(name, json.present(body[name])) end
  return verdicts
end

local function review_v1(world, subject, body)
  local verdicts = v1_verdicts(body)
  for _, each in ipairs(verdicts) do
    local statuses = v1_statuses(each[1])
    if not statuses then return refuse("no such profile") end
    if not is_one_of(statuses, each[2]) then
      return refuse(("no such status of %s in v1; there are: %s"):format(
        each[1], table.concat(statuses, ", ")))
    end
  end
  if body.requirements ~= nil and not json.is_array(body.requirements) then
    return refuse("requirements must be a list")
  end
  for _, each in ipairs(verdicts) do set_v1_status(subject, each[1], each[2], body) end
  subject.updated = world.clock()
  return 200, {
    id = subject.id,
    kyc = subject.kyc,
    tos = subject.tos_status,
    msa = subject.statuses.msa,
    euAccountTos = subject.statuses.euAccountTos,
    operatingResidency = subject.statuses.operatingResidency,
  }
end

local function standing(world, subject)
  return 200, {
    id = subject.id,
    tosStatus = subject.tos_status,
    verificationProfiles = profiles.render(subject, world.shape == "v2-2025"),
  }
end

local function review_v2(world, subject, body)
  local errors = read_errors(json.present(body.errors))
  if body.status ~= nil and not is_one_of(criteria.statuses, body.status) then
    return refuse("no such status; there are: " .. table.concat(criteria.statuses, ", "))
  end
  if not errors then return refuse("errors must be names or { name, detail }") end
  if body.tosStatus then
    subject.tos_status = body.tosStatus
    subject.done.terms_of_service = body.tosStatus == "approved" or nil
    profiles.refresh(subject)
  end
  local order = { profile = json.present(body.profile), status = body.status, errors = errors }
  if body.status and not profiles.review(subject, order) then
    return refuse("no such profile of this kind of customer")
  end
  subject.updated = world.clock()
  return standing(world, subject)
end

local function find(world, id)
  return world.customers:find(id) or world.representatives:find(id)
end

local function says_something(body)
  for _, name in ipairs { "status", "tosStatus", "msa", "euAccountTos", "operatingResidency" } do
    if body[name] ~= nil then return true end
  end
  return false
end

--- POST /_sandbox/customer/{id}/review (or business-representative): `{ status, profile?, errors?,
--- tosStatus? }`. Without a profile the verdict is for all of them; a documented profile that the
--- customer does not have yet, such as kyc_profile_b, is given to it. Of a v1 customer the profile
--- is kyc (if none), tos, msa, euAccountTos, operatingResidency or ach_pull (with `requirements?`);
--- all but the first and the last are parts of the order, too: `{ euAccountTos = "approved" }`.
--- `reason` goes with additionalReviewRequired.
---@param world table
---@param request table
---@param id string
---@return integer status
---@return table value
function verdict.review(world, request, id)
  local body = request.json
  if not says_something(body) then return refuse("status or tosStatus") end
  if body.tosStatus ~= nil and not is_one_of(criteria.tos_statuses, body.tosStatus) then
    return refuse("no such tosStatus")
  end
  local v1_subject = world.v1_customers:find(id)
  if v1_subject then return review_v1(world, v1_subject, body) end
  local subject = find(world, id)
  if not subject then return 404, { error = "no such customer or representative" } end
  return review_v2(world, subject, body)
end

-- What is wrong with an order to set a criterion.
local function set_problem(body, is_v1)
  local name, state = json.present(body.criterion), json.present(body.state)
  if type(name) ~= "string" or name == "" then return "criterion must be a name" end
  if not is_one_of(is_v1 and { "complete", "required" } or STATES, state) then
    return "no such state; there are: "
      .. (is_v1 and "complete, required" or table.concat(STATES, ", "))
  end
  if body.allow_unknown ~= true and not names.is_criterion(name) then
    local near = names.near_criterion(name)
    return ("%s is not documented%s (a new name needs allow_unknown)"):format(
      name, near and ", did you mean " .. near .. "?" or "")
  end
  return nil
end

--- POST /_sandbox/customer/{id}/set (or business-representative): `{ criterion, state, detail?,
--- profile?, allow_unknown? }` sets the state of one criterion (complete, pending, required, error,
--- absent) in one profile or in all, until the customer supplies it. Of a v1 customer it is what
--- `requirements` names, and the state is required or complete.
---@param world table
---@param request table
---@param id string
---@return integer status
---@return table value
function verdict.set(world, request, id)
  local body, v1_subject = request.json, world.v1_customers:find(id)
  local subject = v1_subject or find(world, id)
  if not subject then return 404, { error = "no such customer or representative" } end
  local problem = set_problem(body, v1_subject ~= nil)
  if problem then return refuse(problem) end
  subject.updated = world.clock()
  if v1_subject then
    v1.tell(subject, body.criterion, body.state)
    return 200, { id = id, kyc = subject.kyc, requirements = subject.requirements }
  end
  local found = profiles.tell(subject, {
    criterion = body.criterion, state = body.state, detail = json.present(body.detail),
    profile = json.present(body.profile),
  })
  if not found then return refuse("the customer has no such profile") end
  return standing(world, subject)
end

return verdict
