--- A throw-away certificate authority and a server certificate for localhost, made with the openssl
-- command. Good for a week and for tests; the CA's key is gone as soon as it has signed.

local shell = require("spherepay.sandbox.shell")

local certificate = {}

local CONFIG = [[
[req]
distinguished_name = name
prompt = no
[name]
CN = localhost
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
]]

local SCRIPT = [[
set -e
umask 077
cd "$1"
key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
openssl req -x509 $key -config openssl.cnf -extensions ca -days 7 -sha256 \
  -subj "/CN=Throw-away sandbox CA" -keyout ca.key -out ca.pem
openssl req -new $key -config openssl.cnf -keyout server.key -out server.csr
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 7 -sha256 \
  -extfile openssl.cnf -extensions server -out server.pem
rm -f ca.key ca.srl server.csr openssl.cnf
]]

--- Makes `ca.pem`, `server.pem` and `server.key` in a directory.
---@param dir string
---@return boolean|nil done
---@return string|nil message what openssl said
function certificate.make(dir)
  local done, message = shell.write_file(dir .. "/openssl.cnf", CONFIG)
  if not done then return nil, message end
  local command = "sh -c " .. shell.quote(SCRIPT) .. " sh " .. shell.quote(dir) .. " 2>&1"
  local output = shell.read(command .. "; echo status=$?")
  if output:match("status=(%d+)$") ~= "0" then
    return nil, "openssl could not make a certificate: " .. output
  end
  return true
end

return certificate
