-- spherepay representative create: a person who owns, controls or signs for a business.

local params = require("spherepay.cli.params")

return {
  summary = "Register a person of a business: customerId=... email=... address.city=...",

  arguments = function(command)
    command:argument("field", "name=text, name:=JSON, or - for JSON on standard input."):args("*")
    command:option("--file", "A JSON file; fields are laid over it.")
  end,

  run = function(session, args)
    local given, problem = params.read(session:version(), "representative.create", args.field,
      args.file)
    if not given then session:misused(problem) end
    session:show_card(session:need(session:writer().representative.create(given)))
  end,
}
