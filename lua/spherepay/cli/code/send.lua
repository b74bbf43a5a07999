-- spherepay code send: sends the customer a code.

return {
  summary = "Send the customer a code.",

  arguments = function(command)
    command:argument("id", "To whom.")
    command:argument("type", "By which way."):choices { "email", "phone" }
  end,

  run = function(session, args)
    session:show(session:need(session:writer().customer.send_code(args.id, args.type)))
  end,
}
