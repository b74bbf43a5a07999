-- Shows that the fault server misbehaves in HTTP/2 as it is told; the client is the curl command.
-- What both versions of HTTP share is in spec/support/fault_spec.lua.

local fault = require("spec.support.fault")
local transfer = require("spec.support.fault.transfer")

local curl, EXIT = transfer.curl, transfer.EXIT
local SHORT = 0.2 -- seconds until curl gives up where it is to give up

local server

local function behaviours_of(list)
  local names = {}
  for index, entry in ipairs(list) do names[index] = entry.behaviour end
  return names
end

describe("the fault server with HTTP/2 in the clear", function()
  setup(function() server = fault.start({ h2 = true }) end)
  teardown(function() server:stop() end)
  before_each(function() server:clear() end)

  local function ask(arguments)
    return curl(server, "--http2-prior-knowledge " .. (arguments or "") .. " " .. server:url("/x"))
  end

  it("answers", function()
    server:script({ { "answer", status = 201, body = "hello", headers = { A = "1" } } })
    local answer = ask("-i -d 12345")
    assert.same({ 201, "2" }, { answer.status, answer.version })
    assert.truthy(answer.out:find("\r\na: 1\r\n", 1, true))
    assert.truthy(answer.out:find("\r\n\r\nhello$"))
    local entry = server:log()[1]
    assert.same({ "POST", "/x", "2", 1, 5, true }, {
      entry.method, entry.path, entry.protocol, entry.stream, entry.body_length, entry.complete,
    })
  end)

  it("still speaks HTTP/1.1 to those who do", function()
    assert.equal("1.1", curl(server, server:url()).version)
  end)

  it("takes bodies beyond the first window", function()
    local pipe = io.popen("head -c 300000 /dev/zero | curl -s -m 5 --http2-prior-knowledge "
      .. "--data-binary @- " .. server:url())
    assert.equal("{}", pipe:read("*a"))
    pipe:close()
    assert.equal(300000, server:log()[1].body_length)
  end)

  it("sends bodies beyond the first window and headers beyond one frame", function()
    server:script({ { "huge_body", bytes = 3000000 }, { "huge_headers", bytes = 50000 } })
    assert.equal(3000000, #ask().out)
    local answer = ask("-i")
    assert.equal(200, answer.status)
    assert.is_true(#answer.out > 50000)
  end)

  it("sends a 204 and informational answers", function()
    server:script({ { "answer", status = 204 }, { "informational_storm", n = 20 } })
    assert.same({ 204, 0 }, { ask().status, ask("-o /dev/null").exit })
  end)

  it("refuses a stream, and sees bare libcurl send the request again by itself", function()
    server:script({ "refused_stream" })
    assert.equal(200, ask("-d x").status)
    assert.same({ "refused_stream", "answer" }, behaviours_of(server:log()))
  end)

  it("resets a stream with a code", function()
    server:script({ "rst_stream", { "rst_stream", code = 8 } })
    assert.equal(EXIT.STREAM, ask().exit)
    assert.truthy(ask("-S").out:find("CANCEL", 1, true))
  end)

  it("says goodbye before anything and answers nothing then", function()
    server:script({ "goaway_before" })
    local exit = ask().exit
    assert(server:wait({ closed = 1 }))
    for _, entry in ipairs(server:log()) do
      if entry.connection == 1 then assert.equal("ignored", entry.behaviour) end
    end
    -- A newer curl asks once more, on another connection.
    assert.is_true(exit == EXIT.H2 or exit == 0 and #server:connections() == 2)
  end)

  it("says goodbye after the headers, covering the stream or not", function()
    server:script({
      "goaway_after_headers", { "goaway_after_headers", last_stream_id = 0 },
      { "goaway_after_headers", answer = false },
    })
    assert.equal(200, ask("-d x").status)
    assert.equal(0, ask("-d x").status)
    local exit = ask("-d x").exit
    -- A newer curl sends a request once more that a goodbye has ended.
    assert.is_true(exit == EXIT.PARTIAL and #server:log() == 3
      or exit == 0 and #server:log() == 4)
  end)

  it("closes without goodbye", function()
    server:script({ "h2_close" })
    local exit = ask("-d x").exit
    assert.is_true(exit == EXIT.PARTIAL or exit == EXIT.H2, exit)
    assert.is_true(server:log()[1].complete)
  end)

  it("cuts, stalls and drips streams as it does with HTTP/1.1", function()
    server:script({
      { "answer_half", body = "0123456789" }, "wrong_length", "stall", "stall_headers",
      "stall_body",
      { "drip", total = 5, every = 0.01 }, { "drip", from = "head", total = 5, every = 0.001 },
    })
    assert.equal("01234", ask().out)
    assert.equal(EXIT.STREAM, ask().exit)
    for _ = 1, 3 do assert.equal(EXIT.TIMEOUT, ask("-m " .. SHORT).exit) end
    assert.equal("xxxxx", ask().out)
    assert.equal("xxxxx", ask().out)
  end)
end)
