-- spherepay sandbox reject: plays the reviewer who rejects, or asks again.

local control = require("spherepay.cli.sandbox.control")

return {
  summary = "Reject a customer of the sandbox, or ask for something again.",

  arguments = function(command)
    command:argument("id", "Whom.")
    command:argument("error", "What is wrong: identity_document=blurred"):args("*")
    command:option("--profile", "One profile (all of them, when not given).")
    command:flag("--again", "Ask again (resubmission_required) instead of rejecting.")
  end,

  run = function(session, args)
    local errors = {}
    for i, word in ipairs(args.error) do
      local name, detail = word:match("^([^=]+)=?(.*)$")
      if not name then session:misused(word .. " is no error: write criterion=text") end
      errors[i] = { name = name, detail = detail ~= "" and detail or nil }
    end
    control.tell(session, control.subject(args.id, "review"), {
      status = args.again and "resubmission_required" or "rejected", profile = args.profile,
      errors = errors[1] and errors or nil,
    })
    control.show(session, args.id)
  end,
}
