-- Judges where a customer stands: ready or not, how far along, what is outstanding and why.
-- Ready means that the profile which unlocks the currency is approved, and nothing else: empty
-- criteria arrays and tosStatus say nothing about it (vendor docs: Verification profile).

local ascii = require("spherepay.http.ascii")
local blame = require("spherepay.options.blame")
local options = require("spherepay.verification.options")
local one_line = require("spherepay.privacy.one_line")
local select_profiles = require("spherepay.verification.select")

---@class spherepay.verification.Outstanding
---@field profile string
---@field criterion string|nil nil when the API named none, or the profile lists nothing
---@field state string "error", "required", "pending", or the profile's status if it lists nothing
---@field reason string one phrase; for an error the API's own text

---@class spherepay.verification.Counts criteria, each counted once per profile by its worst state;
---  those of an approved profile are complete, whatever its arrays say
---@field total integer the sum of the others
---@field complete integer
---@field pending integer
---@field required integer
---@field error integer

---@class spherepay.verification.Report
---@field ready boolean
---@field status string of the profile; of several the one furthest from approved; "unavailable"
---  when what was asked for is not there
---@field currency string|nil as asked, in capitals
---@field profile string|nil as asked, or the name of the only profile that decided
---@field profiles spherepay.verification.Profile[] those that decided
---@field counts spherepay.verification.Counts
---@field ratio number 0 to 1, complete of total; 1 when ready
---@field outstanding spherepay.verification.Outstanding[] errors first; empty when ready
---@field problem string|nil with status "unavailable": what is not there, and what is
---@field available spherepay.verification.Available|nil with `problem`

local evaluate = {}

-- How far from approved; statuses that are not documented stand between refused and incomplete.
local DISTANCE = {
  approved = 0, pending = 1, incomplete = 2, resubmission_required = 4, rejected = 5,
}
local UNDOCUMENTED = 3

-- Why a profile that lists nothing outstanding is not approved.
local STATUS_REASON = {
  incomplete = "not complete, but nothing is listed yet",
  pending = "under review by SpherePay",
  rejected = "could not be approved on what was submitted",
  resubmission_required = "something must be submitted again; nothing is listed",
  unknown = "the API gave no status",
}

local report_methods = {}

local function add(outstanding, profile, criterion, state, reason)
  outstanding[#outstanding + 1] =
    { profile = profile, criterion = criterion, state = state, reason = reason }
end

local function without(list, with_error)
  local n = 0
  for i = 1, #list do
    if not with_error[list[i]] then n = n + 1 end
  end
  return n
end

local function count(profile, counts)
  local with_error, errors, wrong = {}, profile.errors, 0
  for i = 1, #errors do
    local name = errors[i].name
    if name and not with_error[name] then
      with_error[name] = true
      wrong = wrong + 1
    end
  end
  local complete = without(profile.complete, with_error)
  local pending = without(profile.pending, with_error)
  local required = without(profile.required, with_error)
  if profile.status == "approved" then
    complete, pending, required, wrong = complete + pending + required + wrong, 0, 0, 0
  end
  counts.complete, counts.pending = counts.complete + complete, counts.pending + pending
  counts.required, counts.error = counts.required + required, counts.error + wrong
  return with_error
end

---What stands between one profile and its approval; nothing when it is approved, whatever its
---arrays say (v1 samples are approved with requirements listed).
---@param profile spherepay.verification.Profile
---@param with_error table<string, true> the criteria that have an error
---@param outstanding spherepay.verification.Outstanding[] is appended to
local function list_outstanding(profile, with_error, outstanding)
  if profile.status == "approved" then return end
  local before, name = #outstanding, profile.name
  for i = 1, #profile.errors do
    local item = profile.errors[i]
    add(outstanding, name, item.name, "error", item.detail or "the API reports a problem")
  end
  for i = 1, #profile.required do
    local criterion = profile.required[i]
    if not with_error[criterion] then
      add(outstanding, name, criterion, "required", "still needed")
    end
  end
  for i = 1, #profile.pending do
    local criterion = profile.pending[i]
    if not with_error[criterion] then
      add(outstanding, name, criterion, "pending", "being checked")
    end
  end
  if #outstanding == before then
    local reason = STATUS_REASON[profile.status] or "this status is not documented"
    add(outstanding, name, nil, profile.status, reason)
  end
end

local function overall_status(deciding)
  local status, furthest
  for i = 1, #deciding do
    local candidate = deciding[i].status
    local distance = DISTANCE[candidate] or UNDOCUMENTED
    if not furthest or distance > furthest then status, furthest = candidate, distance end
  end
  return status
end

local function new_counts()
  return { total = 0, complete = 0, pending = 0, required = 0, error = 0 }
end

local function ratio_of(counts, ready)
  counts.total = counts.complete + counts.pending + counts.required + counts.error
  return ready and 1 or counts.total > 0 and counts.complete / counts.total or 0
end

---How far along one profile of the normal form is.
---@param profile spherepay.verification.Profile
---@return spherepay.verification.Counts counts
---@return number ratio 0 to 1; 1 when approved
function evaluate.progress(profile)
  local counts = new_counts()
  count(profile, counts)
  return counts, ratio_of(counts, profile.status == "approved")
end

local function tally(report, selection)
  local counts, outstanding = report.counts, report.outstanding
  for i = 1, #selection.deciding do
    local profile = selection.deciding[i]
    list_outstanding(profile, count(profile, counts), outstanding)
  end
  if not report.ready then
    for i = 1, #selection.also do
      local profile = selection.also[i]
      local with_error = count(profile, counts)
      if #profile.required > 0 then list_outstanding(profile, with_error, outstanding) end
    end
  end
  report.ratio = ratio_of(counts, report.ready)
end

---What `evaluate` says, for callers that have checked their question.
---@param customer any
---@param opts { profile: string|nil, currency: string|nil }|nil
---@return spherepay.verification.Report
function evaluate.report(customer, opts)
  local selection = select_profiles(customer, opts)
  local deciding = selection.deciding
  local status = selection.problem and "unavailable" or overall_status(deciding)
  local report = setmetatable({
    ready = status == "approved",
    status = status,
    currency = opts and opts.currency and ascii.upper(opts.currency),
    profile = opts and opts.profile or #deciding == 1 and deciding[1].name or nil,
    profiles = deciding,
    counts = new_counts(),
    ratio = 0,
    outstanding = {},
    problem = selection.problem,
    available = selection.available,
  }, report_methods)
  if not selection.problem then tally(report, selection) end
  return report
end

local function phrase(item)
  local what = item.criterion and item.criterion .. ": " or ""
  return item.profile .. ": " .. what .. item.reason
end

---One line for a log: no personal data, no error texts of the API.
function report_methods.__tostring(report)
  if report.problem then return one_line("not ready: " .. report.problem) end
  local names = {}
  for i, profile in ipairs(report.profiles) do
    names[i] = profile.name .. " is " .. profile.status
  end
  local counts = report.counts
  return one_line(("%s: %s (%d of %d criteria complete)"):format(
    report.ready and "ready" or "not ready", table.concat(names, ", "),
    counts.complete, counts.total))
end

---Whether the customer is ready, and what is outstanding. Handed the `nil, err` of a call that
---failed, it reports the error as its problem.
---
---With `currency` the profiles documented to unlock it decide (kyc_profile_a: USD and EUR,
---kyc_profile_b: BRL and PIX; for the others the vendor does not say). With `profile` the one of
---that name. With neither, every profile must be approved. v1: kyc and tos must be approved, for
---EUR euAccountTos too; that an EU account needs a proof of address as well cannot be seen on the
---customer (vendor docs: Verification profile; v1 transfer guide and error reference).
---@param customer any a v2 or v1 customer, or a business representative; anything else is not ready
---@param opts spherepay.Question? a profile or a currency; `allow_unknown` lets one pass that
---  nobody documents
---@return spherepay.verification.Report report `tostring` of it is one line
---raises on an unknown option, a wrong type, both at once, a profile that neither the
---documentation nor the customer has, and a currency that looks like a misspelt one
function evaluate.evaluate(customer, opts)
  local failed = options.failure(customer, opts)
  if failed then return evaluate.report(failed, nil) end
  options.check_question(customer, opts, "verification.evaluate")
  return evaluate.report(customer, opts)
end

---Whether the customer may transfer this currency now.
---@param customer any as for `evaluate`
---@param currency spherepay.Currency such as "USD"; case does not matter
---@return boolean allowed
---@return string[] reasons why not, one phrase each; empty when allowed. They may quote the API's
---  error texts
---raises when `currency` is not a string
function evaluate.can_transfer(customer, currency)
  if options.failure(customer, currency) then
    return false, { evaluate.evaluate(customer, currency).problem }
  elseif type(currency) ~= "string" then
    blame("verification.can_transfer: currency must be a string, not a " .. type(currency)
      .. "; write verification.can_transfer(customer, \"USD\"), with a dot")
  end
  local report = evaluate.report(customer, { currency = currency })
  if report.problem then return false, { report.problem } end
  local reasons = {}
  if report.ready then return true, reasons end
  for _, profile in ipairs(report.profiles) do
    if profile.status ~= "approved" then
      reasons[#reasons + 1] = ("%s is %s"):format(profile.name, profile.status)
    end
  end
  for _, item in ipairs(report.outstanding) do reasons[#reasons + 1] = phrase(item) end
  return false, reasons
end

return evaluate
