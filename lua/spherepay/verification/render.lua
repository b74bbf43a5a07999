-- The checklist a person would want to look at, as plain text: a bar per profile, a mark per
-- criterion, errors with their text, and what comes next.
-- ASCII only, so that it survives any terminal, log or ticket. It judges nothing itself.

local blame = require("spherepay.options.blame")
local evaluate = require("spherepay.verification.evaluate")
local next_steps = require("spherepay.verification.steps")
local options = require("spherepay.verification.options")
local profiles = require("spherepay.verification.profiles")
local scrub = require("spherepay.privacy.scrub")

local OPTIONS = { width = "number", color = "boolean string", env = "table" }
local DEFAULT_WIDTH, MIN_WIDTH, MAX_BAR = 80, 20, 30

local COLORS = { green = 32, yellow = 33, red = 31, bold = 1 }

local MARKS = {
  complete = { "[x]", "green" }, pending = { "[~]", "yellow" },
  required = { "[ ]", nil }, error = { "[!]", "red" },
}

local STATUS_COLOR = { approved = "green", rejected = "red", pending = "yellow" }

local function length(text)
  local _, continuation = text:gsub("[\128-\191]", "")
  return #text - continuation
end

-- The first `room` characters, never half a UTF-8 sequence, and the rest.
local function cut(text, room)
  local at, count = 1, 0
  while at <= #text and count < room do
    at, count = at + 1, count + 1
    while at <= #text and text:byte(at) >= 128 and text:byte(at) < 192 do at = at + 1 end
  end
  return text:sub(1, at - 1), text:sub(at)
end

---Lines of at most `room` characters, broken between words where there is a place to.
local function wrapped(text, room)
  local lines, line = {}, ""
  for word in scrub.one_line(text):gmatch("%S+") do
    if line ~= "" and length(line) + 1 + length(word) > room then
      lines[#lines + 1], line = line, ""
    end
    while length(word) > room do
      lines[#lines + 1], word = cut(word, room)
    end
    line = line == "" and word or line .. " " .. word
  end
  lines[#lines + 1] = line
  return lines
end

local Canvas = {}
Canvas.__index = Canvas

function Canvas:paint(text, color)
  if not self.color or not color then return text end
  return ("\27[%dm%s\27[0m"):format(COLORS[color], text)
end

function Canvas:put(line)
  self.lines[#self.lines + 1] = line
end

---Text after a lead of `indent` columns, wrapped under itself.
function Canvas:put_text(lead, indent, text)
  for i, line in ipairs(wrapped(text, self.width - indent)) do
    self:put((i == 1 and lead or (" "):rep(indent)) .. line)
  end
end

local function put_bar(canvas, profile)
  local counts, ratio = evaluate.progress(profile)
  if counts.total == 0 then return end
  local figures = (" %d of %d"):format(counts.complete, counts.total)
  local room = math.max(1, math.min(MAX_BAR, canvas.width - #figures - 4))
  local filled = math.floor(ratio * room)
  canvas:put("  [" .. canvas:paint(("#"):rep(filled), "green") .. ("."):rep(room - filled) .. "]"
    .. figures)
end

local function put_title(canvas, profile)
  local unlocks = profile.unlocks and " (" .. table.concat(profile.unlocks, ", ") .. ")" or ""
  local name = scrub.one_line(profile.name)
  local status = scrub.one_line(profile.raw_status or profile.status)
  local title = name .. ": " .. status .. unlocks
  if length(title) > canvas.width then return canvas:put_text("", 0, title) end
  canvas:put(canvas:paint(name, "bold") .. ": "
    .. canvas:paint(status, STATUS_COLOR[profile.status]) .. unlocks)
end

local function put_item(canvas, state, text)
  local mark, color = MARKS[state][1], MARKS[state][2]
  canvas:put_text("  " .. canvas:paint(mark, color) .. " ", #mark + 3, text)
end

local function put_profile(canvas, profile)
  put_title(canvas, profile)
  put_bar(canvas, profile)
  local with_error = {}
  for _, item in ipairs(profile.errors) do
    if item.name then with_error[item.name] = true end
    put_item(canvas, "error",
      (item.name or "error") .. (item.detail and ": " .. item.detail or ""))
  end
  for _, state in ipairs({ "required", "pending", "complete" }) do
    for _, criterion in ipairs(profile[state]) do
      if not with_error[criterion] then put_item(canvas, state, criterion) end
    end
  end
  canvas:put("")
end

local WORDS = {
  field = "send", document = "upload", link = "follow the link", otp = "confirm the code",
  representative = "register the representatives", review = "wait for SpherePay",
  unknown = "ask SpherePay",
}

local function step_text(step)
  local words = WORDS[step.kind]
  if step.kind == "field" and step.path then words = words .. " " .. step.path end
  if step.kind == "field" and not step.path then words = "send it (request path not documented)" end
  if step.kind == "document" and step.document_types then
    words = words .. " " .. table.concat(step.document_types, " or ")
  end
  local what = step.criterion or step.profile
  return ("%s: %s (%s)"):format(what, words, step.actor)
end

local function put_steps(canvas, steps)
  if #steps == 0 then return canvas:put_text("", 0, "Nothing is outstanding.") end
  canvas:put(canvas:paint("Next", "bold"))
  for i, step in ipairs(steps) do
    local lead = ("%3d. "):format(i)
    canvas:put_text(lead, #lead, step_text(step))
  end
end

local function wants_color(opts)
  local color = opts.color
  if color ~= "auto" then return color == true end
  local no_color
  if opts.env then no_color = opts.env.NO_COLOR else no_color = os.getenv("NO_COLOR") end
  return no_color == nil or no_color == ""
end

local function check(opts)
  options.check(opts, OPTIONS, "verification.render")
  local color = opts and opts.color
  if type(color) == "string" and color ~= "auto" then
    blame("verification.render: option \"color\" must be true, false or \"auto\"")
  end
end

---The checklist of a customer as text. It shows the id, the type, names of profiles and criteria,
---statuses and the API's error texts; no other data of the customer.
---@param customer any a v2 or v1 customer, or a business representative
---@param opts { width: integer|nil, color: boolean|"auto"|nil, env: table|nil }|nil `width` in
---  columns (80, at least 20); `color` false by default, "auto" for color unless NO_COLOR is set
---  and not empty, in `env` if given, else in the environment
---@return string text lines ending in a newline
---raises on an unknown option or a wrong type
local function render(customer, opts)
  check(opts)
  opts = opts or {}
  if type(customer) ~= "table" then return "No customer.\n" end
  local canvas = setmetatable({
    lines = {},
    width = math.max(MIN_WIDTH, math.floor(opts.width or DEFAULT_WIDTH)),
    color = wants_color(opts),
  }, Canvas)
  local id = type(customer.id) == "string" and customer.id or "customer"
  local kind = type(customer.type) == "string" and " (" .. customer.type .. ")" or ""
  canvas:put_text("", 0, id .. kind)
  canvas:put("")
  local all = profiles(customer)
  for _, profile in ipairs(all) do put_profile(canvas, profile) end
  if #all == 0 then
    canvas:put_text("", 0, "No verification profiles.")
  else
    put_steps(canvas, next_steps(customer))
  end
  return table.concat(canvas.lines, "\n") .. "\n"
end

return render
