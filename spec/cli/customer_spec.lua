-- spherepay customer ..., the real command against the real sandbox.

local cjson = require "cjson"
local cli = require "spec.support.cli"
local sandbox = require "spec.support.sandbox"
local shell = require "spherepay.sandbox.shell"

local JANE = "type=individual email=jane.smith@example.com phone=+14155550123"
  .. " address.line1='233 South Wacker Drive' address.city=Chicago address.country=USA"

describe("spherepay customer #command", function()
  local host, env

  setup(function() host = assert(sandbox.start { tls = false }) end)
  teardown(function() host.stop() end)
  before_each(function()
    host.reset()
    env = { SPHEREPAY_BASE_URL = host.url, SPHEREPAY_TOKEN = "secret_key_of_the_spec" }
  end)

  local function run(words, input)
    return cli.run("customer " .. words, { env = env, input = input })
  end

  local function create()
    local status, out, err = run("create " .. JANE)
    assert.equal(0, status, err)
    return cjson.decode(out).id
  end

  it("creates from fields, and prints JSON when piped", function()
    local status, out, err = run("create " .. JANE .. " meta.tier=gold")
    local customer = cjson.decode(out)
    assert.same({ 0, "" }, { status, err })
    assert.same({ "jane.smith@example.com", "gold" }, { customer.email, customer.meta.tier })
  end)

  it("creates with the key that it is given, or with one of its own", function()
    local keys = {}
    for i, words in ipairs { "", " --idempotency-key mine", "" } do
      assert.equal(0, (run("create " .. JANE .. words)))
      local requests = host.requests()
      keys[i] = requests[#requests].idempotency_key
    end
    assert.equal("mine", keys[2])
    assert.is_true(keys[1] ~= keys[2] and keys[1] ~= keys[3])
  end)

  it("are reviewed in the sandbox, which says what it cannot do", function()
    local id = create()
    local status, _, err = cli.run("sandbox approve customer_0", { env = env })
    assert.equal(2, status)
    assert.is_truthy(err:find("the sandbox says: no such customer", 1, true), err)
    status, _, err = cli.run("sandbox approve " .. id, { env = env })
    assert.equal(0, status, err)
    local _, found = host.call("GET", "/v2/customer/" .. id)
    assert.equal("approved", found.verificationProfiles[1].status)
  end)

  it("creates from standard input, with fields laid over it", function()
    local text = cjson.encode {
      type = "individual", email = "jane.smith@example.com", phone = "+14155550123",
      address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
    }
    local status, out = run("create - email=john.doe@example.com", text)
    assert.same({ 0, "john.doe@example.com" }, { status, cjson.decode(out).email })
    assert.equal(0, (run("create --file /dev/stdin", text)))
    local refused, _, err = run("create -", "[1]")
    assert.same({ 2, "spherepay: standard input holds no JSON object\n" }, { refused, err })
  end)

  it("ends with 1 and one line when the data is wrong, and sends nothing", function()
    local status, out, err = run "create type=individual email=jane"
    assert.same({ 1, "" }, { status, out })
    assert.equal(1, select(2, err:gsub("\n", "")))
    assert.is_truthy(err:find("/email must be an e-mail address", 1, true), err)
    assert.equal(0, #host.requests())
  end)

  it("ends with 5 when a create may have arrived", function()
    host.misbehave { drop = true }
    local status, _, err = run("create " .. JANE)
    assert.equal(5, status)
    assert.is_truthy(err:find("may have been applied", 1, true), err)
  end)

  it("updates fields, and merges meta unless it is to be replaced", function()
    local id = create()
    run("update " .. id .. " meta.a=1 personalInformation.gender=female")
    local _, out = run("update " .. id .. " meta.b=2")
    assert.same({ a = "1", b = "2" }, cjson.decode(out).meta)
    assert.equal("female", cjson.decode(out).personalInformation.gender)
    _, out = run("update " .. id .. " meta.c=3 --replace-meta")
    assert.same({ c = "3" }, cjson.decode(out).meta)
    assert.equal(2, (run("update " .. id)))
  end)

  it("lists a page, all pages line by line, and finds one", function()
    local first, second = create(), create()
    local _, out = run "list --limit 1"
    assert.equal(2, cjson.decode(out).pagination.total)
    _, out = run "list --all --limit 1"
    local ids = {}
    for line in out:gmatch "[^\n]+" do ids[cjson.decode(line).id] = true end
    assert.same({ [first] = true, [second] = true }, ids)
    local status, _, err = run "find email=jane.smith@example.com --unique"
    assert.equal(1, status)
    assert.is_truthy(err:find("^spherepay: conflict"), err)
    assert.equal(1, (run "find email=nobody@example.com"))
    assert.equal(2, (run "find nobody"))
  end)

  it("shows attempts with --verbose, without ids, data or the token", function()
    local id = create()
    host.misbehave { status = 503 }
    local status, _, err = run("get --verbose " .. id)
    assert.equal(0, status)
    assert.is_truthy(err:find("attempt 1: GET /v2/customer/{id}: 503", 1, true), err)
    assert.is_truthy(err:find("attempt 2: GET /v2/customer/{id}: 200", 1, true), err)
    for _, secret in ipairs { id, "jane", "secret_key" } do
      assert.is_nil(err:find(secret, 1, true), err)
    end
  end)

  describe("verify", function()
    it("ends with 0 when ready, 3 when not, 4 when refused", function()
      local id = create()
      assert.equal(3, (run("verify " .. id .. " --currency USD")))
      host.review(id, { status = "approved" })
      local status, out = run("verify " .. id .. " --currency USD")
      assert.equal(0, status)
      assert.is_truthy(out:find("[x] email_address", 1, true), out)
      host.review(id, { status = "rejected" })
      assert.equal(4, (run("verify " .. id)))
      local _, text = run("verify " .. id .. " --json")
      assert.same({ false, "rejected" }, { cjson.decode(text).ready, cjson.decode(text).status })
    end)

    it("refuses a currency that looks misspelt", function()
      local status, out, err = run("verify " .. create() .. " --currency UDS")
      assert.same({ 2, "" }, { status, out })
      assert.is_truthy(err:find("did you mean \"USD\"", 1, true), err)
    end)

    -- Approves when the command has looked for the first time: there is one GET more by then.
    local function approve_soon(id)
      local gets = ("curl -s %s/_sandbox/requests | grep -o '\"method\":\"GET\"' | wc -l")
        :format(host.url)
      local before = tonumber(shell.read(gets))
      local approve = ("curl -s %s/_sandbox/customer/%s/review -d '{\"status\":\"approved\"}'")
        :format(host.url, id)
      shell.run(("(until [ \"$(%s)\" -gt %d ]; do :; done; %s) >/dev/null 2>&1 &"):format(gets,
        before, approve))
    end

    it("watches until the customer is ready, a line for each change", function()
      local id = create()
      approve_soon(id)
      local status, out, err = run("verify --watch --interval 0.1 --for 60 " .. id)
      assert.same({ 0, "" }, { status, err })
      local line = "^%d+%-%d+%-%d+T[%d:]+Z kyc_profile_a: incomplete %-> approved"
      assert.is_truthy(out:find(line), out)
    end)

    it("draws over itself in a terminal", function()
      local id = create()
      approve_soon(id)
      local words = "customer verify --watch --interval 0.1 --for 60 " .. id
      local status, shown = cli.in_terminal(words, { env = env })
      assert.equal(0, status, shown)
      local _, drawn = shown:gsub("\27%[%d+A\27%[J", "")
      assert.is_true(drawn >= 1, shown)
      assert.is_truthy(shown:find("\27[32m[x]\27[0m", 1, true), shown)
      assert.is_truthy(shown:find("ready: kyc_profile_a is approved", 1, true), shown)
    end)

    it("ends with 130 at Ctrl-C", function()
      local status, shown = cli.in_terminal("customer verify --watch " .. create(),
        { env = env, wait_for = "Ctrl-C ends it.", keys = "\3" })
      assert.equal(130, status, shown)
      assert.is_truthy(shown:find("spherepay: interrupted\n", 1, true), shown)
    end)

    it("gives up after --for with the status that it saw last", function()
      assert.equal(3, (run("verify --watch --interval 0.1 --for 0.3 " .. create())))
    end)
  end)

  it("shows a card in a terminal, without colour when NO_COLOR is set", function()
    local id = create()
    local _, shown = cli.in_terminal("customer get " .. id, { env = env })
    assert.is_truthy(shown:find("email +jane.smith@example.com"), shown)
    assert.is_truthy(shown:find("\27[", 1, true), shown)
    env.NO_COLOR = "1"
    _, shown = cli.in_terminal("customer get " .. id, { env = env })
    assert.is_nil(shown:find("\27[", 1, true), shown)
    assert.is_truthy(cli.in_terminal("customer get --json " .. id, { env = env }) == 0)
  end)

  it("shows what the server said of each field in a terminal, and in no log", function()
    local words = "customer list status=weird"
    host.misbehave { status = 422, json = {
      status = 422, detail = "Validation failed", code = "validation/failed",
      errors = {
        { pointer = "/addresses", detail = "Two are required,\27[2J Jane jane@example.com" },
      },
    }, times = 2 }
    local status, out, err = cli.run(words, { env = env })
    assert.same({ 1, "", 1 }, { status, out, select(2, err:gsub("\n", "")) })
    assert.is_nil(err:find("required", 1, true), err)
    local _, shown = cli.in_terminal(words, { env = env })
    assert.is_truthy(shown:find("\n  /addresses: Two are required, [2J Jane ", 1, true), shown)
    for _, secret in ipairs { "\27", "jane@example.com" } do
      assert.is_nil(shown:find(secret, 1, true), shown)
    end
  end)

  it("keeps to forty columns", function()
    local id = create()
    env.NO_COLOR = "1"
    for _, words in ipairs { "customer verify " .. id, "customer get " .. id, "customer list" } do
      local _, shown = cli.in_terminal(words, { env = env, columns = 40 })
      for line in shown:gmatch "[^\n]+" do
        assert.is_true(#line <= 41 or line:find "^%s*%S+$" ~= nil, words .. ": " .. line)
      end
    end
  end)

  describe("check", function()
    local dir
    before_each(function() dir = shell.read "mktemp -d" end)
    after_each(function() shell.run("rm -rf " .. dir) end)

    local function gets()
      local count = 0
      for _, request in ipairs(host.requests()) do
        if request.method == "GET" then count = count + 1 end
      end
      return count
    end

    it("reports each, and ends with 3 until all are ready", function()
      local first, second = create(), create()
      host.review(first, { status = "approved" })
      local ids = first .. "\n" .. second .. "\n" .. first .. "\n"
      local status, out, err = run("check --ids - --currency USD --csv", ids)
      assert.equal(3, status)
      assert.is_truthy(out:find("^id,ready,status,outstanding\n"), out)
      assert.is_truthy(out:find(first .. ",yes,approved,\n", 1, true), out)
      assert.is_truthy(out:find(second .. ",no,incomplete,tax_", 1, true), out)
      assert.equal("check: 2 of 2, in", err:match "^[^%d]*%d of %d, in")
      host.review(second, { status = "approved" })
      status, out = run("check --ids - --currency USD --json", first)
      assert.equal(0, status)
      assert.same({ id = first, ready = true, status = "approved", outstanding = {} },
        cjson.decode(out))
      assert.equal(0, (run("check --ids - --currency USD", ids)))
    end)

    it("goes on where it was interrupted, and drops a line that was not finished", function()
      local first, second, third = create(), create(), create()
      local ids = table.concat({ first, second, third }, "\n")
      local report = dir .. "/report.csv"
      shell.write_file(report, "id,ready,status,outstanding\n" .. first .. ",no,incomplete,x\n"
        .. second .. ",no,incom")
      local status, out, err = run("check --ids - --out " .. report, ids)
      assert.same({ 3, "" }, { status, out })
      assert.is_truthy(err:find("1 of 3 were done before", 1, true), err)
      assert.equal(2, gets())
      local text = shell.read_file(report)
      for _, id in ipairs { first, second, third } do
        assert.equal(1, select(2, text:gsub(id, "")), text)
      end
      assert.is_nil(text:find("incom\n", 1, true))
    end)

    it("names who could not be looked up, and ends with 1", function()
      local id = create()
      local status, out, err = run("check --ids -", id .. "\ncustomer_0\n")
      assert.equal(1, status)
      assert.is_truthy(out:find(id, 1, true))
      assert.is_truthy(err:find("customer_0: spherepay: not_found", 1, true), err)
    end)
  end)
end)
