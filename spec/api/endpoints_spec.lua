-- The data about endpoints: whole in itself, and what the reference pages say, written by hand.

local endpoints = require "spherepay.api.endpoints"
local fields = require "spherepay.api.fields"

local function each(check)
  for version, list in pairs(endpoints) do
    for name, endpoint in pairs(list) do check(endpoint, version .. " " .. name, version) end
  end
end

-- By hand, from the reference pages.
local LINES = {
  v2 = {
    ["customer.create"] = "POST /v2/customer",
    ["customer.get"] = "GET /v2/customer/{id}",
    ["customer.update"] = "PATCH /v2/customer/{id}",
    ["customer.list"] = "GET /v2/customer",
    ["customer.tos_link"] = "POST /v2/customer/{id}/tos-link",
    ["customer.kyc_link"] = "POST /v2/customer/{id}/kyc-link",
    ["customer.face_link"] = "POST /v2/customer/{id}/face-verification-link",
    ["customer.send_code"] = "POST /v2/customer/{id}/otp-send",
    ["customer.verify_code"] = "POST /v2/customer/{id}/otp-verify",
    ["document.upload"] = "POST /v2/document",
    ["representative.create"] = "POST /v2/business-representative",
    ["representative.get"] = "GET /v2/business-representative/{id}",
    ["representative.update"] = "PATCH /v2/business-representative/{id}",
    ["representative.list"] = "GET /v2/business-representative",
    ["representative.face_link"] = "POST /v2/business-representative/{id}/face-verification-link",
  },
  v1 = {
    ["customer.create"] = "POST /v1/customer",
    ["customer.get"] = "GET /v1/customer/{id}",
    ["customer.update"] = "POST /v1/customer/{id}",
    ["customer.list"] = "GET /v1/customer",
    ["customer.tos_link"] = "POST /v1/customer/{id}/tosLink",
    ["customer.kyc_link"] = "POST /v1/customer/{id}/kycLink",
  },
}

describe("The endpoints of the API", function()
  it("say what repeating them could do, and a read is a GET", function()
    each(function(endpoint, place)
      assert.is_truthy(({ read = true, update = true, create = true })[endpoint.effect], place)
      assert.equal(endpoint.method == "GET", endpoint.effect == "read", place)
    end)
  end)

  it("stand below the root of their version", function()
    each(function(endpoint, place, version)
      assert.equal("/" .. version .. "/", endpoint.path:sub(1, 4), place)
    end)
  end)

  it("take and answer objects that are described", function()
    each(function(endpoint, place, version)
      for _, name in ipairs(endpoint.takes or {}) do
        assert.is_table(fields[version][name], place .. " takes " .. name)
      end
      if endpoint.answers then assert.is_table(fields[version][endpoint.answers], place) end
    end)
  end)

  for version, lines in pairs(LINES) do
    it("of " .. version .. " are those of the reference pages, and no other", function()
      local found = {}
      for name, endpoint in pairs(endpoints[version]) do
        found[name] = endpoint.method .. " " .. endpoint.path
      end
      assert.same(lines, found)
    end)
  end
end)
