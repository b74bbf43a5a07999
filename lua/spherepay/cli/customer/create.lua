-- spherepay customer create: one customer, from fields, a file or standard input.

local params = require("spherepay.cli.params")

return {
  summary = "Create a customer: type=individual email=... address.city=Chicago",

  arguments = function(command)
    command:argument("field", "name=text, name:=JSON, or - for JSON on standard input."):args("*")
    command:option("--file", "A JSON file; fields are laid over it.")
    command:option("--idempotency-key", "The key of this create, if you have one.")
  end,

  run = function(session, args)
    local given, problem = params.read(session:version(), "customer.create", args.field, args.file)
    if not given then session:misused(problem) end
    local client = session:writer()
    session:show_card(session:need(client.customer.create(given, {
      idempotency_key = args.idempotency_key,
    })))
  end,
}
