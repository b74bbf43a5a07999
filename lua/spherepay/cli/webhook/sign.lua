-- spherepay webhook sign: the signature of a body on standard input, to play SpherePay in a test.

local files = require("spherepay.cli.files")
local secrets = require("spherepay.cli.secrets")

return {
  summary = "Print the signature of a body on standard input.",

  arguments = function(command)
    secrets.arguments(command)
  end,

  run = function(session, args)
    local webhook = require("spherepay").webhook
    local ok, signature = pcall(webhook.sign, files.read("-"), secrets.read(session, args))
    if not ok then
      session:misused((tostring(signature):gsub("^[^\n]-:%d+: ", "")))
    end
    print(signature)
  end,
}
