-- What the examples that write share: a client from the environment (SPHEREPAY_TOKEN, and
-- SPHEREPAY_BASE_URL or the vendor's production), which writes to production with --yes alone; and
-- who plays the customer and SpherePay: people, or this program when the API is a sandbox here.

local spherepay = require "spherepay"
local check = spherepay.check

local given = {}
for _, word in ipairs(arg) do
  if word == "--yes" then given.yes = true else given[#given + 1] = word end
end

local base_url = os.getenv "SPHEREPAY_BASE_URL"
if not base_url and not given.yes then
  io.stderr:write("This would write to production, for SPHEREPAY_BASE_URL is not set.\n"
    .. "Start a sandbox with `make sandbox` and export what it prints, or give --yes.\n")
  os.exit(2)
end

local client = spherepay.new {
  token = os.getenv "SPHEREPAY_TOKEN", base_url = base_url, ca_file = os.getenv "SPHEREPAY_CA_FILE",
}
local host = (base_url or ""):match "^https?://([^:/]+)"
local is_sandbox = host == "127.0.0.1" or host == "localhost"

local function ask(question)
  io.write(question, " ")
  return io.read "*l" or os.exit(1)
end

local people = {}

-- The customer opens a link and does what the page asks for.
function people.open(url)
  local place = url:match "^%a+://[^/]+(/_sandbox/.*)$"
  if is_sandbox and place then return check(client:request("GET", place)) end
  ask("The customer opens " .. url .. " (Enter when that is done)")
end

-- The customer reads the code out that came by email or to the phone.
function people.read_code(kind)
  return is_sandbox and "123456" or ask("The code that came by " .. kind .. ":")
end

-- SpherePay looks at a customer or a representative.
function people.review(id)
  if not is_sandbox then return end
  local what = id:find "^associatedPerson_" and "business-representative/" or "customer/"
  check(client:request("POST", "/_sandbox/" .. what .. id .. "/review",
    { json = { status = "approved" } }))
end

return { client = client, people = people, arguments = given }
