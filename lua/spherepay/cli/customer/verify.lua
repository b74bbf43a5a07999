-- spherepay customer verify: the checklist, once or until the customer is ready.

local exit = require("spherepay.cli.exit")
local output = require("spherepay.cli.output")
local verification = require("spherepay.verification")

local DAY = 24 * 3600
local UP = "\27[%dA\27[J"

local function seconds(text)
  local number = tonumber(text)
  if number and number > 0 then return number end
  return nil, "a number of seconds above 0 is wanted"
end

local function question(session, args)
  if args.currency and args.profile then
    session:misused("give --currency or --profile, not both")
  end
  return { currency = args.currency, profile = args.profile }
end

local function report_on(session, customer, asked)
  local ok, report = pcall(verification.evaluate, customer, asked)
  if not ok then session:misused((tostring(report):gsub("^[^\n]-:%d+: ", ""))) end
  return report
end

local function status_of(report)
  if report.ready then return exit.OK end
  return report.status == "rejected" and exit.REFUSED or exit.NOT_READY
end

local function as_json(customer, report)
  local outstanding = {}
  for i, item in ipairs(report.outstanding) do
    outstanding[i] = {
      criterion = item.criterion, state = item.state, detail = item.detail, profile = item.profile,
    }
  end
  return output.json {
    id = customer.id, ready = report.ready, status = report.status, counts = report.counts,
    outstanding = outstanding,
  }
end

local function checklist(session, customer)
  return verification.render(customer, {
    width = session.terminal.width(), color = session.terminal.wants_color(),
  })
end

local function show(session, customer, report)
  if session.args.json then
    io.write(as_json(customer, report))
  else
    local width = session.terminal.width()
    io.write(checklist(session, customer), "\n", output.folded(tostring(report), width))
  end
end

-- Draws the checklist over the one before, on a terminal.
local function painter(session)
  local drawn = 0
  return function(customer)
    local text = checklist(session, customer) .. "\nWaiting; Ctrl-C ends it.\n"
    if drawn > 0 then io.write(UP:format(drawn)) end
    io.write(text)
    io.flush()
    drawn = select(2, text:gsub("\n", ""))
  end, function()
    if drawn > 0 then io.write(UP:format(drawn)) end
  end
end

-- Elsewhere a line for each change.
local function tell(changes)
  io.write(os.date("!%Y-%m-%dT%H:%M:%SZ"), " ", (tostring(changes):gsub("\n", "; ")), "\n")
  io.flush()
end

local function goal_of(session, asked)
  if not asked.currency and not asked.profile then return "approved" end
  local rule = asked.currency and { currency = asked.currency }
    or { profile = asked.profile, status = "approved" }
  return session:need(verification.policy(rule))
end

local function watch(session, args, asked)
  local resource = session:client().customer
  local first = session:need(resource.get(args.id))
  report_on(session, first, asked)
  local live = session.terminal.is_terminal(1) and not args.json
  local draw, erase = painter(session)
  local seen = first
  -- From what was shown last: the wait has its own first look, and may find it changed.
  local function show_change(now)
    local changes = verification.diff(seen, now)
    seen = now
    if not changes.changed then return end
    if live then draw(now) elseif not args.json then tell(changes) end
  end
  if live then draw(first) end
  local customer, err = resource.wait_until(args.id, goal_of(session, asked), {
    deadline = args["for"] or DAY,
    interval = { math.min(1, args.interval), args.interval },
    on_change = function(_, now) show_change(now) end,
  })
  local last = customer or err.customer
  if last then show_change(last) end
  if live then erase() end
  if not customer and not err.customer then session:need(nil, err) end
  if err and err.ended == "failed" then session:note(tostring(err)) end
  return customer or err.customer, err
end

return {
  summary = "Show the checklist of a customer; exit 0 when ready, 3 when not, 4 when refused.",

  arguments = function(command)
    command:argument("id", "Such as customer_...")
    command:option("--currency", "What the customer is to transfer, such as USD.")
    command:option("--profile", "The profile that counts, instead of a currency.")
    command:flag("--watch", "Look until the customer is ready or refused.")
    command:option("--for", "With --watch: how many seconds at most (a day)."):convert(seconds)
    command:option("--interval", "With --watch: the longest pause in seconds."):convert(seconds)
      :default "30"
  end,

  run = function(session, args)
    local asked = question(session, args)
    local customer, err
    if args.watch then
      customer, err = watch(session, args, asked)
    else
      customer = session:need(session:client().customer.get(args.id))
    end
    local report = report_on(session, customer, asked)
    show(session, customer, report)
    if err and err.ended == "failed" then return exit.FAILED end
    return status_of(report)
  end,
}
