-- The checklist a person would want to look at, as plain text: a bar per profile, a mark per
-- criterion, errors with their text, and what comes next.
-- ASCII only, so that it survives any terminal, log or ticket. It judges nothing itself.

local blame = require("spherepay.options.blame")
local evaluate = require("spherepay.verification.evaluate")
local next_steps = require("spherepay.verification.steps")
local options = require("spherepay.verification.options")
local profiles = require("spherepay.verification.profiles")
local one_line = require("spherepay.privacy.one_line")

local OPTIONS = {
  { "color", options.of_type("boolean", "string") },
  { "env", options.of_type("table") },
  { "width", options.of_type("number") },
}
local DEFAULT_WIDTH, MIN_WIDTH, MAX_WIDTH, MAX_BAR = 80, 20, 9999, 30

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

-- At most `room` characters, up to a mark inside a name if there is one ("personalInformation.",
-- "tax_"), never half a UTF-8 sequence; and the rest.
local function cut(text, room)
  local at, count = 1, 0
  while at <= #text and count < room do
    at, count = at + 1, count + 1
    while at <= #text and text:byte(at) >= 128 and text:byte(at) < 192 do at = at + 1 end
  end
  local parts = text:sub(1, at - 1):match("^.*[A-Za-z0-9}][._/,]")
  if parts and 2 * #parts > room then at = #parts + 1 end
  return text:sub(1, at - 1), text:sub(at)
end

---Lines of at most `room` characters, broken between words where there is a place to.
local function wrapped(text, room)
  local lines, line = {}, ""
  room = math.max(1, room)
  for word in one_line(text):gmatch("%S+") do
    if line ~= "" and length(line) + 1 + length(word) > room then
      lines[#lines + 1], line = line, ""
    end
    local rest = word
    while length(rest) > room do
      lines[#lines + 1], rest = cut(rest, room)
    end
    line = line == "" and rest or line .. " " .. rest
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
  local name = one_line(profile.name)
  local status = one_line(profile.raw_status or profile.status)
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
  local with_error, approved = {}, profile.status == "approved"
  for _, item in ipairs(profile.errors) do
    if item.name then with_error[item.name] = true end
    put_item(canvas, approved and "complete" or "error",
      (item.name or "error") .. (item.detail and ": " .. item.detail or ""))
  end
  for _, state in ipairs({ "required", "pending", "complete" }) do
    for _, criterion in ipairs(profile[state]) do
      if not with_error[criterion] then
        put_item(canvas, approved and "complete" or state, criterion)
      end
    end
  end
  canvas:put("")
end

local WORDS = {
  field = "send", document = "upload", link = "open the ", otp = "confirm the code",
  representative = "register the representatives", review = "wait for SpherePay",
  unknown = "ask SpherePay",
}

-- The field, and what goes with it.
local function sending(step)
  local others = {}
  for _, field in ipairs(step.endpoint.fields) do
    if field ~= step.path then others[#others + 1] = field end
  end
  local with = #others > 0 and " with " .. table.concat(others, ", ") or ""
  return WORDS.field .. " " .. step.path .. with
end

local function deed(step)
  local words = WORDS[step.kind]
  if not step.endpoint then return step.kind == "review" and words or WORDS.unknown end
  if step.path and (step.endpoint.update or step.kind == "field") then return sending(step) end
  if step.kind == "link" then return words .. step.endpoint.path:match("[^/]+$") end
  if step.kind == "document" and step.document_types then
    words = words .. " " .. table.concat(step.document_types, " or ")
  end
  return words
end

local function step_text(step)
  local what = #step.criteria > 0 and table.concat(step.criteria, ", ") or step.profile
  local text = ("%s: %s (%s)"):format(what, deed(step), step.actor)
  -- Where no call helps, only the note does.
  if not step.endpoint and step.note then text = text .. ". " .. step.note end
  return text
end

local function put_steps(canvas, steps)
  if #steps == 0 then return canvas:put_text("", 0, "Nothing is outstanding.") end
  canvas:put(canvas:paint("Next", "bold"))
  for i, step in ipairs(steps) do
    local lead = ("%3d. "):format(i)
    canvas:put_text(lead, #lead, step_text(step))
  end
end

local function environment(opts, name)
  if opts.env then return opts.env[name] end
  return os.getenv(name)
end

local function wants_color(opts)
  if opts.color ~= "auto" then return opts.color == true end
  local no_color = environment(opts, "NO_COLOR")
  return no_color == nil or no_color == ""
end

local function width_of(opts)
  local columns = tostring(environment(opts, "COLUMNS") or ""):match("^%d%d?%d?%d?$")
  local width = opts.width or tonumber(columns) or DEFAULT_WIDTH
  if width ~= width or width > MAX_WIDTH then width = MAX_WIDTH end
  return math.max(MIN_WIDTH, math.floor(width))
end

local function check(opts)
  options.check(opts, OPTIONS, "verification.render")
  local color = opts and opts.color
  if type(color) == "string" and color ~= "auto" then
    blame("verification.render: option \"color\" must be true, false or \"auto\"")
  end
end

local function put_customer(canvas, customer)
  local id = type(customer.id) == "string" and customer.id or "customer"
  local kind = type(customer.type) == "string" and " (" .. customer.type .. ")" or ""
  canvas:put_text("", 0, id .. kind)
  canvas:put("")
  local all = profiles(customer)
  for _, profile in ipairs(all) do put_profile(canvas, profile) end
  if #all == 0 then return canvas:put_text("", 0, "No verification profiles.") end
  put_steps(canvas, next_steps(customer))
end

---The checklist of a customer as text. It shows the id, the type, names of profiles and criteria,
---statuses and the API's error texts; no other data of the customer. Handed the `nil, err` of a
---call that failed, it shows the error.
---@param customer any a v2 or v1 customer, or a business representative
---@param opts { width: integer|nil, color: boolean|"auto"|nil, env: table|nil }|nil `width` in
---  columns, at least 20: else what COLUMNS says, else 80; `color` false by default, "auto" for
---  color unless NO_COLOR is set and not empty; both in `env` if given, else in the environment
---@return string text lines ending in a newline
---raises on an unknown option or a wrong type
local function render(customer, opts)
  local failed = options.failure(customer, opts)
  if failed == opts then opts = nil end
  check(opts)
  opts = opts or {}
  local canvas = setmetatable({
    lines = {}, width = width_of(opts), color = wants_color(opts),
  }, Canvas)
  if failed then
    canvas:put_text("", 0, "No customer: " .. tostring(failed))
  elseif type(customer) ~= "table" then
    canvas:put_text("", 0, "No customer.")
  else
    put_customer(canvas, customer)
  end
  return table.concat(canvas.lines, "\n") .. "\n"
end

return render
