-- The resource representative: the people behind a business, its owners above all. Each method is
-- an endpoint and one call over `runner`. What the vendor calls them is in the comments.

local json = require "spherepay.http.json"
local misnamed = require "spherepay.options.misnamed"
local need = require "spherepay.need"
local numbers = require "spherepay.http.numbers"
local runner = require "spherepay.resources.runner"

local pages = need.lazily "spherepay.resources.pages"

local representative = {}

local function refuse_colon(resource, first, name)
  runner.refuse_colon(resource, first, "client.representative." .. name)
end

local function refuse_type(value, wanted, name, what)
  runner.refuse_type(value, wanted, "client.representative." .. name, what)
end

local function refuse_id(resource, value, name)
  refuse_colon(resource, value, name)
  refuse_type(value, "string", name, "an id (a string)")
end

-- The share is a string in the API, and a number in most people's programs.
local function with_share(given)
  local params = json.plain(given)
  local details = params.representationDetails
  local share = type(details) == "table" and details.ownershipPercentage
  if numbers.is_finite(share) then details.ownershipPercentage = numbers.text(share) end
  return params
end

--- The resource, bound to a client.
---@param client spherepay.Client
---@param empty table which becomes it
---@return spherepay.RepresentativeResource
function representative.new(client, empty)
  ---@class spherepay.RepresentativeResource
  local resource = empty

  --- "Create a business representative": everybody who owns a quarter or more, or else the largest
  --- owner or a manager in control. Repeated as seldom as client.customer.create.
  ---@param given spherepay.v2.representative (vendor docs: Create a business representative); of
  ---  representationDetails ownershipPercentage may be a number
  ---@param opts spherepay.CallOptions? as for client.customer.create
  ---@return spherepay.v2.representative_answer? representative
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.create(given, opts)
    refuse_colon(resource, given, "create")
    refuse_type(given, "table", "create", "a table of params")
    return runner.run(client, "representative.create", nil, with_share(given), opts)
  end

  --- "Get a business representative", with the state of the verification.
  ---@param id string
  ---@param opts spherepay.CallOptions?
  ---@return spherepay.v2.representative_answer? representative
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.get(id, opts)
    if type(id) ~= "string" then refuse_id(resource, id, "get") end
    return runner.run(client, "representative.get", id, nil, opts)
  end

  --- "Update a business representative": address, personalInformation, representationDetails.
  ---@param id string
  ---@param given spherepay.v2.representative_update
  ---@param opts spherepay.CallOptions?
  ---@return spherepay.v2.representative_answer? representative
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.update(id, given, opts)
    refuse_colon(resource, id, "update")
    refuse_type(id, "string", "update", "an id (a string) and a table of params")
    refuse_type(given, "table", "update", "an id and a table of params")
    return runner.run(client, "representative.update", id, with_share(given), opts)
  end

  --- "List business representatives": one page of them.
  ---@param filters spherepay.v2.representative_filters? `customerId`, `page`, `limit`, and others
  ---@param opts spherepay.CallOptions?
  ---@return { items: table[], pagination: table? }? page
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.list(filters, opts)
    refuse_colon(resource, filters, "list")
    if filters ~= nil then refuse_type(filters, "table", "list", "a table of filters") end
    return runner.run(client, "representative.list", nil, filters or {}, opts)
  end

  --- Iterates over the representatives of all pages, as client.customer.each does over customers.
  ---@param filters spherepay.v2.representative_filters? as for list
  ---@param opts spherepay.CallOptions?
  ---@return fun(): table|false|nil, spherepay.Error? iterator
  function resource.each(filters, opts)
    refuse_colon(resource, filters, "each")
    if filters ~= nil then refuse_type(filters, "table", "each", "a table of filters") end
    return pages.each(client, "representative", filters, opts)
  end

  --- "UBO face verification link": where the representative shows a face to the camera.
  ---@param id string
  ---@param opts spherepay.CallOptions?
  ---@return { url: string, expiresAt: string? }? link
  ---@return spherepay.Error err
  ---@return spherepay.Response? response
  function resource.face_link(id, opts)
    if type(id) ~= "string" then refuse_id(resource, id, "face_link") end
    return runner.run(client, "representative.face_link", id, nil, opts)
  end

  return misnamed.watch(resource, "client.representative", {
    retrieve = "did you mean \"get\"?", add = "did you mean \"create\"?",
    patch = "did you mean \"update\"?", find = "did you mean \"each\"?",
    delete = "the API documents no way to delete a representative",
    remove = "the API documents no way to delete a representative",
  })
end

return representative
