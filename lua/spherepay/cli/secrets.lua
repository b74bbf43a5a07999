-- The secret of a webhook: from the environment, or from a file that nobody else may read.

local files = require("spherepay.cli.files")

local secrets = {}

--- The arguments of a command that needs one.
---@param command table of argparse
function secrets.arguments(command)
  command:option("--secret-file",
    "A file with the secret that nobody else may read (else SPHEREPAY_WEBHOOK_SECRET).")
end

---@param session spherepay.cli.Session
---@param args table
---@return string secret
function secrets.read(session, args)
  if args.secret_file then
    local secret, problem = files.read_secret(args.secret_file)
    if not secret then session:misused("the secret file cannot be used: " .. problem) end
    return secret
  end
  local secret = os.getenv("SPHEREPAY_WEBHOOK_SECRET")
  if not secret then
    session:misused("no secret: set SPHEREPAY_WEBHOOK_SECRET, or name a file with --secret-file")
  end
  return secret
end

return secrets
