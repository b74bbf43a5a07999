-- spherepay representative get: one representative with the checklist.

return {
  summary = "Show a representative.",

  arguments = function(command)
    command:argument("id", "Such as associatedPerson_...")
  end,

  run = function(session, args)
    session:show_card(session:need(session:client().representative.get(args.id)))
  end,
}
