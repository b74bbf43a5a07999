--- spherepay.sandbox.multipart: bodies of uploads.

local multipart = require("spherepay.sandbox.multipart")

local TYPE = "multipart/form-data; boundary=xyz"

local function body(...)
  local lines = { ... }
  lines[#lines + 1] = "--xyz--\r\n"
  return table.concat(lines, "\r\n")
end

describe("sandbox multipart", function()
  it("reads values, file names and content types", function()
    local parts = multipart.parse(TYPE, body(
      "--xyz", 'Content-Disposition: form-data; name="target"', "", "customer",
      "--xyz", 'Content-Disposition: form-data; name="file"; filename="a.pdf"',
      "Content-Type: application/pdf", "", "%PDF\r\n\r\n--xy\0"))
    assert.equal("customer", parts.target.value)
    assert.same({
      value = "%PDF\r\n\r\n--xy\0",
      filename = "a.pdf",
      content_type = "application/pdf",
    }, parts.file)
  end)

  it("reads a quoted boundary, bare newlines and an empty value", function()
    local parts = multipart.parse('multipart/form-data; boundary="xyz"',
      '--xyz\nContent-Disposition: form-data; name="side"\n\n\n--xyz--')
    assert.equal("", parts.side.value)
  end)

  it("takes a body without parts for an empty form", function()
    assert.same({}, multipart.parse(TYPE, "nothing"))
    assert.same({}, multipart.parse(TYPE, "--xyz\r\nbroken\r\n--xyz--"))
  end)

  it("refuses other content types and a missing boundary", function()
    assert.is_nil(multipart.parse(nil, ""))
    assert.is_nil(multipart.parse("application/json", "{}"))
    assert.is_nil(multipart.parse("multipart/form-data", ""))
  end)
end)
