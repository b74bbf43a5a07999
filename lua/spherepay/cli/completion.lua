-- spherepay completion: what a shell completes, as argparse generates it.

return {
  summary = "Print a completion script: source it in your shell.",

  arguments = function(command)
    command:argument("shell", "Which one."):choices { "bash", "zsh", "fish" }
  end,

  run = function(session, args)
    io.write(session.parser["get_" .. args.shell .. "_complete"](session.parser))
  end,
}
