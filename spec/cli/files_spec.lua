-- spherepay.cli.files: what it reads, and which file of a secret it refuses.

local files = require "spherepay.cli.files"
local shell = require "spherepay.sandbox.shell"

describe("The files of the command", function()
  local dir

  before_each(function() dir = shell.read "mktemp -d" end)
  after_each(function() shell.run("rm -rf " .. dir) end)

  -- A file with that text, whose name no shell may take apart.
  local function file(text, mode)
    local path = dir .. "/it's $HOME; a file"
    shell.write_file(path, text)
    shell.run(("chmod %s %s"):format(mode, shell.quote(path)))
    return path
  end

  it("are read whole", function()
    assert.equal("a\n\nb", (files.read(file("a\n\nb", "644"))))
    local text, message = files.read(dir .. "/none")
    assert.is_nil(text)
    assert.matches("/none: No such file", message, 1, true)
    text, message = files.read(dir)
    assert.is_nil(text)
    assert.matches(dir .. ": Is a directory", message, 1, true)
  end)

  it("show who may read them", function()
    assert.equal("-rw-r-----", files.mode(file("a", "640")))
    assert.is_nil(files.mode(dir .. "/none"))
  end)

  it("that hold a secret are their owner's alone", function()
    assert.equal("sesame", (files.read_secret(file("sesame\n", "600"))))
    assert.equal("  sesame", (files.read_secret(file("  sesame \r\n", "400"))))
    for _, mode in ipairs { "640", "604", "601", "610" } do
      local path = file("sesame", mode)
      local text, message = files.read_secret(path)
      assert.is_nil(text)
      assert.matches("others may use " .. path .. " (-rw-", message, 1, true)
      assert.matches("): chmod 600 it", message, 1, true)
    end
    assert.equal(dir .. " is a directory", select(2, files.read_secret(dir)))
    assert.is_nil((files.read_secret(dir .. "/none")))
  end)

  it("that are no regular files are told to be replaced", function()
    assert.matches("name a file of your own", select(2, files.read_secret "/dev/null"), 1, true)
  end)
end)
