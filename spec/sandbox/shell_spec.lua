--- spherepay.sandbox.shell: quoting, exit codes, output.

local shell = require("spherepay.sandbox.shell")

describe("sandbox shell", function()
  it("quotes any text as one word", function()
    for _, text in ipairs { "", "a b", "it's", "$HOME `id` \\ \"", "-n", "a\nb" } do
      assert.equal(text .. "|", shell.read("printf '%s|' " .. shell.quote(text)))
    end
  end)

  it("gives the exit code on every Lua", function()
    assert.equal(0, shell.run("true"))
    assert.equal(7, shell.run("exit 7"))
    assert.equal(143, shell.run("kill -TERM $$"))
  end)

  it("reads what a command prints, without the last newlines", function()
    assert.equal("a\nb", shell.read("printf 'a\\nb\\n\\n'"))
  end)

  it("writes and reads files, and says why it cannot", function()
    local path = os.tmpname()
    assert.is_true(shell.write_file(path, "a\0b"))
    assert.equal("a\0b", shell.read_file(path))
    os.remove(path)
    assert.is_nil(shell.read_file(path))
    local done, message = shell.write_file(path .. "/none/x", "")
    assert.is_nil(done)
    assert.is_string(message)
  end)
end)
