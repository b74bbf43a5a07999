-- For users' own specs: a real client whose API is a sandbox in this process, and what plays
-- SpherePay there.
--
--     local client, fake = spherepay.testing.client()
--     local jane = spherepay.check(client.customer.create { ... })
--     fake:approve(jane.id)
--
-- Checks, errors, repeats, deadlines and the rate limit are those of a client with a server, but
-- nothing is sent and nobody waits: time passes at once when something waits for it.

local blame = require "spherepay.options.blame"
local engine = require "spherepay.testing.engine"
local errors = require "spherepay.errors"
local fake = require "spherepay.testing.fake"
local sandbox = require "spherepay.sandbox"
local schema = require "spherepay.options.schema"

---@class spherepay.testing
local testing = {}

-- The sandbox's clock begins here, and its ids are the same in every run.
local EPOCH = 1767225600 -- 2026-01-01T00:00:00Z

local made = 0 -- fakes in this process: each has ids of its own

-- The loops that wait by the engine's own clock alone.
local LOOPS = { blocking = true, manual = true }

local function options_of(given)
  local options = {}
  for name, value in pairs(given or {}) do options[name] = value end
  options.token = options.token or "token_for_specs"
  options.base_url = options.base_url or "http://localhost"
  if options.loop == nil or options.loop == "auto" then options.loop = "blocking" end
  if not LOOPS[options.loop] then
    blame("spherepay.testing.client waits by a clock of its own: "
      .. "loop is \"blocking\" or \"manual\"")
  end
  return options
end

local function sandbox_options_of(given, options)
  local chosen = {}
  for name, value in pairs(given or {}) do chosen[name] = value end
  chosen.generation = chosen.generation or (options.api_version == "v1" and "v1" or nil)
  chosen.seed = chosen.seed or made
  return chosen
end

local function refuse_types(options, sandbox_options)
  for place, value in pairs { first = options or {}, second = sandbox_options or {} } do
    if type(value) ~= "table" then
      blame("spherepay.testing.client takes tables of options, got a " .. type(value) .. " as the "
        .. place .. " one")
    end
  end
end

--- A client whose API is a sandbox in this process.
---@param options table? of `spherepay.new`; neither a token nor a `base_url` is needed
---@param sandbox_options table? generation ("v2", "v2-2025", "v1"), onboarding ("sphere",
---  "platform"), token (the only key that is accepted), otp_code, seed
---@return spherepay.Client client
---@return spherepay.testing.Fake fake plays SpherePay
--- Raises for a wrong option.
function testing.client(options, sandbox_options)
  refuse_types(options, sandbox_options)
  made = made + 1
  local given = options_of(options)
  local client = require("spherepay").new(given)
  local chosen = sandbox_options_of(sandbox_options, given)
  local limits = client.options.rate_limit or {}
  local inner
  chosen.clock = chosen.clock or function() return EPOCH + math.floor(inner:now()) end
  local world = sandbox.new(chosen)
  inner = engine.new {
    real = client.dispatcher.engine, sandbox = world,
    token = type(given.token) == "string" and given.token or "",
    rate_read = limits.read or 0, rate_write = limits.write or 0,
    max_in_flight = client.options.max_in_flight,
  }
  client.dispatcher.engine = inner
  return client, fake.new(client, world, inner)
end

-- What an error of each kind has, unless the spec says otherwise: the status that the API documents
-- for it, and how far the request got.
local TYPICAL = {
  invalid = { sent = "no" },
  auth = { sent = "yes", status = 401 },
  not_found = { sent = "yes", status = 404 },
  rejected = { sent = "yes", status = 422 },
  conflict = { sent = "yes", status = 409 },
  rate_limited = { sent = "yes", status = 429, retryable = true },
  server = { sent = "yes", status = 503, retryable = true },
  timeout = { sent = "maybe", retryable = true },
  network = { sent = "maybe", retryable = true },
  tls = { sent = "no" },
  protocol = { sent = "yes" },
  cancelled = { sent = "maybe" },
  closed = { sent = "no" },
}

local FIELDS = schema.of_names {
  "kind", "message", "status", "code", "errors", "request_id", "retryable", "sent",
  "maybe_applied", "attempts", "retry_after", "idempotency_key", "method", "path", "pattern", "raw",
  "response", "warnings", "ended", "customer",
}

local function check_fields(fields)
  if type(fields) ~= "table" then
    blame("spherepay.testing.error takes a table of fields, got a " .. type(fields))
  end
  if not TYPICAL[fields.kind] then
    local meant = schema.meant(fields.kind, errors.KINDS)
    blame("spherepay.testing.error: kind must be one of " .. table.concat(errors.KINDS, ", ")
      .. (meant and "; " .. meant or ""))
  end
  local unknown = schema.unknown(fields, FIELDS)
  if unknown then
    local meant = schema.meant(unknown[1], schema.known(FIELDS).list)
    blame("spherepay.testing.error: an error has no field " .. tostring(unknown[1])
      .. (meant and "; " .. meant or ""))
  end
end

--- An error as a call returns it, for a stub of your own.
---@param fields table `kind`, and what shall differ from what such an error usually has
---@return spherepay.Error
--- Raises for an unknown kind or field.
function testing.error(fields)
  check_fields(fields)
  local all = {}
  for name, value in pairs(TYPICAL[fields.kind]) do all[name] = value end
  for name, value in pairs(fields) do all[name] = value end
  return errors.new(all)
end

return testing
