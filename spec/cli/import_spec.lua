-- spherepay customer import, the real command against the real sandbox.

local cli = require "spec.support.cli"
local sandbox = require "spec.support.sandbox"
local shell = require "spherepay.sandbox.shell"

local HEAD = "type,email,phone,address.line1,address.city,address.country,meta.ref\n"
local ROW = "individual,%s@example.com,+14155550123,\"233 South Wacker Drive, 84\",Chicago,USA,r1\n"

describe("spherepay customer import #command", function()
  local host, env, dir

  setup(function() host = assert(sandbox.start { tls = false }) end)
  teardown(function() host.stop() end)
  before_each(function()
    host.reset()
    dir = shell.read "mktemp -d"
    env = { SPHEREPAY_BASE_URL = host.url, SPHEREPAY_TOKEN = "key" }
  end)
  after_each(function() shell.run("rm -rf " .. dir) end)

  local function import(text, words)
    shell.write_file(dir .. "/rows.csv", text)
    return cli.run("customer import " .. dir .. "/rows.csv " .. (words or ""), { env = env })
  end

  local function creates()
    local count = 0
    for _, request in ipairs(host.requests()) do
      if request.method == "POST" then count = count + 1 end
    end
    return count
  end

  it("creates each row, and says which line became whom", function()
    local status, out, err = import(HEAD .. ROW:format "jane" .. ROW:format "john", "--yes")
    assert.equal(0, status, err)
    assert.is_truthy(out:find "2,customer_%x+\n" and out:find "3,customer_%x+\n", out)
    assert.is_truthy(err:find("2 created or found, 0 failed", 1, true), err)
    assert.is_truthy(err:find("without --journal a second run creates everybody again", 1, true))
    local _, found = host.call("GET", "/v2/customer/" .. out:match "customer_%x+")
    assert.equal("r1", found.meta.ref)
  end)

  it("names bad rows by line and column, and sends nothing", function()
    local status, out, err = import(HEAD .. ROW:format "jane" .. "individual,jane,1,x,y,US,\n"
      .. "individual,a@example.com\n", "--yes")
    assert.same({ 2, "" }, { status, out })
    for _, wanted in ipairs {
      "line 3, email: must be an e-mail address\n", "line 3, address.country: must be",
      "line 4, has 2 fields and not 7\n", "line 4, phone: is required\n", "nothing was sent\n",
    } do
      assert.is_truthy(err:find(wanted, 1, true), err)
    end
    assert.equal(0, creates())
  end)

  it("takes the type of rows that have none from --type", function()
    local row = ROW:gsub("^individual", "")
    local status, _, err = import(HEAD .. row:format "jane", "--yes")
    assert.equal(2, status)
    assert.is_truthy(err:find("line 2, type: ", 1, true), err)
    local head = HEAD:gsub("^type,", "")
    status, _, err = import(head .. row:sub(2):format "jane", "--yes --type individual")
    assert.equal(0, status, err)
    assert.equal(1, creates())
  end)

  it("refuses a column that comes twice", function()
    local status, _, err = import("type,email,email\nindividual,a@b.example,c@d.example\n", "--yes")
    assert.same({ 2, "spherepay: the column email comes twice\n" }, { status, err })
  end)

  it("tells of columns that nobody documents once, before anything is sent", function()
    local head = HEAD:gsub("address.country", "adress.country")
    local note = 'note: column adress is not a documented name; did you mean "address"?\n'
    for _, words in ipairs { "--dry-run", "--yes" } do
      local _, _, err = import(head .. ROW:format "jane" .. ROW:format "john", words)
      assert.equal(1, err:find(note, 1, true), err)
      assert.equal(1, select(2, err:gsub("note: ", "")), err)
    end
  end)

  it("sends nothing with --dry-run, and nothing without a yes", function()
    local status, _, err = import(HEAD .. ROW:format "jane", "--dry-run")
    assert.same({ 0, "1 row can be sent; nothing was\n" }, { status, err })
    status, _, err = import(HEAD .. ROW:format "jane")
    assert.equal(2, status)
    assert.is_truthy(err:find("There is no terminal to answer: give --yes", 1, true), err)
    local shown
    for answer, wanted in pairs { ["n\n"] = 1, ["\n"] = 1, ["y\n"] = 0 } do
      status, shown = cli.in_terminal("customer import " .. dir .. "/rows.csv",
        { env = env, wait_for = "[y/N]", keys = answer })
      assert.equal(wanted, status, shown)
      assert.is_truthy(shown:find("Create 1 customer at " .. host.url, 1, true), shown)
    end
    assert.equal(1, creates())
  end)

  it("makes nobody twice with a journal", function()
    local text = HEAD .. ROW:format "jane" .. ROW:format "john"
    local words = "--yes --journal " .. dir .. "/journal"
    local _, first = import(text, words)
    local status, second, err = import(text, words)
    assert.equal(0, status)
    assert.is_nil(err:find("--journal", 1, true), err)
    local ids = {}
    for id in (first .. second):gmatch "customer_%x+" do ids[id] = (ids[id] or 0) + 1 end
    for _, times in pairs(ids) do assert.equal(2, times) end
    assert.equal(2, creates())
  end)

  it("ends with 5 when a row may have been created", function()
    host.misbehave { drop = true }
    local status, _, err = import(HEAD .. ROW:format "jane", "--yes")
    assert.equal(5, status)
    assert.is_truthy(err:find("line 2: spherepay: network", 1, true), err)
    assert.is_truthy(err:find("1 may have been created", 1, true), err)
  end)
end)
