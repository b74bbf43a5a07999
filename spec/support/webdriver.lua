-- A browser for specs: Chromium by its driver, over the WebDriver protocol (W3C).

local cjson = require "cjson"
local http = require "socket.http"
local ltn12 = require "ltn12"
local ports = require "spherepay.sandbox.ports"
local shell = require "spherepay.sandbox.shell"
local socket = require "socket"

local webdriver = {}

local SECONDS = 20
local ELEMENT = "element-6066-11e4-a52e-4f735466cecf" -- how the protocol calls a reference

local Browser = {}
Browser.__index = Browser

local function call(url, method, body)
  local text, chunks = body and cjson.encode(body), {}
  if text == "[]" then text = "{}" end
  local _, status = http.request {
    url = url, method = method, sink = ltn12.sink.table(chunks),
    source = text and ltn12.source.string(text),
    headers = text and { ["content-type"] = "application/json", ["content-length"] = #text },
  }
  local ok, answer = pcall(cjson.decode, table.concat(chunks))
  local value = ok and type(answer) == "table" and answer.value
  if status ~= 200 then
    return nil, type(value) == "table" and value.message or tostring(status)
  end
  return value
end

local function check(value, message)
  if value == nil then error(message, 3) end
  return value
end

function Browser:post(path, body)
  return check(call(self.session .. path, "POST", body or {}))
end

--- Waits until a function gives something that is true.
function webdriver.await(what, condition)
  local ends = socket.gettime() + SECONDS
  repeat
    local value = condition()
    if value then return value end
    socket.sleep(0.02)
  until socket.gettime() > ends
  error("not in time: " .. what, 2)
end

function Browser:open(url) self:post("/url", { url = url }) end

--- What a script returns.
function Browser:run(script, ...)
  local args = select("#", ...) > 0 and { ... } or { false } -- lua-cjson writes no empty list
  return self:post("/execute/sync", { script = script, args = args })
end

--- The text of the page.
function Browser:text() return self:run "return document.body.innerText" end

--- Waits for a text on the page.
function Browser:await_text(text)
  webdriver.await(text, function() return self:text():find(text, 1, true) end)
end

--- Waits for an element by its id and clicks it.
function Browser:click(id)
  local selector = ("[id=%q]"):format(id)
  webdriver.await("a click on " .. id, function()
    local found = call(self.session .. "/element", "POST",
      { using = "css selector", value = selector })
    -- it may have been drawn anew meanwhile
    local place = found and self.session .. "/element/" .. found[ELEMENT] .. "/click"
    return place and call(place, "POST", {}) ~= nil
  end)
end

--- Presses keys, one after the other.
function Browser:press(...)
  local actions = {}
  for _, key in ipairs { ... } do
    actions[#actions + 1] = { type = "keyDown", value = key }
    actions[#actions + 1] = { type = "keyUp", value = key }
  end
  self:post("/actions", { actions = { { type = "key", id = "keyboard", actions = actions } } })
end

--- Sets the size of what a page sees.
function Browser:resize(width, height)
  self:post("/goog/cdp/execute", {
    cmd = "Emulation.setDeviceMetricsOverride",
    params = { width = width, height = height, deviceScaleFactor = 1, mobile = false },
  })
end

--- What the console of the page has complained about.
function Browser:complaints()
  local list = {}
  for _, entry in ipairs(self:post("/se/log", { type = "browser" })) do
    if entry.level == "SEVERE" or entry.level == "WARNING" then list[#list + 1] = entry.message end
  end
  return list
end

--- A picture (PNG) of what is seen.
function Browser:picture()
  local mime = require "mime"
  return (mime.unb64(check(call(self.session .. "/screenshot", "GET"))))
end

function Browser:close()
  call(self.session, "DELETE")
  shell.run("kill " .. self.pid .. " 2>/dev/null")
  shell.run("rm -rf " .. self.dir)
end

local function options(dir)
  local args = { "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--user-data-dir=" .. dir .. "/profile", "--no-first-run", "--lang=en" }
  -- its own walls need rights that root in a container has not
  if shell.read "id -u" == "0" then args[#args + 1] = "--no-sandbox" end
  return {
    capabilities = {
      alwaysMatch = {
        browserName = "chrome",
        ["goog:chromeOptions"] = { args = args, binary = shell.read "command -v chromium" },
        ["goog:loggingPrefs"] = { browser = "ALL" },
      },
    },
  }
end

--- A browser without a window. `close` ends it.
function webdriver.start()
  local dir, port = shell.read "mktemp -d", assert(ports.free(1))[1]
  local url = "http://127.0.0.1:" .. port
  local pid = shell.read(("chromedriver --port=%d >%s/log 2>&1 & echo $!"):format(port, dir))
  webdriver.await("chromedriver", function()
    local status = call(url .. "/status", "GET")
    return status and status.ready
  end)
  local made, message = call(url .. "/session", "POST", options(dir))
  if not made then
    shell.run("kill " .. pid)
    error("no browser: " .. tostring(message))
  end
  local session = url .. "/session/" .. made.sessionId
  return setmetatable({ session = session, pid = pid, dir = dir }, Browser)
end

return webdriver
