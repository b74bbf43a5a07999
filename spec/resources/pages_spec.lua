-- list, each and find: pages of a list, as the vendor's server gives them and as others might.

local cjson = require "cjson"
local fault = require "spec.support.fault"
local sandbox = require "spec.support.sandbox"
local spherepay = require "spherepay"

local function customer(number, more)
  local one = { id = "customer_" .. number, type = "individual",
    email = "jane.smith+" .. number .. "@example.com", verificationProfiles = {} }
  for name, value in pairs(more or {}) do one[name] = value end
  return one
end

local function page(number, items, pagination)
  local told = { page = number, limit = 2, hasNext = false, hasPrevious = number > 1, total = 5,
    totalPages = 3 }
  for name, value in pairs(pagination or {}) do told[name] = value end
  return { "answer", body = cjson.encode { customers = items, pagination = told } }
end

local function collect(...)
  local ids, failure = {}, nil
  for one, err in ... do
    if one then ids[#ids + 1] = one.id else failure = err end
  end
  return ids, failure
end

describe("A list", function()
  local server, client

  setup(function() server = fault.start() end)
  teardown(function() server:stop() end)

  before_each(function()
    server:clear()
    client = spherepay.new {
      token = "key", base_url = server:url(), rate_limit = false, max_retries = 0,
    }
  end)
  after_each(function() client:close() end)

  local function paths()
    local list = {}
    for i, request in ipairs(server:log()) do list[i] = request.path end
    return list
  end

  describe("as one page", function()
    it("has items and pagination, whatever the server calls the items", function()
      for _, name in ipairs { "customers", "data", "items" } do
        server:script { { "answer", body = cjson.encode {
          [name] = { customer(1) }, pagination = { page = 1, total = 1 },
        } } }
        local list, err, response = client.customer.list { limit = 2, email = "a b@example.com" }
        assert.is_nil(err)
        assert.equal("customer_1", list.items[1].id)
        assert.equal(1, list.pagination.total)
        assert.equal(200, response.status)
        assert.equal("customer_1 individual", tostring(list.items[1]))
      end
      assert.equal("/v2/customer?email=a%20b%40example.com&limit=2", paths()[1])
    end)

    it("is asked for without filters, too, and stays a list when it is empty", function()
      server:script { { "answer", body = '{"customers":[]}' } }
      local list = client.customer.list()
      assert.same({}, list.items)
      assert.is_nil(list.pagination)
    end)

    it("is an error when it is none", function()
      for _, body in ipairs { "{}", "[1]", '{"customers":[1]}', '{"customers":1}', '"x"', "" } do
        server:script { { "answer", body = body } }
        local list, err = client.customer.list()
        assert.is_nil(list)
        assert.equal("protocol", err.kind)
        assert.is_false(err.maybe_applied)
      end
    end)

    it("refuses filters that mean nothing, and sends nothing", function()
      for place, filters in pairs {
        ["/page"] = { page = 0 }, ["/limit"] = { limit = "ten" }, ["/search"] = { search = "" },
        ["/email"] = { email = {} }, ["/status"] = { status = 0 / 0 },
      } do
        local list, err = client.customer.list(filters)
        assert.is_nil(list)
        assert.equal("invalid", err.kind)
        assert.equal(place, err.errors[1].pointer)
      end
      local list, err = client.customer.list({ email = {} }, { validate = false })
      assert.is_nil(list)
      assert.equal("/email", err.errors[1].pointer)
      assert.same({}, paths())
    end)

    it("passes unknown filters on and tells of them; strictly, they are refused", function()
      server:default { "answer", body = '{"customers":[]}' }
      local _, _, response = client.customer.list { createdAfter = "2026-01-01", emial = "x" }
      assert.matches("createdAfter=2026%-01%-01&emial=x", paths()[1])
      local told = {}
      for _, warning in ipairs(response.warnings) do told[warning.pointer] = warning.detail end
      assert.is_string(told["/createdAfter"])
      assert.matches('did you mean "email"?', told["/emial"], 1, true)
      _, _, response = client.customer.list { status = "aproved" }
      assert.matches('did you mean "approved"?', response.warnings[1].detail, 1, true)
      local _, err = client.customer.list({ emial = "x" }, { validate = "strict" })
      assert.equal("invalid", err.kind)
      assert.equal("/emial", err.errors[1].pointer)
    end)

    it("is repeated as a read is", function()
      local patient = spherepay.new { token = "key", base_url = server:url(), max_retries = 1 }
      server:script { { "answer", status = 503, body = "{}" }, page(1, { customer(1) }) }
      local list, _, response = patient.customer.list()
      assert.equal(1, #list.items)
      assert.equal(2, #response.attempts)
      patient:close()
    end)
  end)

  describe("as an iterator", function()
    it("goes over all pages, the next of which is asked for while one is read", function()
      server:script {
        page(1, { customer(1), customer(2) }, { hasNext = true }),
        page(2, { customer(3), customer(4) }, { hasNext = true }),
        page(3, { customer(5) }),
      }
      local seen = {}
      local ids, failure = collect(client.customer.each({ limit = 2, status = "pending" }, {
        on_progress = function(done, total) seen[done] = total end,
      }))
      assert.is_nil(failure)
      assert.same({ "customer_1", "customer_2", "customer_3", "customer_4", "customer_5" }, ids)
      assert.same({ 5, 5, 5, 5, 5 }, seen)
      assert.same({
        "/v2/customer?limit=2&page=1&status=pending", "/v2/customer?limit=2&page=2&status=pending",
        "/v2/customer?limit=2&page=3&status=pending",
      }, paths())
      server:script {
        page(1, { customer(1) }, { hasNext = true }), page(2, { customer(2) }),
      }
      local next_one, before = client.customer.each(), #paths()
      next_one()
      repeat client:step(0.01) until #paths() == before + 2
      assert.equal("customer_2", next_one().id)
      assert.is_nil(next_one())
      assert.is_nil(next_one())
    end)

    it("gives a customer once who is pushed to the next page", function()
      server:script {
        page(1, { customer(1), customer(2) }, { hasNext = true }),
        page(2, { customer(2), customer(3) }),
      }
      assert.same({ "customer_1", "customer_2", "customer_3" }, (collect(client.customer.each())))
    end)

    it("says false and the error once, with the page, and ends", function()
      server:script {
        page(1, { customer(1) }, { hasNext = true }), { "answer", status = 401, body = "{}" },
      }
      local next_one = client.customer.each()
      assert.equal("customer_1", next_one().id)
      local one, err = next_one()
      assert.is_false(one)
      assert.equal("auth", err.kind)
      assert.equal(2, err.page)
      assert.is_nil(next_one())
      one, err = client.customer.each { limit = "many" }()
      assert.is_false(one)
      assert.equal("invalid", err.kind)
    end)

    it("asks again for a page whose time ran out while the loop was elsewhere", function()
      server:script {
        page(1, { customer(1) }, { hasNext = true }), { "stall" }, page(2, { customer(2) }),
      }
      local ids, failure = collect(client.customer.each(nil, { timeout = 0.2 }))
      assert.is_nil(failure)
      assert.same({ "customer_1", "customer_2" }, ids)
    end)

    it("has the server choose how many a page has, when it does not take so many", function()
      local refusal = cjson.encode { status = 400, detail = "no", errors = {
        { detail = "Must not be more than 50", parameter = "limit" } } }
      server:script {
        { "answer", status = 400, body = refusal }, page(1, { customer(1) }),
      }
      assert.same({ "customer_1" }, (collect(client.customer.each())))
      assert.same({ "/v2/customer?limit=100&page=1", "/v2/customer?page=1" }, paths())
      server:script { { "answer", status = 400, body = refusal } }
      local _, failure = collect(client.customer.each { limit = 500 })
      assert.equal("rejected", failure.kind)
    end)

    it("goes by the number of pages where nothing says whether there is a next", function()
      local function told(number, items)
        return { "answer", body = cjson.encode {
          customers = items, pagination = { page = number, totalPages = 2 },
        } }
      end
      server:script { told(1, { customer(1) }), told(2, { customer(2) }) }
      assert.same({ "customer_1", "customer_2" }, (collect(client.customer.each())))
    end)

    it("does not read the same page for ever", function()
      server:default(page(1, { customer(1) }, { hasNext = true }))
      local ids, failure = collect(client.customer.each())
      assert.same({ "customer_1" }, ids)
      assert.equal("protocol", failure.kind)
      server:clear()
      server:default(page(1, {}, { hasNext = true }))
      assert.same({}, (collect(client.customer.each())))
    end)

    it("begins at the page that it is told, and cancels what is not wanted", function()
      server:script { page(4, { customer(7) }, { hasNext = true }), { "stall" } }
      local next_one, _, _, closer = client.customer.each { page = 4 }
      assert.equal("customer_7", next_one().id)
      getmetatable(closer).__close()
      assert.is_nil(next_one())
      assert.equal(0, client:stats().in_flight)
    end)

    it("holds no more than a page, however many there are", function()
      local function count_memory()
        collectgarbage()
        collectgarbage()
        return collectgarbage "count"
      end
      local list, pages_left, most = {}, 60, 0
      for i = 1, pages_left do
        local items = {}
        for k = 1, 50 do
          items[k] = customer(i * 100 + k, { firstName = ("x"):rep(500) .. i .. k })
        end
        list[i] = page(i, items, { hasNext = i < pages_left, total = pages_left * 50 })
      end
      server:script(list)
      list = nil -- luacheck: ignore
      local done, base = 0, nil
      for one in client.customer.each { limit = 50 } do
        done = done + 1
        assert.is_table(one)
        if done % 500 == 0 then
          local now = count_memory()
          base = base or now
          most = math.max(most, now - base)
        end
      end
      assert.equal(3000, done)
      assert.is_true(most < 800, most .. " KiB more")
    end)
  end)

  describe("that is searched", function()
    it("finds the first who is exactly that, whatever the server lists", function()
      server:script {
        page(1, { customer(1), customer(2) }, { hasNext = true }),
        page(2, { customer(3, { email = "Jane.Smith@example.com" }) }),
      }
      local found, err, response = client.customer.find { email = "jane.smith@example.com" }
      assert.is_nil(err)
      assert.equal("customer_3", found.id)
      assert.equal(200, response.status)
    end)

    it("says not_found when there is none, and conflict when two are and one was wanted", function()
      server:default(page(1, { customer(1), customer(2) }))
      local found, err = client.customer.find { email = "john.doe@example.com" }
      assert.is_nil(found)
      assert.equal("not_found", err.kind)
      assert.equal("yes", err.sent)
      found, err = client.customer.find({ type = "individual" }, { unique = true })
      assert.is_nil(found)
      assert.equal("conflict", err.kind)
      assert.equal("customer_1", client.customer.find({ type = "individual" }).id)
    end)

    it("goes by every filter that is a member, and by the status of a profile", function()
      server:default(page(1, {
        customer(1, { phone = "+14155550199" }),
        customer(2, { verificationProfiles = { { name = "kyc_profile_a", status = "approved" } } }),
        customer(3, { phone = "+14155550123" }),
      }))
      assert.equal("customer_3", client.customer.find({ phone = "+14155550123", page = 1,
        email = "jane.smith+3@example.com" }).id)
      assert.equal("customer_2", client.customer.find({ status = "approved" }).id)
    end)

    it("needs a filter, and passes errors on", function()
      local found, err = client.customer.find { page = 2 }
      assert.is_nil(found)
      assert.equal("invalid", err.kind)
      server:script { { "answer", status = 500, body = "{}" } }
      found, err = client.customer.find { email = "x@example.com" }
      assert.is_nil(found)
      assert.equal("server", err.kind)
      assert.has_error(function() client.customer.find() end)
    end)

    it("leaves nothing under way", function()
      server:script { page(1, { customer(1) }, { hasNext = true }), { "stall" } }
      assert.equal("customer_1", client.customer.find({ type = "individual" }).id)
      assert.equal(0, client:stats().in_flight)
    end)
  end)
end)

describe("The list of v1", function()
  it("is one page, in the envelope, under whatever name", function()
    local host = sandbox.start { generation = "v1" }
    local client = spherepay.new { token = "key", base_url = host.url, api_version = "v1" }
    for _ = 1, 3 do
      assert(client.customer.create { type = "individual", firstName = "Jane",
        address = { state = "CA", country = "USA" } })
    end
    local list = assert(client.customer.list())
    assert.equal(3, #list.items)
    assert.is_nil(list.pagination)
    assert.equal(3, #collect(client.customer.each()))
    assert.equal(list.items[1].id, client.customer.find({ firstName = "Jane" }).id)
    local errs = {}
    for representative, err in client.representative.each() do
      assert.is_false(representative)
      errs[#errs + 1] = err.kind
    end
    assert.same({ "invalid" }, errs) -- v1 has none to list
    client:close()
    host.stop()
  end)
end)
