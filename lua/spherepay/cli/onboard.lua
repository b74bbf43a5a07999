-- spherepay onboard: guides a person through the steps of one customer, until the customer is
-- approved or the next step is somebody else's.

local ask = require("spherepay.cli.ask")
local errors = require("spherepay.errors")
local exit = require("spherepay.cli.exit")
local output = require("spherepay.cli.output")
local verification = require("spherepay.verification")

local TO_CREATE = {
  individual = { "email", "phone", "address" },
  business = { "email", "phone", "businessInformation.legalName" },
}
local ADDRESS = {
  "addresses.0.line1", "addresses.0.city", "addresses.0.state", "addresses.0.postalCode",
  "addresses.0.country",
}
local OF_REPRESENTATIVE = {
  "email", "phone", "firstName", "lastName", "dateOfBirth", "address",
  "representationDetails.ownershipPercentage", "representationDetails.title",
}

-- ---- one step ----------------------------------------------------------------------------------

-- Each asks for what its kind of step needs, and takes it. What comes back is whether something
-- was done, and whether to ask again because what was answered is wrong.
local takers = {}

local ABOUT_THE_ANSWER = { invalid = true, rejected = true }

local function perform(session, customer, step, input)
  local value, err = session:writer():perform(customer, step, input)
  if value then return value end
  session:note("  " .. errors.line(err))
  return nil, ABOUT_THE_ANSWER[err.kind]
end

function takers.field(session, customer, step)
  local method = table.concat(step.call, ".")
  local input = ask.fields(session, method, step.endpoint.fields or { step.path })
  if next(input) == nil then return nil end
  return perform(session, customer, step, input)
end

function takers.otp(session, customer, step)
  if not perform(session, customer, step) then return nil end
  local way = step.endpoint.params and step.endpoint.params.type or "code"
  local code = ask.line(session, ("  the code that came by %s (empty to skip): "):format(way), true)
  if code == "" then return nil end
  return perform(session, customer, step, { code = code })
end

function takers.link(session, customer, step)
  local link = perform(session, customer, step)
  if not link then return nil end
  io.write("  Have the customer open this:\n  ", link.url, "\n")
  return ask.line(session, "  Enter when that is done, s to skip: ") == "" or nil
end

function takers.document(session, customer, step)
  local input = { country = nil }
  local types = step.document_types or {}
  if #types > 1 then
    input.documentType = ask.one_of(session, "  type", types)
    input.country = ask.line(session, "  country (three letters, such as USA): ")
    if input.country == "" then input.country = nil end
  end
  input.file = ask.line(session, "  path of the file (empty to skip): ")
  if input.file == "" then return nil end
  local bar = session:bar("upload", { unit = "bytes" })
  input.on_progress = function(sent, total) bar:update(sent, total) end
  return perform(session, customer, step, input)
end

function takers.representative(session, customer, step)
  local input = ask.fields(session, "representative.create", OF_REPRESENTATIVE)
  if next(input) == nil then return nil end
  return perform(session, customer, step, input)
end

-- ---- the way -----------------------------------------------------------------------------------

local function address(session)
  local given = ask.fields(session, "customer.create", ADDRESS, "business")
  return given.addresses and given.addresses[1] or {}
end

-- A business has two, which may be the same.
local function add_addresses(session, given)
  session:note("  the registered address:")
  local registered = address(session)
  local operating = {}
  if ask.one_of(session, "  the operating address is", { "the same", "another" }) == "another" then
    operating = address(session)
  else
    for name, value in pairs(registered) do operating[name] = value end
  end
  registered.type, operating.type = "registered", "operating"
  given.addresses = { registered, operating }
end

local function create(session)
  local kind = ask.one_of(session, "type", { "individual", "business" })
  while true do
    local given = ask.fields(session, "customer.create", TO_CREATE[kind], kind)
    if next(given) == nil then session:quit(exit.FAILED, "nothing was sent") end
    given.type = kind
    if kind == "business" then add_addresses(session, given) end
    local customer, err = session:writer().customer.create(given)
    if customer then return customer end
    if err.maybe_applied or err.kind ~= "invalid" and err.kind ~= "rejected" then
      session:need(nil, err)
    end
    session:note("  " .. errors.line(err))
  end
end

local function name_of(step)
  return table.concat(step.criteria, ", ") .. "|" .. step.kind
end

-- The first step that a call of ours can take and that was not skipped.
local function next_of(steps, skipped)
  for _, step in ipairs(steps) do
    if step.call and takers[step.kind] and not skipped[name_of(step)] then return step end
  end
  return nil
end

local function take(session, customer, step)
  io.write("\n", output.folded(table.concat(step.criteria, ", ") .. ": " .. (step.detail or "")
    .. (step.detail and ". " or "") .. (step.note or step.kind), session.terminal.width()))
  return takers[step.kind](session, customer, step)
end

local function close(session, report, steps)
  local width = session.terminal.width()
  io.write("\n", output.folded(tostring(report), width))
  if report.ready then return exit.OK end
  local said = {}
  for _, step in ipairs(steps) do
    local line = ("%s is next: %s"):format(step.actor, step.note or step.kind)
    if not step.call and not said[line] then
      said[line] = true
      io.write(output.folded(line, width))
    end
  end
  return report.status == "rejected" and exit.REFUSED or exit.NOT_READY
end

return {
  summary = "Guide a customer through what is outstanding, step by step.",

  arguments = function(command)
    command:argument("id", "Whom; a new customer if nobody is named."):args("?")
    command:option("--currency", "What the customer is to transfer, such as USD.")
  end,

  run = function(session, args)
    if not session.terminal.can_ask() then
      session:misused("onboard asks questions: run it in a terminal")
    end
    local asked = { currency = args.currency }
    local known, problem = pcall(verification.evaluate, {}, asked)
    if not known then session:misused((tostring(problem):gsub("^[^\n]-:%d+: ", ""))) end
    session:note("An empty answer leaves a field out, or skips a step; Ctrl-C ends.")
    local id, skipped = args.id or create(session).id, {}
    while true do
      local customer = session:need(session:client().customer.get(id))
      io.write("\n", verification.render(customer, {
        width = session.terminal.width(), color = session.terminal.wants_color(),
      }))
      local report = verification.evaluate(customer, asked)
      local steps = verification.next_steps(customer, asked)
      local step = not report.ready and next_of(steps, skipped)
      if not step then return close(session, report, steps) end
      local done, again = take(session, customer, step)
      -- what was tried and is still asked for is not asked for again
      if not again then skipped[name_of(step)] = true end
      if not done then io.write(again and "  Once more:\n" or "  skipped\n") end
    end
  end,
}
