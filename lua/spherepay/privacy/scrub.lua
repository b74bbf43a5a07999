-- Makes a free text fit for a log line: one line, no secret, no personal data, not long.
-- Not for tables (`redact`) and no proof: a bare name in a sentence looks like any word, which
-- is why `scrub.echo` also removes what the caller itself had sent.

local personal = require "spherepay.privacy.personal"

local scrub = {}

local MASK = "[redacted]"
local MAX_READ = 512
local MAX_TEXT = 120
local MAX_ECHOES = 200
local MAX_ECHO = 254
local MAX_ECHO_TEXT = 4096
local MAX_DEPTH = 8
local MIN_PHONE_DIGITS = 7
local MIN_KEY_LENGTH = 20

local SECRET_PREFIXES = { secret = true, restrictedsecret = true, sk = true, sbx = true, pk = true }

--- Makes a text fit to print: one line that cannot steer a terminal. Control characters (C0 and
--- C1), line and paragraph separators and marks that reorder text become spaces. It hides nothing.
---@param text string
---@return string
function scrub.one_line(text)
  text = text:gsub("\194[\128-\159]", " "):gsub("%c+", " "):gsub("\216\156", " ")
  text = text:gsub("\226\128[\142\143\168-\174]", " ")
  return (text:gsub("\226\129[\166-\169]", " "))
end

local function mask_url(scheme, rest)
  local authority, path = rest:match("^([^/?#]*)(.*)$")
  local host = authority:match("[^@]*$")
  return scheme .. host .. (#path > 1 and "/" .. MASK or path)
end

-- "customer_68f1..." keeps its kind; keys, JWTs and long random words go altogether.
local function mask_word(word)
  local prefix, rest = word:match("^(%a+)_(.+)$")
  if prefix and SECRET_PREFIXES[prefix:lower()] then return MASK end
  if word:find("^eyJ") then return MASK end
  if prefix and rest:find("^%w+$") and #rest >= 6 and rest:find("%d") then
    return prefix .. "_[id]"
  end
  if #word >= MIN_KEY_LENGTH and word:find("%d") and word:find("%a") then return MASK end
  return nil
end

local function mask_secrets(text)
  text = text:gsub("(%a[%w+.-]*://)([^%s\"'<>]*)", mask_url)
  text = text:gsub("([Bb][Ee][Aa][Rr][Ee][Rr])%s+[^%s%[]%S*", "%1 " .. MASK)
  text = text:gsub("[^%s<>\"'(),:;=]+@[^%s<>\"'(),;]+", MASK)
  return (text:gsub("[%w_%-]+", mask_word))
end

local function is_ipv4(digits)
  local a, b, c, d = digits:match("^(%d+)%.(%d+)%.(%d+)%.(%d+)$")
  return a and #a < 4 and #b < 4 and #c < 4 and #d < 4
end

local function mask_digits(digits)
  local _, count = digits:gsub("%d", "")
  if count >= MIN_PHONE_DIGITS and not is_ipv4(digits) then return MASK end
  return nil
end

-- A server quotes what it refuses; the quotation is somebody's data.
local function mask_values(text)
  text = text:gsub("\"[^\"]*\"", "\"" .. MASK .. "\""):gsub("`[^`]*`", "`" .. MASK .. "`")
  text = (" " .. text):gsub("([^%w])'[^']*'", "%1'" .. MASK .. "'"):sub(2)
  return (text:gsub("%+?%(?%d[%d%s%-%./()]*%d", mask_digits))
end

-- A word cut in half could slip through the patterns, so it goes.
local function head(text)
  if #text <= MAX_READ then return text end
  return (text:sub(1, MAX_READ):gsub("%S*$", ""))
end

local function cut(text, max)
  text = text:gsub("^%s+", ""):gsub("%s+", " "):gsub(" $", "")
  if #text <= max then return text end
  local last = max - 3
  while last > 0 and text:byte(last + 1) >= 128 and text:byte(last + 1) < 192 do last = last - 1 end
  return text:sub(1, last) .. "..."
end

--- Cleans a text written by this library: control characters, URLs beyond their host,
--- credentials, e-mail addresses and ids go; numbers and quoted names stay.
---@param text string
---@param max? integer longest result in bytes, 120 by default
---@return string
function scrub.own(text, max)
  return cut(mask_secrets(scrub.one_line(head(text))), max or MAX_TEXT)
end

--- Cleans a text written by a server: as `scrub.own`, and quoted values, phone numbers, dates
--- and every other run of seven or more digits go too.
---@param text string
---@param max? integer longest result in bytes, 120 by default
---@return string
function scrub.foreign(text, max)
  return cut(mask_values(mask_secrets(scrub.one_line(head(text)))), max or MAX_TEXT)
end

local function collect(value, inside, found, depth)
  if depth > MAX_DEPTH or #found >= MAX_ECHOES then return end
  for name, item in pairs(value) do
    local here = inside or personal.is_container(name)
    if type(item) == "table" then
      collect(item, here, found, depth + 1)
    elseif here or personal.is_field(name) or name == "name" then
      local kind = type(item)
      if kind == "string" or kind == "number" then found[#found + 1] = tostring(item) end
    end
  end
end

local function longer(a, b)
  if #a ~= #b then return #a > #b end
  return a < b
end

local function either_case(letter)
  return "[" .. letter:lower() .. letter:upper() .. "]"
end

local function as_pattern(word)
  local pattern = word:gsub("[%p%s]", "%%%0"):gsub("%a", either_case)
  if word:find("^%w") then pattern = "%f[%w]" .. pattern end
  if word:find("%w$") then pattern = pattern .. "%f[%W]" end
  return pattern
end

--- Removes from a server's text the personal values that the request itself had carried.
---@param text string
---@param params any the request's body; anything but a table removes nothing
---@return string
function scrub.echo(text, params)
  if type(params) ~= "table" then return text end
  local found = {}
  collect(params, false, found, 1)
  table.sort(found, longer)
  text = text:sub(1, MAX_ECHO_TEXT)
  for _, word in ipairs(found) do
    if #word >= 2 and #word <= MAX_ECHO and not word:find("%c") then
      text = text:gsub(as_pattern(word), MASK)
    end
  end
  return text
end

return scrub
