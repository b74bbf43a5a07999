-- spherepay representative update: changes fields of a representative.

local params = require("spherepay.cli.params")

return {
  summary = "Change fields of a representative.",

  arguments = function(command)
    command:argument("id", "Such as associatedPerson_...")
    command:argument("field", "name=text, name:=JSON, or - for JSON on standard input."):args("*")
    command:option("--file", "A JSON file; fields are laid over it.")
  end,

  run = function(session, args)
    local given, problem = params.read(session:version(), "representative.update", args.field,
      args.file)
    if not given then session:misused(problem) end
    if next(given) == nil then session:misused("nothing to change: give a field") end
    session:show_card(session:need(session:writer().representative.update(args.id, given)))
  end,
}
