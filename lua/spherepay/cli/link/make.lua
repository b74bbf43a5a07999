-- What the three commands of `link` share. A link is somebody's own: whoever has it can act for
-- the customer, so it is printed and nothing else is done with it.

local make = {}

--- A command that makes one kind of link.
---@param name "tos"|"kyc"|"face"
---@param summary string
---@return table definition of a command
function make.command(name, summary)
  return {
    summary = summary,

    arguments = function(command)
      command:argument("id", "Whose.")
    end,

    run = function(session, args)
      local client = session:writer()
      local resource = client.customer
      if name == "face" and args.id:find("^associatedPerson_") then
        resource = client.representative
      end
      local link = session:need(resource[name .. "_link"](args.id))
      if session.args.json then return session:show(link) end
      io.write(link.url, "\n")
      if link.expiresAt then session:note("valid until " .. link.expiresAt) end
    end,
  }
end

return make
