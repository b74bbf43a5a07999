-- Makes a free text fit for a log line: one line, no secret, no personal data, not long.
-- Not for tables (`redact`) and no proof: a name at the beginning of a sentence, or without its
-- capital, looks like any word, which is why `veil` removes by value what the call itself knows.

local ascii = require "spherepay.http.ascii"
local core = require "spherepay.core"
local one_line = require "spherepay.privacy.one_line"

local scrub = {}

scrub.one_line = one_line

local MASK = "[redacted]"
local MAX_READ = 512
local MAX_TEXT = 120
local MIN_PHONE_DIGITS = 7
local MIN_KEY_LENGTH = 20

local SECRET_PREFIXES = { secret = true, restrictedsecret = true, sk = true, sbx = true, pk = true }

local function mask_url(scheme, rest)
  local authority, path = rest:match("^([^/?#]*)(.*)$")
  local host = authority:match("[^@]*$")
  return scheme .. host .. (#path > 1 and "/" .. MASK or path)
end

-- "customer_68f1..." keeps its kind; keys, JWTs and long random words go altogether.
local function mask_word(word)
  local prefix, rest = word:match("^(%a+)_(.+)$")
  if prefix and SECRET_PREFIXES[ascii.lower(prefix)] then return MASK end
  if word:find("^eyJ") then return MASK end
  if prefix and rest:find("^%w+$") and #rest >= 6 and rest:find("%d") then
    return prefix .. "_[id]"
  end
  if #word >= MIN_KEY_LENGTH and word:find("%d") and word:find("%a") then return MASK end
  return nil
end

-- What stands behind the name of a secret is one: "token=x", "password: y". A sentence may end with
-- "token:".
local NAMES = {}
for name in ([[token key apikey api_key secret password passwd passphrase pwd credential
  authorization cookie]]):gmatch("%S+") do
  NAMES[name] = true
end

local function mask_named(name, sign)
  local word = ascii.lower(name)
  if sign:find(":", 1, true) and (word == "token" or word == "key") then return nil end
  return (NAMES[word] or NAMES[word:match("[_-]([a-z]+)$")]) and name .. sign .. MASK or nil
end

-- Each pattern is tried at every byte of a text, so first what it needs is looked for.
local function mask_secrets(text)
  local has_bearer = text:lower():find("bearer", 1, true)
  if text:find("://", 1, true) then text = text:gsub("(%a[%w+.-]*://)([^%s\"'<>]*)", mask_url) end
  if has_bearer then
    text = text:gsub("([Bb][Ee][Aa][Rr][Ee][Rr])%s+[^%s%[]%S*", "%1 " .. MASK)
  end
  if text:find("[:=]") then
    text = text:gsub("([A-Za-z_-]+)(%s*[:=]%s*)[^%s,;)]+", mask_named)
  end
  if text:find("@", 1, true) then
    text = text:gsub("[^%s<>\"'(),:;=]+@[^%s<>\"'(),;]+", MASK)
  end
  if not (text:find("[%d_]") or text:find("eyJ", 1, true)) then return text end
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
  if text:find("[\"`']") then
    text = text:gsub("\"[^\"]*\"", "\"" .. MASK .. "\""):gsub("`[^`]*`", "`" .. MASK .. "`")
    text = (" " .. text):gsub("([^%w])'[^']*'", "%1'" .. MASK .. "'"):sub(2)
  end
  if not text:find("%d") then return text end
  return (text:gsub("%+?%(?%d[%d%s%-%./()]*%d", mask_digits))
end

-- Words with a capital that the API's own sentences have, and those of HTTP.
local CAPITALS = {}
for word in ([[a an the this that it no not none cannot must may should can please check see use
  only one customer resource request requests name email phone address field fields value values
  body type id ids key api code url parameter parameters query header headers path json object list
  string number date country state profile criterion document file link token password user
  account application webhook event business individual representative meta verification validation
  invalid missing unknown unexpected unsupported required forbidden unauthorized bad failed error
  exception server service internal gateway timeout unavailable too many limit rate exceeded
  conflict duplicate already expired wrong idempotency idempotency-key accept accepted access
  authentication authorization credentials permission denied entity unprocessable found method
  allowed content payload large media something went try again later sorry unable to could there
  terms tax identification bearer sphere spherepay for from with in on at of and or if when
  http https sumsub pix post patch get put delete head null true false utc uuid itin pdf jpeg png
  heic tiff]]):gmatch("%S+") do
  CAPITALS[word] = true
end

local FIRST = "[A-Z\195-\197]"
local CAPITAL = FIRST .. "[A-Za-z\128-\255'-]*"
local WORD_HERE = "^(" .. CAPITAL .. ")()"

local function is_name(word)
  if word:find("^\195[\159-\191]") then return false end -- small: an e with an accent
  local is_short = #word < 4 and not word:find("[a-z\128-\255]") -- KYC, USA
  return not is_short and not CAPITALS[ascii.lower(word)]
end

-- Whether a sentence begins behind a text; "A." is an initial.
local function is_beginning(before)
  if not before:find("%S") then return true end
  return before:find("[.!?:]%s*$") and not before:find("%f[A-Za-z][A-Z]%.%s*$")
end

-- Whether a name goes on: "Smith, Jane", "Jane A. Smith".
local function goes_on(text, past)
  if not text:find("[^%s.]", past) then return true end -- it is all there is
  local after = text:match("^,?%s+(" .. CAPITAL .. ")", past)
  return after ~= nil and (is_name(after) or text:find("^%s+[A-Z]%.?%s+" .. CAPITAL, past) ~= nil)
end

-- Names are words with a capital within a sentence, or several at its beginning. One word there
-- could be any, so it stays.
local function is_masked(text, from, word, past)
  return is_name(word) and (not is_beginning(text:sub(1, from - 1)) or goes_on(text, past))
end

local function mask_names(text)
  local parts, kept, at = {}, 1, text:find(FIRST)
  while at do
    local past = at + 1
    if at == 1 or not text:find("^[A-Za-z0-9_\128-\255]", at - 1) then
      local word
      word, past = text:match(WORD_HERE, at)
      if is_masked(text, at, word, past) then
        parts[#parts + 1], kept = text:sub(kept, at - 1) .. MASK, past
      end
    end
    at = text:find(FIRST, past)
  end
  return table.concat(parts) .. text:sub(kept)
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

-- Most texts hold nothing to be removed, and the core sees that at a glance.
local function fits(text, max)
  return #text <= max and #text <= MAX_READ
end

--- Cleans a text written by this library: control characters, URLs beyond their host,
--- credentials, e-mail addresses and ids go; numbers and quoted names stay.
---@param text string
---@param max? integer longest result in bytes, 120 by default
---@return string
function scrub.own(text, max)
  max = max or MAX_TEXT
  local secrets, untidy = core.suspects(text)
  if not (secrets or untidy) and fits(text, max) then return text end
  return cut(mask_secrets(one_line(head(text))), max)
end

--- Cleans a text written by a server: as `scrub.own`, and quoted values, phone numbers, dates
--- and every other run of seven or more digits go too, and words that look like names.
---@param text string
---@param max? integer longest result in bytes, 120 by default
---@return string
function scrub.foreign(text, max)
  max = max or MAX_TEXT
  local secrets, untidy, values, names = core.suspects(text)
  if not (secrets or untidy or values or names) and fits(text, max) then return text end
  return cut(mask_names(mask_values(mask_secrets(one_line(head(text))))), max)
end

--- Removes credentials, e-mail addresses, ids and what a URL has beyond its host, and leaves the
--- rest of a server's text as it is: for texts that a program shows a person word by word.
---@param text string
---@return string
function scrub.secrets(text)
  return core.suspects(text) and mask_secrets(text) or text
end

--- What the two leave of a text that holds nothing to be removed, for comparing.
---@param text string
---@return string
function scrub.plain(text)
  local _, untidy = core.suspects(text)
  return untidy and cut(one_line(text), #text + 1) or text
end

return scrub
