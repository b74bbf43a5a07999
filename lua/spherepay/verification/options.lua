-- Checks the options a programmer passes to a function of spherepay.verification.
-- It raises, because a wrong option is a mistake in the program. Of a customer it reads only the
-- names of the profiles.

local ascii = require("spherepay.http.ascii")
local blame = require("spherepay.options.blame")
local names = require("spherepay.verification.names")
local profiles = require("spherepay.verification.profiles")
local schema = require("spherepay.options.schema")
local suggest = require("spherepay.options.suggest")

local options = {}

-- Known by its name, because pure functions need nothing of the errors' own module.
local function is_error(value)
  local metatable = type(value) == "table" and getmetatable(value)
  return type(metatable) == "table" and metatable.__name == "spherepay.error"
end

---The error in place of a customer: what `evaluate(client.customer.get(id))` is handed when the get
---failed (`nil, err`), or an error that was taken for the customer.
---@param customer any
---@param opts any
---@return spherepay.Error|nil
function options.failure(customer, opts)
  if is_error(customer) then return customer end
  if customer == nil and is_error(opts) then return opts end
  return nil
end

---Makes a check for a schema: values of these types, as they are.
---@param first string
---@param second string|nil
---@return fun(value: any): any, string|nil
function options.of_type(first, second)
  local wanted = "a " .. first .. (second and " or " .. second or "")
  return function(value)
    if type(value) == first or type(value) == second then return value end
    return nil, wanted
  end
end

---What a question about a customer can be narrowed to: a profile or a currency.
options.QUESTION = {
  { "allow_unknown", options.of_type("boolean") },
  { "currency", options.of_type("string") },
  { "profile", options.of_type("string") },
}

---The end of a message about an unknown word: its neighbour, or else all the choices.
---@param word any
---@param words string[]
---@return string for example `; did you mean "currency"?`
function options.hint(word, words)
  return "; " .. (schema.meant(word, words) or "known are " .. table.concat(words, ", "))
end

---What is wrong with a name that nobody documents.
---@param name string
---@param near string|nil the documented name that was most likely meant
---@return string
function options.undocumented(name, near)
  local hint = near and ("; did you mean %q?"):format(near) or ""
  return ("%q is not documented%s (a new name needs allow_unknown = true)"):format(name, hint)
end

local function complaint(opts, items, where)
  local unknown = schema.unknown(opts, items)
  if unknown then
    local name = unknown[1]
    local what = type(name) == "string" and ("%q"):format(name) or tostring(name)
    return where .. ": unknown option " .. what .. options.hint(name, schema.known(items).list)
  end
  local values, name, wanted = schema.read(opts, items)
  if values then return nil end
  return ("%s: option %q must be %s, not a %s"):format(where, name, wanted, type(opts[name]))
end

local function in_place(where, err)
  blame(where .. ": there is an error in place of the customer: " .. tostring(err))
end

---Raises, at the caller of the public function, when `opts` is not what it takes or asks for a
---profile and a currency at once.
---@param opts table|nil
---@param items table[] a schema
---@param where string the public function, for the message
function options.check(opts, items, where)
  if opts == nil then return end
  if is_error(opts) then in_place(where, opts) end
  if type(opts) ~= "table" then
    blame(where .. ": options must be a table, not a " .. type(opts))
  end
  if opts.verificationProfiles ~= nil or opts.kyc ~= nil then -- `verification:evaluate(customer)`
    blame(("%s: a customer stands where options should: write %s(customer, options), with a dot")
      :format(where, where))
  end
  local message = complaint(opts, items, where)
  if message then blame(message) end
  if opts.profile and opts.currency then
    blame(where .. ": give a profile or a currency, not both")
  end
end

local function has_profile(customer, name)
  for _, profile in ipairs(profiles(customer)) do
    if profile.name == name then return true end
  end
  return false
end

-- A currency may be whatever somebody typed into a form, so one that is not documented is no
-- mistake of the program unless it looks like one.
local function name_problem(customer, opts)
  local name = opts.profile
  if name and not names.is_profile(name) and not has_profile(customer, name) then
    return options.undocumented(name, suggest(name, names.PROFILES))
  end
  local currency = opts.currency and ascii.upper(opts.currency)
  local near = currency and not names.is_currency(currency) and suggest(currency, names.CURRENCIES)
  return near and options.undocumented(currency, near) or nil
end

---Raises like `check` for options of QUESTION, and for a name that neither the documentation nor
---the customer has, which would have no steps and never be ready.
---@param customer any
---@param opts table|nil
---@param where string the public function, for the message
function options.check_question(customer, opts, where)
  local failed = options.failure(customer, opts)
  if failed then in_place(where, failed) end
  options.check(opts, options.QUESTION, where)
  if opts == nil or opts.allow_unknown then return end
  local problem = name_problem(customer, opts)
  if problem then
    blame(("%s: option %q: %s"):format(where, opts.profile and "profile" or "currency", problem))
  end
end

return options
