-- spherepay sandbox approve: plays the reviewer who approves.

local control = require("spherepay.cli.sandbox.control")

return {
  summary = "Approve a customer or representative of the sandbox.",

  arguments = function(command)
    command:argument("id", "Whom.")
    command:option("--profile", "One profile (all of them, when not given).")
  end,

  run = function(session, args)
    control.tell(session, control.subject(args.id, "review"), {
      status = "approved", profile = args.profile,
    })
    control.show(session, args.id)
  end,
}
