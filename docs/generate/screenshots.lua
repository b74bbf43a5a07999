-- Takes the pictures of the README: the console, and `verify --watch` in a terminal.
--   lua5.4 docs/generate/screenshots.lua DIRECTORY    (or: make screenshots)

local sandbox = require "spec.support.sandbox"
local shell = require "spherepay.sandbox.shell"
local spherepay = require "spherepay"
local webdriver = require "spec.support.webdriver"

local directory = assert(arg[1], "which directory?")

local COLORS = { ["31"] = "#ff7b72", ["32"] = "#7ee787", ["33"] = "#e3b341", ["1"] = "bold" }

-- What a terminal shows of a text with colours, as HTML.
local function html_of(text)
  text = text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" })
  text = text:gsub("\27%[(%d+)m", function(code)
    if code == "0" then return "</span>" end
    local color = COLORS[code]
    return ("<span style='%s'>"):format(color == "bold" and "font-weight:bold" or "color:" .. color)
  end)
  return "<body style='margin:0;background:#0d1117'><pre style='margin:14px;color:#e6edf3;"
    .. "font:14px/1.35 DejaVu Sans Mono,monospace'>" .. text .. "</pre>"
end

-- What stands in the terminal while `verify --watch` looks: the last that it has drawn.
local function watch(host, id)
  local environment = ("SPHEREPAY_BASE_URL=%s SPHEREPAY_TOKEN=key"):format(host.url)
  local seen = os.tmpname()
  local command = "lua5.4 lua/spherepay/cli/main.lua customer verify " .. id
    .. " --currency USD --watch --for 1 --interval 0.2"
  shell.run(("script -qec 'stty cols 72; %s %s' %s </dev/null >/dev/null")
    :format(environment, command, seen))
  local text = shell.read_file(seen):gsub("\r", ""):gsub("^Script started[^\n]*\n", "")
  os.remove(seen)
  local drawn = text:match("^(.-Ctrl%-C ends it%.\n)")
  return "$ spherepay customer verify customer_6ec4ee8e5d2a5d4e0c1d1f5000000001 \\\n"
    .. "    --currency USD --watch\n" .. drawn:gsub(id, "customer_6ec4ee8e5d2a5d4e0c1d1f5000000001")
end

local function save(browser, name)
  assert(shell.write_file(directory .. "/" .. name, browser:picture()))
end

local function prepare(host)
  local client = spherepay.new { token = "key", base_url = host.url }
  local ids = {}
  for i, email in ipairs { "john.doe@example.com", "jane.smith@example.com" } do
    ids[i] = spherepay.check(client.customer.create {
      type = "individual", email = email, phone = "+14155550123",
      address = { line1 = "233 South Wacker Drive", city = "Chicago", country = "USA" },
    }).id
  end
  host.review(ids[1], { status = "approved" })
  for criterion, state in pairs {
    tax_identification_number = "complete", terms_of_service = "complete",
    liveness_check = "pending", identity_document = "error",
  } do
    local detail = state == "error" and "The picture is blurred" or nil
    host.call("POST", "/_sandbox/customer/" .. ids[2] .. "/set",
      { criterion = criterion, state = state, detail = detail })
  end
  spherepay.check(client.customer.get(ids[2]))
  client:close()
  return ids[2]
end

local host = assert(sandbox.start { tls = false, console = true, seed = 1 })
local browser = webdriver.start()
local ok, message = pcall(function()
  local id = prepare(host)
  browser:resize(860, 620)
  browser:open(host.console_url)
  browser:await_text(id)
  save(browser, "console.png")
  browser:resize(640, 500)
  browser:open "about:blank"
  browser:run("document.write(arguments[0])", html_of(watch(host, id)))
  save(browser, "verify-watch.png")
end)
browser:close()
host.stop()
assert(ok, message)
