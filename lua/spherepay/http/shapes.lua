-- What an endpoint answers, by its `answers`: links, pages, codes, documents, representatives. What
-- is documented under two names comes out under one. Which statuses and members come is documented
-- for few of them, so what is not needed may be absent.

local outcome = require "spherepay.http.outcome"
local printed = require "spherepay.verification.printed"

local shapes = {}

local function text_of(value)
  return type(value) == "string" and value:find("%S") and value or nil
end

-- Whether an answer says that it is about somebody else than the call was.
local function is_other(said, meant)
  return type(said) == "string" and type(meant) == "string" and said ~= meant
end

-- The address is `url` or `link` (vendor docs: Terms of service, Know your customer).
local function read_link(body)
  if type(body) ~= "table" then return nil end
  local url = text_of(body.url) or text_of(body.link)
  if not url then return nil end
  return { url = url, expiresAt = text_of(body.expiresAt) }
end

-- Nothing in the answer is needed, but it must not be about another one. 2025 answers name nobody.
local function read_code(body, spec)
  if body == nil then return {} end
  if type(body) ~= "table" then return nil end
  if is_other(body.customerId, spec.id) then return nil, true end
  return body
end

local function read_document(body, spec)
  if body == nil then return {} end
  if type(body) ~= "table" then return nil end
  local given = type(spec.params) == "table" and spec.params or {}
  if is_other(body.targetId, given.targetId) then return nil, true end
  return body
end

local function read_representative(body, spec)
  if type(body) ~= "table" or not text_of(body.id) then return nil end
  if spec.id and body.id ~= spec.id then return nil, true end
  local given = type(spec.params) == "table" and spec.params or {}
  if is_other(body.customerId, given.customerId) then return nil, true end
  return printed.customer(body)
end

-- Customers stand under their own name, representatives under `data`; of v1 the name is not
-- documented (vendor docs: List customers, List business representatives; v1 Webhooks).
local LISTS = { "customers", "data", "items" }

local function items_of(body)
  for _, name in ipairs(LISTS) do
    if type(body[name]) == "table" then return body[name] end
  end
  local is_list = body[1] ~= nil
  return is_list and body or nil
end

local function read_page(body)
  if type(body) ~= "table" then return nil end
  local items = items_of(body)
  if not items then return nil end
  for _, item in ipairs(items) do
    if type(item) ~= "table" then return nil end
    printed.customer(item)
  end
  local pagination = body.pagination
  return { items = items, pagination = type(pagination) == "table" and pagination or nil }
end

-- What nobody reads closer comes out as it is.
local function read_object(body)
  return type(body) == "table" and body or nil
end

local READERS = {
  link = outcome.of("link", read_link),
  code_sent = outcome.of("code", read_code),
  code_verified = outcome.of("code", read_code),
  document = outcome.of("document", read_document),
  representative_answer = outcome.of("representative", read_representative),
  customer_page = outcome.of("page of a list", read_page),
  representative_page = outcome.of("page of a list", read_page),
  customer = outcome.customer,
}

--- What maps the answers of an endpoint.
---@param endpoint table of `api.endpoints`
---@return fun(raw: spherepay.Raw, spec: spherepay.Request): any, spherepay.Error?, table?
function shapes.of(endpoint)
  local answers = endpoint.answers
  return READERS[answers] or outcome.of((answers:gsub("_", " ")), read_object)
end

--- What takes the usual success of an endpoint without looking closer, where there is such a thing.
---@param endpoint table of `api.endpoints`
---@return (fun(body: any, spec: spherepay.Request): any)? see `outcome.accept_customer`
function shapes.acceptor(endpoint)
  return endpoint.answers == "customer" and outcome.accept_customer or nil
end

return shapes
