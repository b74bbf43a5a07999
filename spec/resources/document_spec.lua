-- client.document.upload: what is sent, what is refused before, and files that change meanwhile.

local fault = require "spec.support.fault"
local helper = require "spec.contract.helper"
local sandbox = require "spec.support.sandbox"
local socket = require "socket"
local spherepay = require "spherepay"

local ID = helper.ID
local NOTE = "Photo page, J\195\169r\195\180me"
local HEADS = {
  ["application/pdf"] = { "%PDF-1.7\n", "\239\187\191%PDF-1.4" },
  ["image/jpeg"] = { "\255\216\255\224\0\16JFIF" },
  ["image/png"] = { "\137PNG\r\n\26\n" },
  ["image/tiff"] = { "II*\0", "MM\0*" },
  ["image/heic"] = {
    "\0\0\0\24ftypheic\0\0\0\0mif1heic", "\0\0\0\24ftypmif1\0\0\0\0mif1heic",
    "\0\0\0\24ftypMiHE\0\0\0\0mif1MiHE",
  },
}

-- Not before the event of the retry has been told.
local LATER = { "answer", status = 429, body = "{}", headers = { ["Retry-After-Ms"] = "100" } }

local paths = {}
local function file(bytes, name)
  local path = os.tmpname()
  paths[#paths + 1] = path
  if name then
    os.remove(path)
    os.execute("mkdir " .. path)
    path = path .. "/" .. name
  end
  local out = assert(io.open(path, "wb"))
  out:write(bytes)
  out:close()
  return path
end

local function passport(changes)
  local params = { targetId = ID, documentType = "passport", country = "USA" }
  for name, value in pairs(changes) do params[name] = value end
  return params
end

-- The parts of a form, by name: head and value.
local function parts_of(request)
  local boundary = request.headers["content-type"]:match("boundary=(%S+)")
  local parts = {}
  local at = 1
  while true do
    local from, to = request.body:find("--" .. boundary .. "\r\n", at, true)
    if not from then return parts end
    local till = request.body:find("\r\n--" .. boundary, to, true)
    local head, value = request.body:sub(to + 1, till - 1):match("^(.-)\r\n\r\n(.*)$")
    parts[head:match('name="([^"]*)"')] = { head = head, value = value }
    at = till
  end
end

describe("An upload", function()
  local server, client

  setup(function() server = fault.start() end)
  teardown(function()
    server:stop()
    for _, path in ipairs(paths) do os.execute("rm -rf " .. path) end
  end)
  before_each(function()
    server:clear()
    server:default { "answer", status = 201, body = '{"targetId":"' .. ID .. '"}' }
    client = spherepay.new { token = "key", base_url = server:url() }
  end)
  after_each(function() client:close() end)

  local function places_of(params, opts)
    local document, err = client.document.upload(params, opts)
    assert.is_nil(document)
    assert.equal("invalid", err.kind)
    assert.equal("no", err.sent)
    local places = {}
    for _, problem in ipairs(err.errors) do places[problem.pointer] = problem.detail end
    return places
  end

  it("is a form of the fields and the file, with its name and its type", function()
    local bytes = HEADS["image/png"][1] .. ("\0\255\r\n--x"):rep(2000)
    local document, err, response = client.document.upload(passport {
      file = file(bytes, "pass port.png"), side = "front", description = NOTE,
    })
    assert.is_nil(err)
    assert.equal(ID, document.targetId)
    assert.equal(201, response.status)
    local request = server:log()[1]
    local sent = parts_of(request)
    assert.equal("POST /v2/document", request.method .. " " .. request.path)
    assert.matches("^multipart/form%-data; boundary=", request.headers["content-type"])
    assert.equal(tostring(#request.body), request.headers["content-length"])
    assert.is_nil(request.headers.expect)
    assert.is_string(request.idempotency_key)
    for name, value in pairs {
      target = "customer", targetId = ID, documentType = "passport", country = "USA",
      side = "front", description = NOTE,
    } do
      assert.equal(value, sent[name].value)
    end
    assert.equal(bytes, sent.file.value)
    assert.matches('filename="pass port.png"', sent.file.head, 1, true)
    assert.matches("Content-Type: image/png", sent.file.head, 1, true)
  end)

  it("knows its type by the first bytes, whatever it is called", function()
    for media_type, heads in pairs(HEADS) do
      for _, head in ipairs(heads) do
        assert(client.document.upload(passport { content = head .. ("x"):rep(100),
          filename = "a.txt" }))
        local log = server:log()
        local sent = parts_of(log[#log])
        assert.matches("Content-Type: " .. media_type, sent.file.head, 1, true)
        assert.matches('filename="a.txt"', sent.file.head, 1, true)
      end
    end
    for _, bytes in ipairs { "GIF89a..........", "PK\3\4............", "%PDX-1.4",
      "\0\0\0\24ftypmp42\0\0\0\0mp41isom", "<html>", "\255\216", "I" } do
      assert.matches("first bytes", places_of(passport { content = bytes })["/content"])
    end
    assert.matches("first bytes", places_of(passport { file = file("hello", "a.pdf") })["/file"])
  end)

  it("is checked as a whole before anything is sent", function()
    local pdf = HEADS["application/pdf"][1]
    local places = places_of { documentType = "incorporation", country = "US", side = "left",
      filename = "../x" }
    for _, place in ipairs { "/target", "/targetId", "/country", "/side", "/file", "/filename" } do
      assert.is_string(places[place], place)
    end
    places = places_of { targetId = ID, documentType = "id_card", content = pdf }
    assert.is_string(places["/country"])
    assert.matches('did you mean "passport"',
      places_of(passport { documentType = "pasport", content = pdf })["/documentType"], 1, true)
    assert.is_string(places_of(passport { targetId = "associatedPerson_1", content = pdf,
      documentType = "shareholder_registry" })["/documentType"])
    assert.is_string(places_of(passport { target = "business_representative", content = pdf })
      ["/target"])
    assert.is_string(places_of(passport { file = "x", content = pdf })["/content"])
    assert.is_string(places_of(passport { content = pdf, description = "a\0b" })["/description"])
    assert.is_string(places_of(passport { content = pdf, extra = {} })["/extra"])
    assert.is_string(places_of(passport { content = pdf, timeout = 3 })["/timeout"])
    assert.is_string(places_of(passport { file = 7 })["/file"])
    assert.same({}, server:log())
    assert.has_error(function() client.document.upload() end)
    assert.has_error(function()
      client.document.upload(passport { content = pdf }, { progress = 1 })
    end)
    assert.has_error(function() client.document:upload {} end)
    assert.has_error(function() return client.document.create end)
  end)

  it("says why a file cannot be read, without its path", function()
    local details = {
      ["/nonexistent/jane"] = "No such file", ["/tmp"] = "Is a directory",
      ["/dev/zero"] = "not a regular file", [file ""] = "is empty", ["a\0b"] = "NUL",
    }
    for path, words in pairs(details) do
      local _, err = client.document.upload(passport { file = path })
      assert.equal("/file", err.errors[1].pointer)
      assert.matches(words, tostring(err), 1, true)
      assert.is_nil(tostring(err):find("jane", 1, true))
    end
  end)

  it("has at most 15 MiB", function()
    local path = file "%PDF-1.4"
    os.execute("truncate -s " .. 15 * 1024 * 1024 + 1 .. " " .. path)
    assert.matches("larger than 15728640 bytes", places_of(passport { file = path })["/file"])
    os.execute("truncate -s " .. 15 * 1024 * 1024 .. " " .. path)
    collectgarbage()
    local before = collectgarbage "count"
    local document, err = client.document.upload(passport { file = path })
    assert.is_nil(err)
    assert.is_table(document)
    assert.is_true(collectgarbage "count" - before < 500)
    assert.is_true(server:log()[1].body_length > 15 * 1024 * 1024)
  end)

  it("finds the target by the id, and passes types on that nobody documents", function()
    local pdf = HEADS["application/pdf"][1]
    server:default { "answer", body = "{}" }
    assert(client.document.upload { targetId = "associatedPerson_1", content = pdf,
      documentType = "liveness_report" })
    assert(client.document.upload { targetId = ID, documentType = "bank_statement", content = pdf })
    assert(client.document.upload { targetId = ID, target = "customer", content = pdf,
      documentType = "drivers_license" })
    local sent = parts_of(server:log()[1])
    assert.equal("business_representative", sent.target.value)
    assert.matches('filename="document"', sent.file.head, 1, true)
    assert(client.document.upload({ targetId = 'x', target = "partner", documentType = "pasport",
      content = "hello" }, { validate = false }))
  end)

  it("tells how far it has got", function()
    local told = {}
    local path = file("%PDF-1.4" .. ("x"):rep(1000000))
    assert(client.document.upload(passport { file = path }, {
      on_progress = function(sent, total) told[#told + 1] = { sent, total } end,
    }))
    assert.is_true(#told > 2)
    assert.same({ 1000008, 1000008 }, told[#told])
    for i = 2, #told do assert.is_true(told[i][1] > told[i - 1][1]) end
    local errors = {}
    local other = spherepay.new { token = "key", base_url = server:url(),
      on_error = function(err) errors[#errors + 1] = tostring(err) end }
    assert(other.document.upload(passport {
      file = path, on_progress = function() error "boom" end,
    }))
    assert.matches("boom", errors[1])
    other:close()
  end)

  it("is sent again from the beginning after a refusal that may pass", function()
    server:script { { "answer", status = 429, body = "{}" } }
    local path = file("%PDF-1.4" .. ("y"):rep(20000))
    local _, _, response = assert(client.document.upload(passport { file = path }))
    assert.equal(2, #response.attempts)
    local log = server:log()
    assert.equal(parts_of(log[1]).file.value, parts_of(log[2]).file.value)
    assert.are_not.equal(log[1].idempotency_key, log[2].idempotency_key)
  end)

  it("is not sent again when it may have arrived", function()
    for _, act in ipairs { { "read_all_and_close" }, { "answer", status = 503, body = "{}" } } do
      server:clear()
      server:script { act }
      local _, err = client.document.upload(passport { content = "%PDF-1.4" })
      assert.is_true(err.maybe_applied)
      assert.equal(1, #server:log())
      assert.are_not.equal("no", err.sent)
    end
  end)

  for _, act in ipairs { { "leave_out", linger = 0.05 }, { "leave_out" }, { "refused_stream" } } do
    it("goes out whole where it was left out: " .. act[1] .. (act.linger or ""), function()
      local h2 = fault.start { tls = true, h2 = true }
      local other = spherepay.new { token = "key", base_url = h2:url(), ca_file = h2.ca_file,
        max_retries = 0 }
      local bytes = HEADS["image/png"][1] .. ("0123456789"):rep(4000)
      h2:default { "answer", status = 201, body = '{"targetId":"' .. ID .. '"}' }
      h2:script { act }
      local document, err = other.document.upload(passport { file = file(bytes) })
      local log = h2:log()
      other:close()
      h2:stop()
      assert(document, err)
      assert.equal(2, #log)
      assert.is_true(parts_of(log[2]).file.value == bytes)
    end)
  end

  it("is not sent twice when a kept connection dies", function()
    server:script { { "answer", body = "{}" }, { "keep_alive_then_die" } }
    assert(client.document.upload(passport { content = "%PDF-1.4" }))
    client.document.upload(passport { content = "%PDF-1.4" }, { max_retries = 0 })
    client.customer.get(ID)
    local posts = 0
    for _, request in ipairs(server:log()) do
      if request.method == "POST" then posts = posts + 1 end
    end
    assert.equal(2, posts)
  end)

  it("is not about somebody else", function()
    server:script {
      { "answer", body = '{"targetId":"customer_other"}' }, { "answer", status = 204 },
    }
    local _, err = client.document.upload(passport { content = "%PDF-1.4" })
    assert.equal("protocol", err.kind)
    assert.is_nil(err.raw)
    assert.same({}, (assert(client.document.upload(passport { content = "%PDF-1.4" }))))
  end)

  -- What `change` makes of a file of 4 MB while it is sent.
  local function changed(change)
    server:clear()
    local path, done = file("%PDF-1.4" .. ("z"):rep(4000000)), false
    local _, err = client.document.upload(passport { file = path }, {
      on_progress = function()
        if not done then
          done = true
          change(path)
        end
      end,
    })
    assert.is_true(done)
    assert.equal("invalid", err.kind)
    assert.equal("maybe", err.sent)
    assert.is_false(err.retryable)
    assert.equal(1, #err.attempts)
    assert(server:wait { arrived = 1 })
    assert.is_false(server:log()[1].complete == true)
    return err.message
  end

  it("fails when the file changes, or ends early, and never reaches its end", function()
    assert.matches("ended early", changed(function(path)
      os.execute("truncate -s 1000000 " .. path)
    end))
    assert.matches("was changed", changed(function(path)
      local out = io.open(path, "ab")
      out:write "more"
      out:close()
    end))
    assert.matches("was changed", changed(function(path)
      local out = io.open(path, "r+b")
      out:seek("set", 3000000)
      out:write "other"
      out:close()
    end))
  end)

  it("is not begun again with a file that has changed", function()
    server:script { LATER }
    local path = file "%PDF-1.4 first"
    local other = spherepay.new { token = "key", base_url = server:url(), on_event = function(event)
      if event.type == "retry" then
        local out = io.open(path, "ab")
        out:write "more"
        out:close()
      end
    end }
    local _, err = other.document.upload(passport { file = path })
    assert.equal("invalid", err.kind)
    assert.equal("yes", err.sent)
    assert.equal(1, #server:log())
    assert.equal("no", err.attempts[2].sent)
    other:close()
  end)

  it("sends the file that was opened, though another is put in its place", function()
    server:script { LATER }
    local path = file "%PDF-1.4 first"
    local other = spherepay.new { token = "key", base_url = server:url(), on_event = function(event)
      if event.type == "retry" then os.rename(file "%PDF-1.4 another", path) end
    end }
    assert(other.document.upload(passport { file = path }))
    assert.equal("%PDF-1.4 first", parts_of(server:log()[2]).file.value)
    other:close()
  end)

  it("can be cancelled in the middle", function()
    server:script { { "stall" } }
    local path = file("%PDF-1.4" .. ("z"):rep(4000000))
    local task
    task = client:spawn(function()
      return client.document.upload(passport { file = path }, {
        on_progress = function() task:cancel() end,
      })
    end)
    local _, value, err = task:join()
    assert.is_nil(value)
    assert.equal("cancelled", err.kind)
    assert.equal("maybe", err.sent)
    assert.equal(0, client:stats().in_flight)
  end)

  it("takes an answer that comes before the file has been sent", function()
    local listener = assert(socket.bind("127.0.0.1", 0))
    local _, port = listener:getsockname()
    local other = spherepay.new { token = "key", loop = "manual", max_retries = 0,
      base_url = ("http://127.0.0.1:%d"):format(port) }
    local path = file("%PDF-1.4" .. ("z"):rep(8000000))
    local task = other:spawn(function() return other.document.upload(passport { file = path }) end)
    local peer, answered
    listener:settimeout(0)
    helper.step_until(other, function()
      if not peer then
        peer = listener:accept()
        if peer then peer:settimeout(0) end
        return false
      end
      local bytes, why, part = peer:receive(65536)
      if not answered and (bytes or part ~= "") and why ~= "closed" then
        answered = true
        peer:send "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
      end
      return task:is_done()
    end)
    local _, value, err = task:join()
    assert.is_nil(value)
    assert.equal("rejected", err.kind)
    assert.equal(413, err.status)
    assert.equal("yes", err.sent)
    peer:close()
    listener:close()
    other:close()
  end)

  it("is closed when it is not begun at all", function()
    local path, other = file "%PDF-1.4", spherepay.new { token = function() return nil end }
    local _, err = other.document.upload(passport { file = path })
    assert.equal("auth", err.kind)
    client.document.upload(passport { file = path, side = "left" })
    local pipe = io.popen("ls -l /proc/$PPID/fd")
    assert.is_nil(pipe:read("*a"):find(path, 1, true))
    pipe:close()
    other:close()
  end)

  it("shows nothing of the file or the person in an error", function()
    server:script { { "answer", status = 422,
      body = '{"status":422,"detail":"passport_jane.pdf of Jane at ' .. ID .. '"}' } }
    local _, err = client.document.upload(passport {
      content = "%PDF-1.4", filename = "passport_jane.pdf", description = "Jane",
    })
    for _, word in ipairs { "Jane", "jane", ID } do
      assert.is_nil(tostring(err):find(word, 1, true), word)
    end
  end)

  it("is none of v1", function()
    local old = spherepay.new { token = "key", base_url = server:url(), api_version = "v1" }
    local _, err = old.document.upload(passport { content = "%PDF-1.4" })
    assert.equal("invalid", err.kind)
    assert.matches("v2", tostring(err))
    old:close()
  end)
end)

describe("An upload to the sandbox", function()
  it("meets the criterion, for a customer and for a representative", function()
    local host = sandbox.start {}
    local client = spherepay.new { token = "key", base_url = host.tls_url, ca_file = host.ca_file }
    local jane = assert(client.customer.create(helper.JANE))
    local path = file("%PDF-1.4" .. ("x"):rep(300000), "passport.pdf")
    local document = assert(client.document.upload(passport { targetId = jane.id, file = path }))
    assert.equal("passport.pdf", document.fileName)
    assert.equal(300008, document.fileSize)
    assert.equal("application/pdf", document.mimeType)
    local pending = client.customer.get(jane.id).verificationProfiles[1].criteria.pending
    assert.equal("identity_document", pending[1])
    client:close()
    host.stop()
  end)
end)
