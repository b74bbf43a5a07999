-- spherepay customer find: the one who has exactly what is asked for.

local filters = require("spherepay.cli.filters")

return {
  summary = "Find one customer: email=jane.smith@example.com",

  arguments = function(command)
    command:argument("filter", "name=value; all must hold."):args("+")
    command:flag("--unique", "Fail when there are two.")
  end,

  run = function(session, args)
    local given, problem = filters.read(args.filter)
    if not given then session:misused(problem) end
    local opts = { unique = args.unique or nil }
    session:show_card(session:need(session:client().customer.find(given, opts)))
  end,
}
