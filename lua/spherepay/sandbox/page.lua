--- The page behind a link, for a browser: what it stands for, and a button that plays the
-- customer's part. Whoever fetches the link with something else plays it at once.

local ascii = require("spherepay.http.ascii")

local page = {}

local HTML = [[
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>SpherePay sandbox</title></head>
<body>
<h1>%s</h1>
<p>%s</p>
%s
</body>
</html>
]]

local BUTTON = '<form method="post"><button>%s</button></form>'

-- What each kind of link asks of the customer.
local TEXTS = {
  tos = { "Terms of service", "The customer reads the terms here.", "Accept the terms" },
  kyc = { "Know your customer", "The customer fills in here what is missing.", "Submit it all" },
  face = { "Face verification", "The customer shows a face to the camera here.", "Show the face" },
}

local function html(status, ...)
  return {
    status = status, headers = { ["content-type"] = "text/html; charset=utf-8" },
    body = HTML:format(...),
  }
end

--- Whether a request comes from a browser.
---@param request table
---@return boolean
function page.is_wanted(request)
  return ascii.lower(request.headers.accept or ""):find("text/html", 1, true) ~= nil
end

--- The page with the button.
---@param kind "tos"|"kyc"|"face"
---@return table response
function page.show(kind)
  local text = TEXTS[kind]
  return html(200, text[1], text[2] .. " This is the sandbox: the button does it.",
    BUTTON:format(text[3]))
end

--- The page after the button.
---@param kind "tos"|"kyc"|"face"
---@return table response
function page.done(kind)
  return html(200, TEXTS[kind][1], "Done. You may close this page.", "")
end

--- The page of a link that is unknown or has expired.
---@return table response
function page.gone()
  return html(404, "No such link", "It is unknown, or it has expired.", "")
end

return page
