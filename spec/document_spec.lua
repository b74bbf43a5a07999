-- spherepay.document_file: a file that becomes base64 in a request without passing through Lua.

local cjson = require "cjson"
local mime = require "mime"
local served = require "spec.support.served"
local spherepay = require "spherepay"

local LIMIT = 15 * 1024 * 1024
local CUSTOMER = '{"ok":true,"data":{"customer":{"id":"customer_1"}}}'

local files = {}

-- A file with these bytes; `size` makes it longer, with a hole.
local function file(bytes, size)
  local path = os.tmpname()
  local handle = assert(io.open(path, "wb"))
  handle:write(bytes)
  if size then
    handle:seek("set", size - 1)
    handle:write("\0")
  end
  handle:close()
  files[#files + 1] = path
  return path
end

local function all_bytes(count)
  local bytes = {}
  for i = 1, count do bytes[i] = string.char((i * 7 + i % 11) % 256) end
  return table.concat(bytes)
end

describe("a document file", function()
  local server, client

  setup(function()
    server = served.start()
    client = server:client { api_version = "v1" }
  end)
  teardown(function() server:stop() end)
  after_each(function()
    for _, path in ipairs(files) do os.remove(path) end
    files = {}
  end)

  it("arrives as the base64 of its bytes, whatever their number", function()
    for _, size in ipairs { 1, 2, 3, 4, 255, 256, 257, 12288, 12289, 30000 } do
      local bytes = all_bytes(size)
      server:answer(200, CUSTOMER)
      local document = assert(spherepay.document_file(file(bytes)))
      assert(client.customer.update("customer_1", { identityDocumentFront = document }))
      local arrived = server:requests()[1].body
      assert.equal('{"identityDocumentFront":"' .. mime.b64(bytes) .. '"}', arrived)
    end
  end)

  it("is never waited for, and has the path that was given", function()
    local path = file("x")
    for _, other in ipairs { path .. "\0.jpg", "\0", "/dev/zero", "/" } do
      local document, err = spherepay.document_file(other)
      assert.is_nil(document)
      assert.equal("invalid", err.kind)
      assert.is_nil(tostring(err):find(path, 1, true))
    end
    os.remove(path)
    assert(os.execute("mkfifo " .. path))
    local _, err = spherepay.document_file(path)
    assert.matches("the document cannot be read: not a regular file", tostring(err), 1, true)
  end)

  it("arrives beside other fields, documents and documents of owners", function()
    server:answer(200, CUSTOMER)
    assert(client.customer.create {
      type = "business",
      name = 'Acme "Corp" \1',
      incorporationDocument = spherepay.document_file(file "one"),
      ubos = {
        { firstName = "Jane", identityDocumentFront = spherepay.document_file(file "two") },
        { identityDocumentFront = spherepay.document_file(file "three") },
      },
    })
    assert.same({
      type = "business",
      name = 'Acme "Corp" \1',
      incorporationDocument = mime.b64 "one",
      ubos = {
        { firstName = "Jane", identityDocumentFront = mime.b64 "two" },
        { identityDocumentFront = mime.b64 "three" },
      },
    }, cjson.decode(server:requests()[1].body))
  end)

  it("may be used again in another call", function()
    local document = spherepay.document_file(file "again")
    server:answer(200, CUSTOMER)
    for _ = 1, 2 do
      assert(client.customer.update("customer_1", { identityDocumentBack = document }))
    end
    local first, second = server:requests()[1].body, server:requests()[2].body
    assert.equal('{"identityDocumentBack":"' .. mime.b64 "again" .. '"}', first)
    assert.equal(first, second)
  end)

  it("is read when it is named, not when it is sent", function()
    local path = file "before"
    local document = spherepay.document_file(path)
    os.remove(path)
    server:answer(200, CUSTOMER)
    assert(client.customer.update("customer_1", { identityDocumentFront = document }))
    assert.truthy(server:requests()[1].body:find(mime.b64 "before", 1, true))
  end)

  it("never becomes a Lua string", function()
    local path = file("x", 4 * 1024 * 1024)
    server:answer(200, CUSTOMER)
    assert(client.customer.update("customer_1", { ssn = "111-11-1111" }))
    collectgarbage("stop")
    local before = collectgarbage("count")
    local document = assert(spherepay.document_file(path))
    assert(client.customer.update("customer_1", { identityDocumentFront = document }))
    local grown = collectgarbage("count") - before
    collectgarbage("restart")
    assert.is_true(grown < 256, "grown by KiB: " .. grown)
    assert.equal(#'{"identityDocumentFront":""}' + 4 * math.ceil(4 * 1024 * 1024 / 3),
      server:requests()[2].body_length)
  end)

  it("shows nothing of itself", function()
    local document = spherepay.document_file(file "secret")
    assert.equal("spherepay.document", tostring(document))
    assert.is_nil(document.text)
  end)
end)

describe("a document file is nil and an error of the kind invalid", function()
  after_each(function()
    for _, path in ipairs(files) do os.remove(path) end
    files = {}
  end)

  local function fails(path)
    local document, err = spherepay.document_file(path)
    assert.is_nil(document)
    assert.equal("invalid", err.kind)
    assert.equal("no", err.sent)
    assert.is_nil(tostring(err):find(path, 1, true))
    return err.message
  end

  it("when it is missing", function()
    assert.truthy(fails("/nonexistent/jane-smith.png"):find("No such file", 1, true))
  end)

  it("when it cannot be read", function()
    assert.truthy(fails("/"):find("directory", 1, true))
  end)

  it("when it is larger than the vendor takes", function()
    assert.truthy(fails(file("x", LIMIT + 1)):find("larger than", 1, true))
    assert.truthy(spherepay.document_file(file("x", LIMIT)))
  end)
end)

describe("document_file", function()
  it("raises when it gets no path", function()
    for _, wrong in ipairs { 5, {}, true } do
      local ok, message = pcall(spherepay.document_file, wrong)
      assert.is_false(ok)
      assert.truthy(message:find("takes a path", 1, true))
    end
    assert.is_false(pcall(spherepay.document_file))
  end)
end)
