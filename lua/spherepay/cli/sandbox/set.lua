-- spherepay sandbox set: puts one criterion into one state.

local control = require("spherepay.cli.sandbox.control")

return {
  summary = "Set the state of one criterion in the sandbox.",

  arguments = function(command)
    command:argument("id", "Whom.")
    command:argument("criterion", "Such as identity_document.")
    command:argument("state", "Which."):choices {
      "complete", "pending", "required", "error", "absent",
    }
    command:option("--detail", "With error: the text.")
    command:option("--profile", "One profile (all of them, when not given).")
  end,

  run = function(session, args)
    control.tell(session, control.subject(args.id, "set"), {
      criterion = args.criterion, state = args.state, detail = args.detail, profile = args.profile,
    })
    control.show(session, args.id)
  end,
}
