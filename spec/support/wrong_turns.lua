-- Wrong turns of people who use the library for the first time, and what the message must say: each
-- is `{ turn, take, says ... }`. `take(env)` does it; what it raises or returns as an error is the
-- message. `says` are parts of it: what is wrong, and what to do instead.
--
--   env.new(options)   a client of a sandbox; its options are over those
--   env.url, env.tls_url, env.old_url    sandboxes: plain, over TLS, of v2 of 2025
--   env.child(script, cpath)             what a script of its own prints; `cpath` for LUA_CPATH
--   env.has_luv                          whether there is a luv
--   env.own_cpath, env.other_cpath       where C parts lie: for this Lua alone; for another
-- `needs` names a member of env without which the turn cannot be taken.

local spherepay = require "spherepay"

local verification = spherepay.verification

local function jane(extra)
  local params = {
    type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
    address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
  }
  for name, value in pairs(extra or {}) do params[name] = value end
  return params
end

-- A turn of spherepay.new.
local function options(given)
  return function()
    local full = { token = "k" }
    for name, value in pairs(given) do full[name] = value end
    return spherepay.new(full)
  end
end

-- A turn of a client.
local function client(fn, given)
  return function(env) return fn(env.new(given)) end
end

local function create(params, opts)
  return client(function(one) return one.customer.create(params, opts) end)
end

local function policy(rule)
  return function() return verification.policy(rule) end
end

local SPAWN = [[
  local client = require("spherepay").new { token = "k", base_url = "http://127.0.0.1:1" }
  client:spawn(function() client.customer.get "customer_1" end)
]]

local turns = {
  -- set-up
  { "the C part is not installed",
    function(env) return nil, env.child([[require "spherepay"]], "/nowhere/?.so") end,
    "its C part", "make install" },
  { "a fake is wanted where lua-cjson is not installed",
    function(env)
      return nil, env.child([[require("spherepay").testing.client()]], env.own_cpath)
    end,
    "lua-cjson", "install it for this Lua" },

  { "the C part was built for another Lua", needs = "other_cpath",
    function(env) return nil, env.child([[require "spherepay"]], env.other_cpath) end,
    "was built for", "for this Lua" },

  -- making a client
  { "spherepay.new without options", function() return spherepay.new() end,
    "as in spherepay.new { token = ... }" },
  { "spherepay:new with a colon", function() return spherepay:new { token = "k" } end,
    "write spherepay.new { ... }, with a dot" },
  { "no token: the variable is not set", function() return spherepay.new { token = nil } end,
    "\"token\" is required", "is that variable set?" },
  { "an empty token", options { token = "" }, "\"token\" must be a string that is not empty" },
  { "a token with the line break of its file", options { token = "abc\n" },
    "ends with a line break", "cut it off" },
  { "a token with Bearer before it", options { token = "Bearer abc" },
    "without \"Bearer\", which is added" },
  { "a token in quotation marks", options { token = "\"abc\"" }, "in quotation marks" },
  { "a token that is a number", options { token = 12345 }, "must be a string", "got a number" },
  { "an option misspelt", options { timout = 3 }, "did you mean \"timeout\"?" },
  { "another client's name for an option", options { api_key = "k" }, "did you mean \"token\"?" },
  { "an option in camel case", options { baseUrl = "https://h.example" },
    "did you mean \"base_url\"?" },
  { "an option of one call", options { idempotency_key = "k" },
    "\"idempotency_key\" is an option of one call", "client.customer.create(params, {" },
  { "the version in base_url", options { base_url = "https://api.spherepay.co/v2" },
    "option \"api_version\"" },
  { "a base_url without https://", options { base_url = "api.spherepay.co" },
    "a URL such as https://api.spherepay.co" },
  { "plain http to another machine", options { base_url = "http://api.spherepay.co" },
    "an https URL" },
  { "an environment misspelt", options { environment = "prod" },
    "one of \"production\", \"sandbox\"" },
  { "api_version as a number", options { api_version = 2 }, "one of \"v2\", \"v1\"" },
  { "a timeout in milliseconds", options { timeout = 30000 },
    "a number of seconds", "Those are 30 seconds" },
  { "a timeout as a string", options { timeout = "30" }, "a number of seconds", "got a string" },
  { "retries that are true", options { max_retries = true }, "an integer from 0 to 10" },
  { "a rate limit as a number", options { rate_limit = 50 }, "{ read =, write = }" },
  { "a loop that does not exist", options { loop = "uv" }, "did you mean \"luv\"?" },
  { "the nginx loop outside of nginx", options { loop = "nginx" },
    "needs nginx with its Lua module; without the option" },
  { "shm outside of nginx", options { shm = "x" }, "is for nginx", "leave it out" },
  { "validate misspelt", options { validate = "Strict" }, "true, false or \"strict\"" },
  { "a hook that is no function", options { on_event = "print" }, "must be a function" },

  -- calling
  { "a method of the customer on the client",
    client(function(one) return one.get "customer_1" end), "write client.customer.get(...)" },
  { "the customer in plural", client(function(one) return one.customers.get "customer_1" end),
    "write client.customer" },
  { "another client's name for a method",
    client(function(one) return one.customer.retrieve "customer_1" end), "did you mean \"get\"?" },
  { "a method misspelt", client(function(one) return one.customer.craete(jane()) end),
    "did you mean \"create\"?" },
  { "a method that the API does not have",
    client(function(one) return one.customer.delete "customer_1" end),
    "documents no way to delete a customer" },
  { "a colon for a dot", client(function(one) return one.customer:get "customer_1" end),
    "write client.customer.get(...), with a dot" },
  { "a nil id", client(function(one) return one.customer.get(nil) end),
    "an id (a string), got nothing" },
  { "a number for an id", client(function(one) return one.customer.get(42) end),
    "an id (a string), got a number" },
  { "a customer for an id", client(function(one) return one.customer.get { id = "customer_1" } end),
    "an id (a string), got a table", "customer.id" },
  { "an empty id", client(function(one) return one.customer.get "" end),
    "/id must be a customer id: customer_ and letters or digits" },
  { "an e-mail address for an id",
    client(function(one) return one.customer.get "jane.smith@example.com" end),
    "/id must be a customer id: customer_ and letters or digits" },
  { "the id of another application or environment",
    client(function(one) return one.customer.update("customer_0123", {}) end),
    "is it an id of this server, made with a key of the same application?" },
  { "the id of something else",
    client(function(one) return one.customer.get "wallet_0123" end),
    "not of the documented form: customer_" },
  { "an unknown id", client(function(one) return one.customer.get "customer_0123" end),
    "is it an id of this server" },
  { "create without params", client(function(one) return one.customer.create() end),
    "create takes a table of params, got nothing" },
  { "params as JSON", client(function(one) return one.customer.create "{}" end),
    "create takes a table of params, got a string" },
  { "options before params", create({ timeout = 5 }, jane()),
    "the params come first" },
  { "params without what is required", create { type = "individual" },
    "/email is required", "/address is required" },
  { "a type that does not exist", create(jane { type = "person" }),
    "/type must be one of individual, business" },
  { "the type misspelt", create { typ = "individual" },
    "/type is required", "/typ is not a documented name; did you mean \"type\"?" },
  { "a phone number without +", create(jane { phone = "415 555 0123" }),
    "/phone must be a phone number in E.164 form" },
  { "a country of two letters", create(jane { address = { country = "US" } }),
    "/address/country", "such as USA" },
  { "a date of birth in another form",
    create(jane { personalInformation = { dateOfBirth = "15.04.1990" } }), "YYYY-MM-DD" },
  { "a field misspelt", create(jane { fist_name = "Jane" }, { validate = "strict" }),
    "did you mean \"firstName\" in personalInformation?" },
  { "a field in snake case",
    create(jane { address = { postal_code = "60606", country = "USA" } }, { validate = "strict" }),
    "did you mean \"postalCode\"?" },
  { "a name of v1", create(jane { ssn = "123456789" }),
    "is a v1 name", "personalInformation.taxIdentificationNumber" },
  { "a name of v1 inside an object",
    create(jane { personalInformation = { ssn = "123456789" } }, { validate = "strict" }),
    "did you mean \"taxIdentificationNumber\"?" },
  { "an option among the params", create(jane { idempotency_key = "k" }),
    "belongs in the second argument of create" },
  { "a part of the tax identification",
    create(jane { personalInformation = { taxIdentificationNumber = "1" } }),
    "taxIdentificationNumberType is required when any tax identification field is given" },
  { "a table in meta", create(jane { meta = { tags = { "a" } } }),
    "must be null, a string, a number or a boolean" },
  { "a function in the params", create(jane { meta = { tags = print } }),
    "must be null, a string, a number or a boolean" },
  { "an update without the id", client(function(one) return one.customer.update { meta = {} } end),
    "update takes an id (a string) and a table of params" },
  { "an update of a business",
    client(function(one)
      return one.customer.update("customer_1", { businessInformation = {} })
    end),
    "business data goes through the KYC link" },
  { "an update of the e-mail address",
    client(function(one) return one.customer.update("customer_1", { email = "a@example.com" }) end),
    "cannot be updated" },
  { "a call's option misspelt",
    client(function(one) return one.customer.get("customer_1", { dedline = 1 }) end),
    "did you mean \"deadline\"?" },
  { "a client's option in a call",
    client(function(one) return one.customer.get("customer_1", { max_body = 1 }) end),
    "is an option of spherepay.new" },
  { "a header that the library writes",
    client(function(one)
      return one.customer.get("customer_1", { headers = { Authorization = "Bearer k" } })
    end), "use the option \"token\" of spherepay.new" },
  { "an idempotency key with spaces", create(jane(), { idempotency_key = "my key" }),
    "/idempotency_key must be 1 to 255 characters of printable ASCII without spaces" },
  { "a call after close", client(function(one)
      one:close()
      return one.customer.get "customer_1"
    end), "the client is closed", "spherepay.new" },

  -- reaching the server
  { "a wrong token", client(function(one) return one.customer.get "customer_1" end,
      { token = "another" }), "auth", "See the options token, base_url and environment" },
  { "a host that does not exist",
    client(function(one) return one.customer.get "customer_1" end,
      { base_url = "https://api.spherepay.invalid" }), "base_url" },
  { "no server", client(function(one) return one.customer.get "customer_1" end,
      { base_url = "http://127.0.0.1:1" }), "does a server listen there? See the option base_url" },
  { "http to a port that speaks TLS",
    function(env)
      local url = env.tls_url:gsub("^https", "http")
      return env.new({ base_url = url, ca_file = false }).customer.get "customer_1"
    end, "the server speaks TLS on this port", "https://" },
  { "https to a port that does not",
    function(env)
      local url = env.url:gsub("^http", "https")
      return env.new({ base_url = url }).customer.get "customer_1"
    end, "does not speak TLS on this port: see base_url" },
  { "a certificate of an authority of one's own",
    function(env) return env.new({ base_url = env.tls_url }).customer.get "customer_1" end,
    "see the option ca_file" },
  { "the other version of the API",
    function(env)
      return env.new({ base_url = env.old_url, api_version = "v1" }).customer.create {
        type = "individual",
      }
    end, "base_url and api_version" },

  -- client:request
  { "request with a dot", client(function(one) return one.request("GET", "/v2/customer") end),
    "write client:request(...), with a colon" },
  { "a method that HTTP does not have",
    client(function(one) return one:request("FETCH", "/v2/customer") end),
    "GET, HEAD, POST, PUT, PATCH or DELETE" },
  { "a method in small letters",
    client(function(one) return one:request("get", "/v2/customer") end),
    "GET, HEAD, POST, PUT, PATCH or DELETE" },
  { "a whole URL for a path",
    client(function(one) return one:request("GET", "https://api.spherepay.co/v2/customer") end),
    "/path must begin with /: the host is the option base_url" },
  { "a path misspelt", client(function(one) return one:request("GET", "/v2/customers") end),
    "did you mean the path /v2/customer?" },
  { "a query in the path",
    client(function(one) return one:request("GET", "/v2/customer?page=1") end),
    "give the query in `query`" },
  { "a body without json",
    client(function(one) return one:request("POST", "/v2/customer", { type = "individual" }) end),
    "a body goes under json" },
  { "a body as text",
    client(function(one) return one:request("POST", "/v2/customer", { json = "{}" }) end),
    "\"json\" must be a table" },
  { "a filter misspelt",
    client(function(one)
      return one:request("GET", "/v2/customer", {
        query = { emial = "jane.smith@example.com" }, validate = "strict",
      })
    end), "did you mean \"email\"?" },
  { "a status misspelt in a filter",
    client(function(one)
      return one:request("GET", "/v2/customer", {
        query = { status = "aproved" }, validate = "strict",
      })
    end), "did you mean \"approved\"?" },

  -- several calls
  { "spawn with a dot", client(function(one) return one.spawn(print) end),
    "write client:spawn(...), with a colon" },
  { "spawn of a call that was made already", client(function(one) return one:spawn({}) end),
    "client:spawn takes a function: wrap the call in function() ... end" },
  { "parallel of calls that were made already",
    client(function(one) return one:parallel { {} } end), "wrap each call in function() ... end" },
  { "the manual loop outside of a coroutine",
    client(function(one) return one.customer.get "customer_1" end, { loop = "manual" }),
    "client:spawn(function() ... end)" },
  { "the loop of luv outside of a coroutine", needs = "has_luv",
    client(function(one) return one.customer.get "customer_1" end, { loop = "luv" }),
    "client:spawn(function() ... end)" },
  { "tasks that nobody runs", function(env) return nil, env.child(SPAWN) end,
    "1 task of client:spawn never ended: call client:run()" },
  { "a dot for a colon in a task",
    client(function(one) return one:spawn(function() end).join() end),
    "write task:join(), with a colon" },
  { "get_many of one id",
    client(function(one) return one.customer.get_many "customer_1" end),
    "get_many takes a list of ids or a function" },
  { "get_many of a list with a nil in it",
    client(function(one)
      return one.customer.get_many { "customer_1", nil, "customer_2" }
    end), "a list of ids", "got one with nothing in place 2" },
  { "get_many of names",
    client(function(one) return one.customer.get_many { a = "customer_1" } end),
    "a list of ids", "got one with the key \"a\"" },
  { "parallel of a list with a nil in it",
    client(function(one) return one:parallel { print, nil, print } end),
    "a list of functions", "nothing in place 2" },
  { "a call's option for wait_until",
    client(function(one)
      return one.customer.wait_until("customer_1", "approved", { timeout = 5 })
    end), "which has deadline, interval, on_change" },
  { "an option of get_many misspelt",
    client(function(one) return one.customer.get_many({}, { concurency = 3 }) end),
    "did you mean \"concurrency\"?" },
  { "a step for a text", client(function(one) return one:step "soon" end),
    "client:step takes seconds" },

  -- waiting and verification
  { "a status misspelt in wait_until",
    client(function(one) return one.customer.wait_until("customer_1", "aproved") end),
    "did you mean \"approved\"?" },
  { "a rule in place of a policy",
    client(function(one) return one.customer.wait_until("customer_1", { currency = "USD" }) end),
    "make a rule a policy first, with spherepay.verification.policy" },
  { "an option of wait_until misspelt",
    client(function(one)
      return one.customer.wait_until("customer_1", "approved", { intervall = 1 })
    end), "did you mean \"interval\"?" },
  { "a currency misspelt", function() return verification.evaluate({}, { currency = "USDD" }) end,
    "USD" },
  { "a profile misspelt",
    function() return verification.evaluate({}, { profile = "kyc_profle_a" }) end,
    "did you mean \"kyc_profile_a\"?" },
  { "a currency misspelt in can_transfer",
    function()
      local allowed, reasons = verification.can_transfer({
        id = "customer_1", verificationProfiles = {},
      }, "USDD")
      return allowed or nil, reasons[1]
    end, "did you mean USD?" },
  { "an option of evaluate misspelt",
    function() return verification.evaluate({}, { curency = "USD" }) end,
    "did you mean \"currency\"?" },
  { "a currency misspelt in a policy", policy { currency = "USDD" }, "USD" },
  { "a status misspelt in a policy", policy { profile = "kyc_profile_a", status = "aproved" },
    "/status", "approved" },
  { "a profile misspelt in a policy", policy { profile = "kyc_profle_a", status = "approved" },
    "/profile", "kyc_profile_a" },
  { "a criterion misspelt in a policy",
    policy { none = { { criterion = "identity_documnt", state = "error" } } },
    "/none/1/criterion", "identity_document" },
  { "a policy asked with a dot",
    function() return spherepay.check(verification.policy { currency = "USD" }).check {} end,
    "write policy:check(customer), with a colon" },
  { "render of a call that failed",
    client(function(one) return verification.render(one.customer.get "customer_0123") end),
    "not_found" },
  { "can_transfer without a currency", function() return verification.can_transfer {} end,
    "currency must be a string", "can_transfer(customer, \"USD\")" },
  { "a colon for a dot in verification",
    function() return verification:evaluate { id = "customer_1", verificationProfiles = {} } end,
    "write verification.evaluate(customer, options), with a dot" },
  { "a gate outside of nginx",
    function(env)
      return spherepay.gate.new {
        client = env.new(), policy = spherepay.check(verification.policy { currency = "USD" }),
        shm = "x",
      }
    end, "needs nginx with its Lua module" },
  { "check of nothing", function() return spherepay.check() end,
    "there is no value, and no error that says why" },
  { "a document that is not there",
    function() return spherepay.document_file "/nowhere/passport.png" end,
    "the document cannot be read" },
}

return turns
