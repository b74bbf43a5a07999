-- What holds for every command: tokens, statuses, messages.

local cli = require "spec.support.cli"
local shell = require "spherepay.sandbox.shell"

describe("spherepay #command", function()
  it("prints its help and its version", function()
    local status, out = cli.run "--help"
    assert.equal(0, status)
    assert.is_truthy(out:find("Exit statuses: 0 done", 1, true))
    status, out = cli.run "--version"
    assert.same({ 0, "spherepay " .. require "spherepay.version" .. "\n" }, { status, out })
  end)

  for words, wanted in pairs {
    ["frob"] = "unknown command 'frob'; see spherepay --help",
    ["custmer get x"] = "unknown command 'custmer'; did you mean 'customer'? See spherepay --help",
    ["customer get"] = "missing argument 'id'; see spherepay customer get --help",
    ["customer get x --jsn"] = "did you mean '--json'? See spherepay customer get --help",
    ["customer get x --deadline 0"] = "a number of seconds above 0 is wanted, got 0; see spherepay",
    ["sandbox fail --drop --times 0"] = "--times takes a whole number from 1; see spherepay",
    ["sandbox fail --status 200"] = "takes a status from 400 to 599; see spherepay sandbox fail",
    ["customer create --address.city=Chicago"] = "write address.city=value",
    ["customer get x --deadline soon"] = "a number of seconds above 0 is wanted",
    ["customer get x --token abc"] = "unknown option '--token'",
    ["customer get x"] = "no token: set SPHEREPAY_TOKEN",
  } do
    it("ends with 2 and one line after: " .. words, function()
      local status, out, err = cli.run(words, { env = { SPHEREPAY_TOKEN = "" } })
      assert.same({ 2, "" }, { status, out })
      assert.is_truthy(err:find(wanted, 1, true), err)
      assert.equal(1, select(2, err:gsub("\n", "")))
    end)
  end

  it("refuses a token file that others may read, and never shows a token", function()
    local path = shell.read "mktemp"
    shell.write_file(path, "secret_key_of_the_spec\n")
    local words = "doctor --base-url http://127.0.0.1:1 --token-file " .. path
    shell.run("chmod 644 " .. path)
    local status, out = cli.run(words)
    assert.equal(1, status)
    local wanted = "others may use " .. path .. " (-rw-r--r--): chmod 600 it"
    assert.is_truthy(out:find(wanted, 1, true), out)
    shell.run("chmod 600 " .. path)
    local _, better, err = cli.run(words)
    assert.is_truthy(better:find("token      22 characters, from " .. path, 1, true), better)
    assert.is_nil((out .. better .. err):find("secret_key", 1, true))
    shell.run("rm -f " .. path)
  end)

  it("advises nobody to change what is no file of theirs", function()
    for path, wanted in pairs {
      ["/"] = "/ is a directory", ["/dev/null"] = "others may use /dev/null",
    } do
      local status, _, err = cli.run("customer get x --token-file " .. path)
      assert.equal(2, status)
      assert.is_truthy(err:find(wanted, 1, true), err)
      assert.is_nil(err:find("chmod", 1, true), err)
    end
  end)

  it("gives the completion of three shells", function()
    for _, name in ipairs { "bash", "zsh", "fish" } do
      local status, out = cli.run("completion " .. name)
      assert.equal(0, status)
      assert.is_truthy(out:find("verify", 1, true))
    end
    assert.equal(0, shell.run(
      "bash -n <<'EOF'\n" .. select(2, cli.run "completion bash") .. "\nEOF\n"))
  end)

  it("takes no empty host for production", function()
    for words, name in pairs {
      ["customer get x"] = "SPHEREPAY_BASE_URL", ["customer get x --base-url ''"] = "--base-url",
    } do
      local env = { SPHEREPAY_TOKEN = "key", SPHEREPAY_BASE_URL = "" }
      local status, out, err = cli.run(words, { env = env })
      assert.same({ 2, "" }, { status, out })
      assert.equal("spherepay: " .. name
        .. " is empty: leave it out for production, or name a host\n", err)
    end
  end)

  it("says how a code is given", function()
    local env = { SPHEREPAY_TOKEN = "key", SPHEREPAY_BASE_URL = "http://127.0.0.1:1" }
    local status, _, err = cli.run("code verify x email", { env = env })
    assert.equal(2, status)
    assert.equal(
      "spherepay: no code was given: type it in a terminal, or write it to standard input\n", err)
  end)

  it("names the host before it writes to production", function()
    local wrong = "customer create type=individual email=x " -- nothing of it can be sent
    local env = { SPHEREPAY_TOKEN = "key", SPHEREPAY_BASE_URL = "http://127.0.0.1:1" }
    local _, _, err = cli.run(wrong .. "--environment production", { env = env })
    assert.is_truthy(err:find("^writing to production: https://api.spherepay.co\n"), err)
    local _, _, other = cli.run(wrong .. "--environment sandbox", { env = env })
    assert.is_nil(other:find("writing to production", 1, true), other)
  end)
end)

describe("spherepay webhook #command", function()
  local env = { SPHEREPAY_WEBHOOK_SECRET = "whsec_of_the_spec" }

  it("signs, and verifies what it has signed", function()
    local body = '{"id":"evt_1","type":"customer.updated"}'
    local _, signature = cli.run("webhook sign", { env = env, input = body })
    local words = "webhook verify --signature " .. signature:match "%x+"
    local status, out = cli.run(words, { env = env, input = body })
    assert.equal(0, status)
    assert.is_truthy(out:find('"id": "evt_1"', 1, true), out)
    status = cli.run(words, { env = env, input = body .. " " })
    assert.equal(1, status)
    status = cli.run(words, { input = body })
    assert.equal(2, status)
  end)
end)
