-- Deliveries of SpherePay's webhooks: what the gate knows of a customer about whom one comes is no
-- longer the newest, so it forgets it, and the next request of that customer asks.

local gate = require "gateway"
local webhook = require("spherepay").webhook

local webhooks = {}

local SECRET = os.getenv "SPHEREPAY_WEBHOOK_SECRET"

-- A body that is larger than nginx's buffer waits in a file.
local function body()
  ngx.req.read_body()
  local text = ngx.req.get_body_data()
  if text then return text end
  local file = ngx.req.get_body_file() and io.open(ngx.req.get_body_file(), "rb")
  text = file and file:read "*a" or ""
  if file then file:close() end
  return text
end

--- Answers a delivery; for content_by_lua. What is not signed is refused.
function webhooks.receive()
  if not SECRET then return ngx.exit(503) end
  local event, err = webhook.verify(body(), ngx.var.http_signature, SECRET)
  if not event then
    ngx.log(ngx.WARN, tostring(err))
    return ngx.exit(400)
  end
  if event.customer_id then gate:forget(event.customer_id) end
  return ngx.exit(204)
end

return webhooks
