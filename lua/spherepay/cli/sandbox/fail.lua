-- spherepay sandbox fail: has the next answers of the sandbox fail.

local control = require("spherepay.cli.sandbox.control")

local function number(text)
  return tonumber(text), "a number is wanted"
end

local function status(text)
  local value = tonumber(text)
  if value and value % 1 == 0 and value >= 400 and value <= 599 then return value end
  return nil, "--status takes a status from 400 to 599"
end

local function times(text)
  local value = tonumber(text)
  if value and value % 1 == 0 and value >= 1 then return value end
  return nil, "--times takes a whole number from 1"
end

return {
  summary = "Have the next answers of the sandbox fail.",

  arguments = function(command)
    command:option("--status", "Answer with this status, such as 429 or 503."):convert(status)
    command:option("--retry-after", "Seconds, in the header of that name."):convert(number)
    command:option("--slow", "Answer so many seconds late."):convert(number)
    command:option("--cut", "Close after so many bytes of the body."):convert(number)
    command:flag("--drop", "Close instead of answering.")
    command:flag("--apply", "Do what was asked although the answer is lost.")
    command:option("--times", "How many answers."):convert(times):default "1"
  end,

  run = function(session, args)
    local order = {
      status = args.status, retry_after = args.retry_after, delay = args.slow, cut = args.cut,
      drop = args.drop, apply = args.apply,
    }
    if next(order) == nil then
      session:misused("say how: --status, --slow, --cut or --drop")
    end
    order.times = args.times
    session:show(control.tell(session, "misbehave", order))
  end,
}
