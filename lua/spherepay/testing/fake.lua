-- Plays SpherePay in a spec: reviews, states, faults, and the clock. A mistake in a call of it
-- raises at the spec's line. What it does goes through the sandbox's own control endpoints.

local blame = require "spherepay.options.blame"
local json = require "spherepay.sandbox.json"

local fake = {}

---@class spherepay.testing.Fake
local Fake = {}
Fake.__index = Fake
Fake.__name = "spherepay.testing.fake"

local STATES = { "complete", "pending", "required", "error", "absent" }

local function refuse_dot(self, name)
  if getmetatable(self) == Fake then return end
  blame("spherepay: write fake:" .. name .. "(...), with a colon")
end

local function refuse_type(value, wanted, name, what)
  if type(value) == wanted then return end
  blame(("spherepay: fake:%s takes %s, got %s"):format(name, what,
    value == nil and "nothing" or "a " .. type(value)))
end

local function refuse_number(value, name, what, least)
  if type(value) == "number" and value >= least and value < math.huge then return end
  blame(("spherepay: fake:%s takes %s, got %s"):format(name, what,
    type(value) == "number" and "another number" or value == nil and "nothing"
      or "a " .. type(value)))
end

-- Tells the sandbox, and returns what it answers.
local function control(self, path, body)
  local answer = self.sandbox:handle {
    method = "POST", path = "/_sandbox/" .. path, headers = {}, body = json.encode(body),
  }
  local value = json.decode(answer.body)
  if answer.status < 300 then return value end
  blame("spherepay: fake: " .. tostring(type(value) == "table" and value.error or answer.status))
end

local function place_of(id)
  return (id:find("^associatedPerson_") and "business-representative/" or "customer/") .. id
end

-- The review of one customer or representative.
local function review(self, id, name, order)
  refuse_type(id, "string", name, "the id of a customer or a representative")
  return control(self, place_of(id) .. "/review", order)
end

--- Approves all profiles and the terms of service, or one profile: one that the customer does not
--- have yet, such as kyc_profile_b, is given to it.
---@param id string of a customer or a representative
---@param profile string?
function Fake:approve(id, profile)
  refuse_dot(self, "approve")
  review(self, id, "approve", {
    status = "approved", profile = profile, tosStatus = not profile and "approved" or nil,
  })
end

--- Rejects all profiles, or one.
---@param id string
---@param reasons (string|{ name: string, detail: string? })[]? criteria that were not met
---@param profile string?
function Fake:reject(id, reasons, profile)
  refuse_dot(self, "reject")
  if reasons ~= nil then refuse_type(reasons, "table", "reject", "a list of criteria") end
  review(self, id, "reject", {
    status = "rejected", profile = profile, errors = reasons and json.array(reasons) or nil,
  })
end

--- Sets the status of all profiles, or of one: incomplete, pending, approved, rejected,
--- resubmission_required; of v1 what that documents.
---@param id string
---@param status string
---@param profile string?
function Fake:status(id, status, profile)
  refuse_dot(self, "status")
  refuse_type(status, "string", "status", "a status")
  review(self, id, "status", { status = status, profile = profile })
end

--- Sets the state of one criterion.
---@param id string
---@param criterion string
---@param state "complete"|"pending"|"required"|"error"|"absent"
---@param opts { detail: string?, profile: string?, allow_unknown: boolean? }?
function Fake:set(id, criterion, state, opts)
  refuse_dot(self, "set")
  refuse_type(id, "string", "set", "the id of a customer or a representative")
  refuse_type(criterion, "string", "set", "the name of a criterion")
  local known = false
  for _, name in ipairs(STATES) do known = known or name == state end
  if not known then
    blame("spherepay: fake:set takes a state: " .. table.concat(STATES, ", "))
  end
  opts = opts or {}
  control(self, place_of(id) .. "/set", {
    criterion = criterion, state = state, detail = opts.detail, profile = opts.profile,
    allow_unknown = opts.allow_unknown,
  })
end

local FAULT_OPTIONS = { code = "string", detail = "string", body = "string", apply = "boolean",
  retry_after = "seconds", times = "count" }

local function refuse_times(times, name)
  if times == nil then return end
  refuse_number(times, name, "how many requests, 1 or more", 1)
  if times % 1 ~= 0 then
    blame(("spherepay: fake:%s takes a whole number of requests"):format(name))
  end
end

local function refuse_options(opts)
  refuse_type(opts, "table", "fail_next", "a table of options")
  for name, value in pairs(opts) do
    local wanted = FAULT_OPTIONS[name]
    if not wanted then
      blame("spherepay: fake:fail_next has no option " .. tostring(name)
        .. "; known are retry_after, code, detail, body, times, apply")
    elseif wanted == "count" then
      refuse_times(value, "fail_next")
    elseif wanted ~= "seconds" then
      refuse_type(value, wanted, "fail_next", name .. " as a " .. wanted)
    elseif type(value) ~= "string" or not value:find "%a" then -- which may be a date
      refuse_number(value, "fail_next", "retry_after as seconds, 0 or more, or as a date", 0)
    end
  end
end

local function fault(self, order)
  control(self, "misbehave", order)
end

--- Has the next request refused with `status`.
---@param status integer 400 to 599
---@param opts { retry_after: number|string|nil, code: string?, detail: string?, body: string?,
---  times: integer?, apply: boolean? }? body: in place of problem details; apply: what was asked is
---  done although the answer says otherwise
function Fake:fail_next(status, opts)
  refuse_dot(self, "fail_next")
  if type(status) ~= "number" or status % 1 ~= 0 or status < 400 or status > 599 then
    blame("spherepay: fake:fail_next takes a status from 400 to 599")
  end
  opts = opts or {}
  refuse_options(opts)
  local problem = { status = status, code = opts.code, detail = opts.detail or "failed for a spec" }
  fault(self, {
    status = status, retry_after = opts.retry_after, times = opts.times, apply = opts.apply,
    body = opts.body, json = not opts.body and problem or nil,
  })
end

--- Loses the connection of the next requests, after they were read.
---@param times integer? 1
function Fake:drop_next(times)
  refuse_dot(self, "drop_next")
  refuse_times(times, "drop_next")
  fault(self, { drop = true, times = times })
end

--- Has the next answer come after `seconds`.
---@param seconds number
---@param times integer? 1
function Fake:slow_next(seconds, times)
  refuse_dot(self, "slow_next")
  refuse_number(seconds, "slow_next", "seconds, 0 or more", 0)
  refuse_times(times, "slow_next")
  fault(self, { delay = seconds, times = times })
end

--- What has been asked so far, oldest first, each attempt: at (seconds of the fake's clock),
--- method, path, query, headers (lower-case names, without the key), body (as sent), json (the
--- body, decoded), status.
---@return table[]
function Fake:requests()
  refuse_dot(self, "requests")
  local list = {}
  for i, seen in ipairs(self.engine.seen) do
    local copy = {}
    for name, value in pairs(seen) do copy[name] = value end
    copy.json = seen.body:find "^%s*{" and json.decode(seen.body) or nil
    list[i] = copy
  end
  return list
end

--- Lets time pass: what is due meanwhile happens, and waits that end go on.
---@param seconds number
function Fake:advance(seconds)
  refuse_dot(self, "advance")
  refuse_number(seconds, "advance", "seconds, 0 or more", 0)
  local dispatcher, till = self.client.dispatcher, self.engine.clock + seconds
  repeat
    dispatcher:step(math.max(till - self.engine.clock, 0))
  until self.engine.clock >= till and dispatcher:timeout() ~= 0
end

--- Seconds of the fake's clock since it was made.
---@return number
function Fake:now()
  refuse_dot(self, "now")
  return self.engine.clock
end

--- Opens a link that the API handed out, as the person whom it was sent to.
---@param url string
function Fake:open(url)
  refuse_dot(self, "open")
  refuse_type(url, "string", "open", "the address of a link")
  local answer = self.sandbox:handle {
    method = "GET", path = url:match "^%a+://[^/]+([^?#]*)" or url, headers = {},
  }
  if answer.status >= 300 then blame("spherepay: fake:open: no such link, or it has expired") end
end

--- Forgets customers, requests, faults and keys. The clock goes on.
function Fake:reset()
  refuse_dot(self, "reset")
  control(self, "reset", {})
  self.engine.seen = {}
end

--- For the sandbox's control endpoints that have no method here.
---@param request table see `spherepay.sandbox`
---@return table response
function Fake:handle(request)
  refuse_dot(self, "handle")
  return self.sandbox:handle(request)
end

---@param client spherepay.Client
---@param world table a sandbox
---@param engine spherepay.testing.Engine
---@return spherepay.testing.Fake
function fake.new(client, world, engine)
  return setmetatable({ client = client, sandbox = world, engine = engine }, Fake)
end

return fake
