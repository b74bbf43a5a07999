-- spherepay customer update: changes fields of a customer. `meta` is merged unless it is to be
-- replaced, because the API replaces it whole.

local exit = require("spherepay.cli.exit")
local params = require("spherepay.cli.params")

return {
  summary = "Change fields of a customer: address.city=Chicago ...",

  arguments = function(command)
    command:argument("id", "Such as customer_...")
    command:argument("field", "name=text, name:=JSON, or - for JSON on standard input."):args("*")
    command:option("--file", "A JSON file; fields are laid over it.")
    command:flag("--replace-meta", "Let meta be what is given; else its other keys stay.")
  end,

  run = function(session, args)
    local given, problem = params.read(session:version(), "customer.update", args.field, args.file)
    if not given then session:misused(problem) end
    if next(given) == nil then session:misused("nothing to change: give a field") end
    local client = session:writer()
    local meta, customer = nil, nil
    if type(given.meta) == "table" and not args.replace_meta then
      meta, given.meta = given.meta, nil
    end
    if next(given) ~= nil then
      customer = session:need(client.customer.update(args.id, given))
    end
    if meta then customer = session:need(client.customer.merge_meta(args.id, meta)) end
    session:show_card(customer)
    return exit.OK
  end,
}
