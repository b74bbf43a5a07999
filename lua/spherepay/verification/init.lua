-- spherepay.verification: from a customer table to "may they transfer, and if not, what next?".
-- This is the list of what there is; each function is explained in the file it comes from.
-- Everything here is pure: tables in, tables out, no network, no clock. Customers may come from
-- anywhere (the client, a webhook, a cache, a file): null may be absent or a userdata. Nothing
-- raises on data; wrong options raise.

local evaluate = require("spherepay.verification.evaluate")

---@class spherepay.verification
local verification = {
  profiles = require("spherepay.verification.profiles"),
  evaluate = evaluate.evaluate,
  can_transfer = evaluate.can_transfer,
  next_steps = require("spherepay.verification.steps"),
  missing_fields = require("spherepay.verification.fields"),
  diff = require("spherepay.verification.diff"),
  policy = require("spherepay.verification.policy"),
  render = require("spherepay.verification.render"),
  criteria = require("spherepay.api.criteria"),
}

return verification
