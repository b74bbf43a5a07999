-- spherepay customer get: one customer with the checklist.

return {
  summary = "Show a customer.",

  arguments = function(command)
    command:argument("id", "Such as customer_...")
  end,

  run = function(session, args)
    session:show_card(session:need(session:client().customer.get(args.id)))
  end,
}
