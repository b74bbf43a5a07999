-- Which request paths one update has to carry, and what else is outstanding that no update can
-- carry. Nothing that is asked for is in neither list.

local asked = require("spherepay.verification.asked")
local options = require("spherepay.verification.options")

---@class spherepay.verification.Outside: spherepay.verification.Asked what no update carries; with
---  `endpoint`, the call that does it, unless there is none
---@field why string

local WHY = {
  document = "a document is uploaded in a call of its own",
  otp = "the customer confirms a code",
  representative = "a representative is registered in a call of its own",
  review = "SpherePay is at work; there is nothing to send",
}

local function why_not(item)
  if item.endpoint and item.refused then
    return "the profile was refused: ask SpherePay before it is sent again"
  elseif item.endpoint then
    if item.path and item.path:find("^ubos%[%]") then
      return "how an update names one owner is not documented; the link asks for it"
    elseif item.endpoint.path:find("/kyc-link", 1, true) then
      return "business data goes through the KYC link, not through an update"
    elseif item.kind == "link" then
      return "the customer follows a link"
    elseif item.kind == "field" then
      return "it belongs to a representative, who has an update of their own"
    end
    return WHY[item.kind]
  end
  if item.kind == "review" then return WHY.review end
  if item.path == "email" or item.path == "phone" then return "it is set at creation only" end
  return item.note
end

local function add_path(paths, seen, path)
  if not seen[path] then paths[#paths + 1] = path end
  seen[path] = true
end

-- A whole object carries its members.
local function without_members(paths, seen)
  local result = {}
  for _, path in ipairs(paths) do
    local whole = path:match("^([A-Za-z0-9]+)%.")
    if not (whole and seen[whole]) then result[#result + 1] = path end
  end
  return result
end

---The request paths to send in one update, and everything else that is outstanding. `address` is
---among them whenever one is in personalInformation: one or the other version of the API demands
---it (vendor docs: Update a customer). A path such as "address" is a whole object. Sent, and asked
---again with what the update answered, the list becomes empty.
---@param customer any as for `evaluate`
---@param opts { profile: string|nil, currency: string|nil, allow_unknown: boolean|nil }|nil as for
---  `evaluate`
---@return string[] paths for the update of this customer or representative, and of no other
---@return spherepay.verification.Outside[] rest documents, links, codes, reviews, and what no call
---  can do, one by one and in order: each with `why`, and with `endpoint` where a call does it
---raises like `next_steps`
local function missing_fields(customer, opts)
  options.check_question(customer, opts, "verification.missing_fields")
  local paths, rest, seen = {}, {}, {}
  for _, item in ipairs(asked(customer, opts)) do
    if item.endpoint and item.endpoint.update and not item.refused then
      for _, path in ipairs(item.endpoint.fields) do add_path(paths, seen, path) end
    else
      item.why = why_not(item)
      rest[#rest + 1] = item
    end
  end
  return without_members(paths, seen), rest
end

return missing_fields
