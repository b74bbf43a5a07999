-- spherepay representative list: the people of a business.

local filters = require("spherepay.cli.filters")
local output = require("spherepay.cli.output")
local rows = require("spherepay.cli.rows")

return {
  summary = "List representatives: customerId=...",

  arguments = function(command)
    command:argument("filter", "name=value"):args("*")
  end,

  run = function(session, args)
    local given, problem = filters.read(args.filter)
    if not given then session:misused(problem) end
    for person, err in session:client().representative.each(given) do
      session:need(person, err)
      io.write(session:is_json() and output.json(person, true)
        or rows.line(person, session.terminal))
    end
  end,
}
