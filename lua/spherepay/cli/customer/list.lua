-- spherepay customer list: one page, or all of them.

local filters = require("spherepay.cli.filters")
local output = require("spherepay.cli.output")
local rows = require("spherepay.cli.rows")

local function show_page(session, given)
  local page = session:need(session:client().customer.list(given))
  if session:is_json() then
    io.write(output.json(page))
    return
  end
  for _, customer in ipairs(page.items) do io.write(rows.line(customer, session.terminal)) end
  local pagination = page.pagination
  if pagination then
    session:note(("page %s of %s, %s in all"):format(tostring(pagination.page),
      tostring(pagination.totalPages), tostring(pagination.total)))
  end
end

return {
  summary = "List customers.",

  arguments = function(command)
    command:argument("filter", "email=..., search=..., status=pending, type=business ..."):args("*")
    command:option("--page", "Which page.")
    command:option("--limit", "How many a page.")
    command:flag("--all", "All pages; as JSON one customer a line.")
  end,

  run = function(session, args)
    local given, problem = filters.read(args.filter, { page = args.page, limit = args.limit })
    if not given then session:misused(problem) end
    if not args.all then return show_page(session, given) end
    for customer, err in session:client().customer.each(given) do
      session:need(customer, err)
      io.write(session:is_json() and output.json(customer, true)
        or rows.line(customer, session.terminal))
    end
  end,
}
