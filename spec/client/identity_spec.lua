-- Whose customer an answer is: an answer about another one belongs to another call, and is none.

local served = require "spec.support.served"
local spherepay = require "spherepay"

local ID, OTHER = "customer_1ab2c3d4", "customer_99ffee00"

local function bare(id)
  return '{"id":"' .. id .. '","type":"individual","firstName":"Jane","meta":{}}'
end

local function in_envelope(id)
  return '{"ok":true,"data":{"customer":' .. bare(id) .. "}}"
end

describe("the customer of an answer", function()
  local server
  setup(function() server = served.start() end)
  teardown(function() server:stop() end)

  -- What is true of every refusal of a stranger's answer.
  local function is_refused(customer, err, maybe_applied)
    assert.is_nil(customer)
    assert.equal("protocol", err.kind)
    assert.equal(maybe_applied, err.maybe_applied)
    assert.is_false(err.retryable)
    assert.equal("yes", err.sent)
    assert.matches("another customer than the one asked for", tostring(err), 1, true)
    assert.is_nil(tostring(err):find(OTHER, 1, true))
    assert.is_nil(err.raw)
  end

  for version, body_of in pairs { v1 = in_envelope, v2 = bare } do
    describe("of " .. version, function()
      local client
      before_each(function() client = server:client { api_version = version, max_retries = 2 } end)

      it("is refused by get when it is another's", function()
        server:answer(200, body_of(OTHER))
        local customer, err = client.customer.get(ID)
        is_refused(customer, err, false)
        assert.equal(1, #server:requests())
      end)

      it("is refused by update when it is another's, which may have been applied", function()
        server:answer(200, body_of(OTHER))
        local customer, err = client.customer.update(ID, { meta = { a = 1 } })
        is_refused(customer, err, true)
        assert.equal(1, #server:requests())
      end)

      it("is refused by merge_meta before anything is written", function()
        server:answer(200, body_of(OTHER))
        local customer, err = client.customer.merge_meta(ID, { a = 1 })
        is_refused(customer, err, false)
        assert.equal(1, #server:requests())
      end)

      it("is refused by merge_meta after the write, which may have been applied", function()
        server:answers { body_of(ID), body_of(OTHER) }
        local customer, err = client.customer.merge_meta(ID, { a = 1 })
        is_refused(customer, err, true)
        assert.equal(2, #server:requests())
      end)

      it("is refused by get_many, and the others come", function()
        local ids = { "customer_1", "customer_2", "customer_3" }
        server:answers { body_of(ids[1]), body_of(OTHER), body_of(ids[3]) }
        local came = {}
        for id, customer, err in client.customer.get_many(ids, { concurrency = 1 }) do
          came[#came + 1] = customer and customer.id or id .. " " .. err.kind
        end
        assert.same({ ids[1], "customer_2 protocol", ids[3] }, came)
      end)

      it("ends wait_until when it is another's", function()
        server:answer(200, body_of(OTHER))
        local customer, err = client.customer.wait_until(ID, function() return true end)
        is_refused(customer, err, false)
        assert.equal("failed", err.ended)
        assert.is_nil(err.customer)
      end)

      it("must have an id at all", function()
        for _, body in ipairs { "{}", '{"type":"individual"}', '{"id":7}', '{"id":""}' } do
          server:answer(200, version == "v1"
            and '{"ok":true,"data":{"customer":' .. body .. "}}" or body)
          local customer, err = client.customer.get(ID)
          assert.is_nil(customer)
          assert.equal("protocol", err.kind)
          assert.matches("no customer", err.message)
        end
      end)

      it("is compared byte for byte", function()
        for _, near in ipairs { ID:upper(), ID .. " ", ID .. "0", "customer_1AB2C3D4" } do
          server:answer(200, body_of(near))
          local customer, err = client.customer.get(ID)
          assert.is_nil(customer, near)
          assert.equal("protocol", err.kind)
        end
      end)

      it("of a create may have any id", function()
        server:answer(201, body_of(OTHER))
        local customer = client.customer.create({ type = "individual" }, { validate = false })
        assert.equal(OTHER, assert(customer).id)
      end)
    end)
  end

  it("is not looked for in an answer of client:request", function()
    server:answer(200, bare(OTHER))
    local client = server:client()
    local value = assert(client:request("GET", "/v2/customer/" .. spherepay.escape(ID)))
    assert.equal(OTHER, value.id)
  end)
end)
