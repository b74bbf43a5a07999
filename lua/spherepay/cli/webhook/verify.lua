-- spherepay webhook verify: whether the body on standard input is SpherePay's.

local files = require("spherepay.cli.files")
local output = require("spherepay.cli.output")
local secrets = require("spherepay.cli.secrets")

return {
  summary = "Check the signature of a body on standard input, and print the event.",

  arguments = function(command)
    command:option("--signature", "What the header named signature says."):count(1)
    secrets.arguments(command)
  end,

  run = function(session, args)
    local webhook = require("spherepay").webhook
    local event = session:need(webhook.verify(files.read("-"), args.signature,
      secrets.read(session, args)))
    io.write(output.json(event))
  end,
}
