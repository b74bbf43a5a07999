-- spherepay code verify: checks the code that the customer was sent. It is asked for without being
-- shown, or comes on standard input; on the command line others could read it.

local function read_code(session)
  if session.terminal.can_ask() then return session.terminal.ask_hidden("code: ") end
  return io.read("*l")
end

return {
  summary = "Check the code that the customer was sent; it is asked for, or on standard input.",

  arguments = function(command)
    command:argument("id", "Whose.")
    command:argument("type", "By which way it was sent."):choices { "email", "phone" }
  end,

  run = function(session, args)
    local client = session:writer()
    local code = (read_code(session) or ""):match("^%s*(.-)%s*$")
    if code == "" then
      session:misused("no code was given: type it in a terminal, or write it to standard input")
    end
    session:show(session:need(client.customer.verify_code(args.id, args.type, code)))
  end,
}
