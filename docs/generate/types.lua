-- Writes the types that editors read (LuaCATS) from what `api` says: `make types`. What is not of
-- the API (options, rules) is in the tables below. The result is checked in, and a spec fails
-- when it is not what this writes.
--   lua5.4 docs/generate/types.lua > lua/spherepay/types.d.lua

local criteria = require "spherepay.api.criteria"
local endpoints = require "spherepay.api.endpoints"
local fields = require "spherepay.api.fields"

local types = {}

local out

local function put(text, ...)
  out[#out + 1] = select("#", ...) > 0 and text:format(...) or text
end

local function sorted(object)
  local names = {}
  for name in pairs(object) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function union(words)
  local quoted = {}
  for i, word in ipairs(words) do quoted[i] = ("%q"):format(word) end
  return table.concat(quoted, "|")
end

local PLAIN = {
  string = "string", number = "number", integer = "integer", boolean = "boolean",
  email = "string", phone = "string", country = "string", date = "string", time = "string",
  meta = "table<string, string|number|boolean|userdata>", document = "string|userdata",
}
local FORMS = {
  phone = "E.164: + and 7 to 15 digits", country = "ISO 3166-1 alpha-3, such as USA",
  date = "YYYY-MM-DD", time = "ISO 8601",
}

-- Fields that are texts in the documents and for which a number will do.
local LENIENT = { page = "string|integer", limit = "string|integer",
  ownershipPercentage = "string|number" }

-- A table that is written down may hold no other field; lua-language-server marks one in an
-- argument by this type alone, not by (exact).
local NO_OTHER = "---@field [string] spherepay.NoSuchField"

local function type_of(version, field, both)
  local kind = field[2]
  if field.enum and kind ~= "list" then return union(field.enum) end
  if LENIENT[field[1]] then return LENIENT[field[1]] end
  local of = field.of and (PLAIN[field.of] or ("spherepay.%s.%s"):format(version, field.of))
  if both and both[field.of] then
    of = ("%s|spherepay.%s.given.%s"):format(of, version, field.of)
    if kind == "list" then of = "(" .. of .. ")" end
  end
  if kind == "object" then return of or "table<string, any>" end
  if kind == "list" then return (of or "any") .. "[]" end
  return PLAIN[kind] or "any"
end

local function comment_of(field)
  local parts = { FORMS[field[2]] }
  if field.min or field.max then
    parts[#parts + 1] = ("%s to %s"):format(field.min or 0, field.max or "any")
      .. (field[2] == "integer" and "" or " characters")
  end
  if field.open then parts[#parts + 1] = "such as " .. table.concat(field.open, ", ") end
  return parts[1] and " " .. table.concat(parts, "; ") or ""
end

-- The names of `names`, and of all objects inside them.
local function closure(version, names, found)
  found = found or {}
  for _, name in ipairs(names) do
    if not found[name] and fields[version][name] then
      found[name] = true
      for _, field in ipairs(fields[version][name]) do closure(version, { field.of }, found) end
    end
  end
  return found
end

-- Only an id is promised of an answer.
local function must(field, is_taken, is_closed)
  if is_taken then return field.required end
  return not is_closed and field[1] == "id"
end

local function put_object(version, name, is_taken, is_closed, both)
  put("---@class (exact) spherepay.%s.%s", version, name)
  for _, field in ipairs(fields[version][name]) do
    put("---@field %s%s %s%s", field[1], must(field, is_taken, is_closed) and "" or "?",
      type_of(version, field, is_closed and both), comment_of(field))
  end
  if is_closed then put(NO_OTHER) end
  put ""
end

-- An object that is taken and answered has a second class, of which a caller writes one: in the
-- first, an unknown field that is read is marked.
local function put_given(version, name)
  put("---@class (exact) spherepay.%s.given.%s: spherepay.%s.%s", version, name, version, name)
  put(NO_OTHER)
  put ""
end

local function put_objects()
  for _, version in ipairs { "v2", "v1" } do
    local taken, answers = {}, {}
    for _, endpoint in pairs(endpoints[version]) do
      for _, name in ipairs(endpoint.takes or {}) do taken[#taken + 1] = name end
      answers[#answers + 1] = endpoint.answers
    end
    local is_taken, given = {}, closure(version, taken)
    for _, name in ipairs(taken) do is_taken[name] = true end
    local both = closure(version, answers)
    for name in pairs(both) do both[name] = given[name] end
    for _, name in ipairs(sorted(fields[version])) do
      put_object(version, name, is_taken[name], given[name] and not both[name], both)
      if both[name] then put_given(version, name) end
    end
  end
end

-- ---- the words ---------------------------------------------------------------------------------

local function currencies()
  local found = {}
  for _, profile in pairs(criteria.profiles) do
    for _, currency in ipairs(profile.unlocks or {}) do found[currency] = true end
  end
  return sorted(found)
end

local function put_words()
  put("---@alias spherepay.Status %s", union(criteria.statuses))
  put("---@alias spherepay.Currency %s", union(currencies()))
  put("---@alias spherepay.ProfileName %s", union(sorted(criteria.profiles)))
  put("---@alias spherepay.Criterion %s", union(sorted(criteria.criteria)))
  put("---@alias spherepay.ErrorKind %s", union(require("spherepay.errors").KINDS))
  put '---@alias spherepay.Ended "refused"|"deadline"|"cancelled"|"failed"'
  put "---@alias spherepay.Customer spherepay.v2.customer|spherepay.v1.customer"
  put '---@alias spherepay.NoSuchField "there is no such field"'
  put '---@alias spherepay.CriterionState "complete"|"pending"|"required"|"error"|"absent"'
  put ""
end

-- ---- options and rules: name, type, what it says -----------------------------------------------

local OF_CALL = {
  { "timeout?", "number", "seconds, of one attempt" },
  { "deadline?", "number", "seconds, of the whole call" },
  { "max_retries?", "integer", "0: none" },
  { "idempotency_key?", "string", "1 to 255 characters" },
  { "headers?", "table<string, string>", "beside those that the client writes" },
  { "traceparent?", "string", "W3C Trace Context" },
  { "origin?", "string", "a word that comes back in the events" },
  { "validate?", 'boolean|"strict"', "check params before sending" },
}

local function with_call(...)
  local list = { ... }
  for _, option in ipairs(OF_CALL) do list[#list + 1] = option end
  return list
end

types.CLASSES = {
  { "spherepay.Options", "of spherepay.new", {
    { "token?", "string|fun(): string", "required; a function is asked for each call" },
    { "base_url?", "string", "https, or http to this machine" },
    { "environment?", '"production"|"sandbox"', "production if none" },
    { "api_version?", '"v2"|"v1"', "v2 if none" },
    { "connect_timeout?", "number", "10 s" },
    { "timeout?", "number", "30 s, of one attempt" },
    { "deadline?", "number", "60 s, of the whole call" },
    { "max_retries?", "integer", "2" },
    { "rate_limit?", "false|table", "{ read = 100, write = 100 } a second" },
    { "max_in_flight?", "integer", "1000" },
    { "max_connections?", "integer", "16" },
    { "max_body?", "integer", "bytes, 1 MiB" },
    { "max_headers?", "integer", "bytes, 64 KiB" },
    { "http_version?", '"auto"|"1.1"|"2"', "auto if none" },
    { "ca_file?", "string", "the system's if none" },
    { "ca_path?", "string", "the system's if none" },
    { "client_cert?", "string", "path" },
    { "client_key?", "string", "path" },
    { "pinned_public_key?", "string", "sha256//..." },
    { "min_tls?", '"1.2"|"1.3"', "1.2 if none" },
    { "proxy?", "string", "a URL, or env" },
    { "proxy_ca_file?", "string", "for an https proxy" },
    { "loop?", 'string|table', "auto if none" },
    { "shm?", "string", "in nginx: a lua_shared_dict" },
    { "on_event?", "fun(event: spherepay.Event)", "told of each request, attempt, response" },
    { "on_error?", "fun(err: any, traceback: string?)", "told of what nobody waits for" },
    { "validate?", 'boolean|"strict"', "check params before sending" },
    { "nulls?", '"drop"|"keep"', "drop if none" },
    { "app?", "string", "the program, such as shop/1.0; added to the User-Agent" },
  } },
  { "spherepay.CallOptions", "of one call", OF_CALL },
  { "spherepay.RequestOptions", "of client:request", with_call(
    { "json?", "table|userdata", "the body" },
    { "query?", "table<string, string|number|boolean>", "of the URL" }) },
  { "spherepay.ManyOptions", "of client.customer.get_many", with_call(
    { "concurrency?", "integer", "16" },
    { "on_progress?", "fun(done: integer, total: integer?)", "no total when ids is a function" }) },
  { "spherepay.ImportOptions", "of client.customer.create_many", with_call(
    { "concurrency?", "integer", "16" },
    { "on_progress?", "fun(done: integer, total: integer?)", "no total when rows is a function" },
    { "journal?", "string", "path" },
    { "settle?", "number", "10 s" }) },
  { "spherepay.WalkOptions", "of client.customer.each", with_call(
    { "on_progress?", "fun(done: integer, total: integer?)", "" }) },
  { "spherepay.FindOptions", "of client.customer.find", with_call(
    { "unique?", "boolean", "two who match are an error" }) },
  { "spherepay.UploadOptions", "of client.document.upload", with_call(
    { "on_progress?", "fun(sent: integer, total: integer)", "bytes" }) },
  { "spherepay.WaitOptions", "of client.customer.wait_until", {
    { "deadline?", "number", "3600 s" },
    { "interval?", "number|number[]", "{ 1, 30 }" },
    { "on_change?", "fun(changes: spherepay.verification.Diff, customer: table)",
      "told of each change" },
    { "allow_unknown?", "boolean", "a status that nobody documents" },
  } },
  { "spherepay.Upload", "of client.document.upload", {
    { "targetId", "string", "of a customer or a representative" },
    { "target?", '"customer"|"business_representative"', "follows from the id" },
    { "documentType", "string", "such as passport" },
    { "file?", "string", "a path, or" },
    { "content?", "string", "the bytes" },
    { "filename?", "string", "the last step of the path if none" },
    { "country?", "string", "ISO 3166-1 alpha-3, required for documents of identity" },
    { "side?", '"front"|"back"', "" },
    { "description?", "string", "" },
    { "on_progress?", "fun(sent: integer, total: integer)", "bytes; as in the options" },
  } },
  { "spherepay.GateOptions", "of spherepay.gate.new", {
    { "client", "spherepay.Client", "" },
    { "policy", "spherepay.verification.Policy", "" },
    { "shm", "string", "a lua_shared_dict" },
    { "redis?", "table", "{ host, port, password, tls, prefix }: shared by several machines" },
    { "ttl?", "number", "60 s, of an allowed customer" },
    { "negative_ttl?", "number", "5 s, of the others" },
    { "stale_ttl?", "number", "0" },
    { "deadline?", "number", "5 s" },
    { "fail?", '"closed"|"open"', "closed if none" },
    { "facts?", "fun(customer: table): table", "kept beside the decision" },
    { "dry_run?", "boolean", "lets everybody pass and counts" },
  } },
  { "spherepay.Question", "of verification.evaluate and next_steps", {
    { "profile?", "string", "a profile, or" },
    { "currency?", "spherepay.Currency", "a currency" },
    { "allow_unknown?", "boolean", "one that nobody documents" },
  } },
  { "spherepay.Rule", "of verification.policy: says one thing", {
    { "all?", "spherepay.Rule[]", "" },
    { "any?", "spherepay.Rule[]", "" },
    { "none?", "spherepay.Rule[]", "" },
    { "at_least?", "integer", "with of" },
    { "of?", "spherepay.Rule[]", "" },
    { "profile?", "spherepay.ProfileName|string", "with status" },
    { "status?", "spherepay.Status", "" },
    { "criterion?", "spherepay.Criterion|string", "with state" },
    { "state?", "spherepay.CriterionState", "" },
    { "currency?", "spherepay.Currency", "" },
    { "field?", "string", "with equals, one_of or exists" },
    { "equals?", "string|number|boolean", "" },
    { "one_of?", "(string|number|boolean)[]", "" },
    { "exists?", "boolean", "" },
    { "allow_unknown?", "boolean", "at the top: names that nobody documents" },
  } },
}

local function put_class(name, what, members)
  put("---@class (exact) %s %s", name, what)
  for _, member in ipairs(members) do
    put("---@field %s %s%s", member[1], member[2], member[3] ~= "" and " " .. member[3] or "")
  end
  put(NO_OTHER)
  put ""
end

local HEAD = [[
---@meta spherepay.types
-- Written by docs/generate/types.lua (make types) from lua/spherepay/api/. For editors alone.
]]

--- The text of types.d.lua.
---@return string
function types.text()
  out = {}
  put(HEAD)
  put_words()
  for _, class in ipairs(types.CLASSES) do put_class(class[1], class[2], class[3]) end
  put_objects()
  return (table.concat(out, "\n"):gsub("\n+$", "\n"))
end

if arg and arg[0] and arg[0]:find("types%.lua$") then io.write(types.text()) end

return types
