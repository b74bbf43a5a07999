-- Answers of every shape, mangled: whatever a server says, nothing raises, and neither the token
-- nor the person of the request is in anything that may be logged. Bounded and seeded; SEEDS is how
-- many rounds (or a list of seeds, "17,18"), for longer runs and for one that failed.

local cjson = require "cjson"
local outcome = require "spherepay.http.outcome"
local core = require "spherepay.core"
local samples = require "spec.support.samples"
local spherepay = require "spherepay"

local verification = spherepay.verification

local ROUNDS = 400
local TOKEN = "Zq7.wJ-token_of/this+spec=1"
local PROXY_PASSWORD = "hunter2-of-the-proxy"

-- What is sent, and what of it must not be seen again: no word of an API.
local SENT = {
  type = "individual", email = "jane.quixote@example.com", phone = "+14155550123",
  address = { line1 = "233 Wackerdriveway", city = "Chicagoville", country = "USA" },
  personalInformation = {
    firstName = "Zo\195\171lle", lastName = "Quixote", taxIdentificationNumber = "987-65-4321",
    dateOfBirth = "1990-04-15",
  },
  meta = { note = "a friend of Ludmilla" },
}
local PERSON = { "quixote", "wackerdriveway", "chicagoville", "ludmilla", "zo\195\171lle", "zoelle",
  "987-65-4321", "987654321", "4155550123", "1990-04-15" }

-- Our own generator, so that a seed means the same on every Lua.
local function generator(seed)
  local state = seed % 2147483647
  if state == 0 then state = 1 end
  return function(n)
    state = state * 16807 % 2147483647
    return state % n + 1
  end
end

local function percent(text)
  return (text:gsub("[^A-Za-z0-9]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function unicode(text)
  return (text:gsub("[\1-\127]", function(c) return ("\\u%04x"):format(c:byte()) end))
end

local function plain(text)
  return text
end

local SPELLINGS = { plain, plain, string.upper, string.lower, percent, unicode,
  function(text) return percent(percent(text)) end,
  function(text) return "x" .. text .. "x" end,
  function(text) return ("the value '%s' is bad"):format(text) end,
  function(text) return "customer/" .. text end,
  function(text) return "/" .. text .. "/0" end }
local SECRETS = { TOKEN, TOKEN, TOKEN, "jane.quixote@example.com", "+14155550123", "Quixote",
  "Zo\195\171lle", "Zo\195\171lle Quixote", "ZOE\204\136LLE", "987-65-4321", "233 Wackerdriveway",
  "Chicagoville", "a friend of Ludmilla", "1990-04-15" }

local function secret(random)
  return SPELLINGS[random(#SPELLINGS)](SECRETS[random(#SECRETS)])
end

local KEYS = { "error", "errors", "code", "detail", "message", "title", "correlationId", "request",
  "status", "statusCode", "ok", "data", "general", "pointer", "parameter", "header", "id",
  "customer", "verificationProfiles", "criteria", "required", "pending", "meta", "name", "type",
  "kyc", "tos", "requirements", "ubos", "address", 1, 2, 3 }

local function odd(random, copy)
  local makers = {
    function() return cjson.null end,
    function() return random(1000) - 500 end,
    function() return 1e300 end,
    function() return random(2) == 1 end,
    function() return {} end,
    function() return { secret(random), { name = secret(random) } } end,
    function() return { [secret(random)] = { secret(random) } } end,
    function() return copy end,
    function() return ("x"):rep(random(5000)) .. secret(random) end,
    function() return "\0\255\n" .. secret(random) end,
    function() return secret(random) end,
    function() return secret(random) end,
    function() return secret(random) end,
  }
  return makers[random(#makers)]()
end

local function copy_of(value)
  if type(value) ~= "table" then return value end
  local result = {}
  for key, item in pairs(value) do result[key] = copy_of(item) end
  return result
end

local function keys_of(value)
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

-- Changes the value in one to eight places: a member replaced, added, renamed or gone.
local function mangle(value, random, source)
  for _ = 1, random(8) do
    local place = value
    for _ = 1, random(4) do
      local keys = keys_of(place)
      local below = keys[1] ~= nil and place[keys[random(#keys)]]
      if type(below) == "table" then place = below end
    end
    local keys, what = keys_of(place), random(4)
    local key = keys[1] ~= nil and keys[random(#keys)] or KEYS[random(#KEYS)]
    if what == 1 then key = KEYS[random(#KEYS)] end
    if what == 2 then place[secret(random)], place[key] = place[key], nil
    else place[key] = odd(random, copy_of(source)) end
  end
  return value
end

-- What the documents show, and the four shapes of an error around every secret.
local function originals()
  local list = {}
  for _, name in ipairs(samples.names()) do
    list[#list + 1] = samples.fixture("api/" .. name .. ".json")
  end
  for _, text in ipairs { TOKEN, "Quixote", "jane.quixote@example.com" } do
    list[#list + 1] = { error = { general = text } }
    list[#list + 1] = { error = { [text] = { text }, address = { { [text] = text } } } }
    list[#list + 1] = { status = 422, detail = text, title = text, code = text,
      correlationId = text,
      errors = { { detail = text, pointer = "/" .. text, parameter = text, header = text }, text } }
    list[#list + 1] = { ok = false, error = "customer/" .. text, message = text, request = text }
  end
  return list
end

local function raw_of(body, random)
  local raw = { status = ({ 200, 201, 400, 401, 404, 409, 422, 429, 500, 302 })[random(10)] }
  if random(12) == 1 then raw.text, raw.json_error = secret(random), "a value is missing at byte 1"
  elseif random(20) == 1 then raw.body = secret(random)
  else raw.body = body end
  raw.sent = "yes"
  return raw
end

-- Every string in it, keys too.
local function strings_of(value, found, seen)
  if type(value) == "string" then found[#found + 1] = value end
  if type(value) ~= "table" or seen[value] then return found end
  seen[value] = true
  for key, item in next, value do
    strings_of(key, found, seen)
    strings_of(item, found, seen)
  end
  return found
end

local function loggable(err, response)
  local list = {}
  if response then list[1] = response.request_id end
  if not err then return list end
  for _, text in ipairs { tostring(err), err.message, err.code or "", err.request_id or "" } do
    list[#list + 1] = text
  end
  strings_of(err.errors, list, {})
  return list
end

local function expect_clean(texts, seed, words)
  for _, text in ipairs(texts) do
    local lower = text:lower()
    for _, word in ipairs(words) do
      local found = lower:find(word:lower(), 1, true)
      assert.is_nil(found, ("seed %d: %q in %q"):format(seed, word, text))
    end
  end
end

local function seeds()
  local given, list = os.getenv "SEEDS" or tostring(ROUNDS), {}
  if given:find(",", 1, true) then
    for seed in given:gmatch("%d+") do list[#list + 1] = tonumber(seed) end
  else
    for seed = 1, tonumber(given) do list[seed] = seed end
  end
  return list
end

describe("Whatever is answered", function()
  local engine, known

  setup(function()
    engine = core.engine {
      token = TOKEN, max_body = 1000, max_headers = 1000, max_connections = 1, max_in_flight = 1,
      rate_read = 0, rate_write = 0, http_version = "auto", min_tls = "1.2",
      proxy = "http://alice:" .. PROXY_PASSWORD .. "@127.0.0.1:1",
    }
    known = originals()
  end)

  local function context_of(random)
    return {
      method = "POST", path = "/v2/customer", pattern = "/v2/customer", operation = "create",
      engine = engine, params = SENT, id = random(3) == 1 and "customer_1" or nil,
    }
  end

  it("nothing raises, and no error tells of the token or of what was sent", function()
    for _, seed in ipairs(seeds()) do
      local random = generator(seed * 7919)
      local original = known[random(#known)]
      local raw = raw_of(mangle(copy_of(original), random, original), random)
      for _, map in ipairs { outcome.any, outcome.customer } do
        local value, err, response = map(raw, context_of(random))
        assert.is_true(value ~= nil or err ~= nil)
        expect_clean(loggable(err, response), seed, PERSON)
        expect_clean(loggable(err, response), seed, { TOKEN, PROXY_PASSWORD })
        if err then expect_clean({ tostring(err) }, seed, { "\n", "\0", "\27" }) end
      end
    end
  end)

  it("verification reads it, and prints no line that steers a terminal", function()
    for _, seed in ipairs(seeds()) do
      local random = generator(seed * 104729)
      local original = known[random(#known)]
      local customer = mangle(copy_of(original), random, original)
      verification.profiles(customer)
      verification.can_transfer(customer, "USD")
      tostring(verification.evaluate(customer, {}))
      verification.next_steps(customer)
      verification.missing_fields(customer)
      tostring(verification.diff(original, customer))
      local text = verification.render(customer)
      assert.is_nil(text:find("[%z\1-\9\11-\31\127]"), seed)
    end
  end)

  -- Names that say whose a value is: what stands under them is masked whatever it is.
  local NAMED = { "firstName", "lastName", "email", "phone", "address", "meta", "token", "link",
    "personalInformation", "correlationId", "request" }

  it("redact keeps its shape, and masks whatever stands under a name that says so", function()
    for _, seed in ipairs(seeds()) do
      local random = generator(seed * 15485863)
      local original = known[random(#known)]
      local value = mangle(copy_of(original), random, original)
      for _ = 1, 3 do value[NAMED[random(#NAMED)]] = secret(random) end
      local masked = spherepay.redact(value)
      for _, name in ipairs(NAMED) do
        local item = masked[name]
        if type(value[name]) == "string" then
          expect_clean({ tostring(item) }, seed, PERSON)
          expect_clean({ tostring(item) }, seed, { TOKEN })
        end
      end
      assert.equal(type(value), type(masked))
    end
  end)
end)
