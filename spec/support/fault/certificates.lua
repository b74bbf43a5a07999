-- A throw-away authority and the certificates the fault server shows: a good one and wrong ones.
-- Keys live as long as the process; only what a client must be given is written to files.

local altname = require("openssl.x509.altname")
local bignum = require("openssl.bignum")
local context = require("openssl.ssl.context")
local digest = require("openssl.digest")
local mime = require("mime")
local name = require("openssl.x509.name")
local pkey = require("openssl.pkey")
local store = require("openssl.x509.store")
local x509 = require("openssl.x509")

local DAY = 24 * 60 * 60
local KINDS = { good = true, expired = true, wrong_host = true, untrusted = true }

local certificates = {}
certificates.__index = certificates

local function new_key()
  return pkey.new({ type = "EC", curve = "prime256v1" })
end

local function named(common_name)
  return name.new():add("CN", common_name)
end

local serial = 0

-- `issuer` is { key, certificate }; nil makes an authority that signs itself.
local function issue(common_name, key, issuer, options)
  local certificate, now = x509.new(), os.time()
  serial = serial + 1
  certificate:setVersion(3)
  certificate:setSerial(bignum.new(serial))
  certificate:setSubject(named(common_name))
  certificate:setIssuer(issuer and issuer.certificate:getSubject() or named(common_name))
  certificate:setLifetime(now - 2 * DAY, now + (options.lifetime or DAY))
  certificate:setPublicKey(key)
  certificate:setBasicConstraints({ CA = not issuer })
  certificate:setBasicConstraintsCritical(true)
  if options.hosts then
    local hosts = altname.new()
    for _, host in ipairs(options.hosts) do hosts:add(host[1], host[2]) end
    certificate:setSubjectAlt(hosts)
  end
  certificate:sign(issuer and issuer.key or key)
  return certificate
end

local function new_authority(common_name)
  local key = new_key()
  return { key = key, certificate = issue(common_name, key, nil, {}) }
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  return path
end

-- What CURLOPT_PINNEDPUBLICKEY wants: the hash of the key's DER form.
local function pin_of(key)
  local der = mime.unb64((key:toPEM("public"):gsub("%-%-%-%-%-[^\n]+", ""):gsub("\n", "")))
  return "sha256//" .. mime.b64((digest.new("sha256"):final(der)))
end

function certificates:_certificate(kind, key)
  local here = { { "DNS", "localhost" }, { "DNS", "slow.test" }, { "IP", "127.0.0.1" } }
  local options, issuer = { hosts = here }, self.authority
  if kind == "expired" then options.lifetime = -DAY end
  if kind == "wrong_host" then options.hosts = { { "DNS", "elsewhere.example" } } end
  if kind == "untrusted" then issuer = new_authority("An authority nobody knows") end
  return issue("localhost", key or self.key, issuer, options)
end

local function choose_protocol(has_h2)
  return function(_, offered)
    local is_offered = {}
    for _, protocol in ipairs(offered) do is_offered[protocol] = true end
    if has_h2 and is_offered["h2"] then return "h2" end
    return "http/1.1"
  end
end

--- A server context. Raises on options that are not known.
---@param options table `certificate` ("good", "expired", "wrong_host", "untrusted"),
---  `client` ("require" or nil), `max_version` ("1.2" or nil), `key` ("new": another one than
---  before, or nil), `h2` (offer it by ALPN)
---@return table context
function certificates:context(options)
  local kind = options.certificate or "good"
  assert(KINDS[kind], "unknown kind of certificate")
  assert(options.client == nil or options.client == "require", "client is \"require\" or nil")
  assert(options.key == nil or options.key == "new", "key is \"new\" or nil")
  assert(options.max_version == nil or options.max_version == "1.2", "max_version is \"1.2\"")
  local made = context.new("TLS", true)
  local key = options.key == "new" and new_key() or self.key
  made:setCertificate(self:_certificate(kind, key))
  made:setPrivateKey(key)
  made:setAlpnSelect(choose_protocol(options.h2))
  if options.max_version then made:setOptions(context.OP_NO_TLSv1_3) end
  if options.client then
    made:setStore(store.new():add(self.authority.certificate))
    made:setVerify(context.VERIFY_PEER + context.VERIFY_FAIL_IF_NO_PEER_CERT)
  end
  return made
end

--- Removes the files and the directory.
function certificates:remove()
  for _, path in pairs(self.files) do os.remove(path) end
  os.remove(self.directory)
end

--- Makes an authority, a server key and a client's certificate, the last two in files.
---@param directory string an empty directory, removed by `remove`
---@return table self with `files` (`ca_file`, `client_cert`, `client_key`,
---  `stale_cert`, which has expired, `cert`, `key`) and `pin`
function certificates.new(directory)
  -- two servers are strangers to each other in name as well
  local authority = new_authority("Fault server of " .. directory:match("[^/]+$"))
  local key, client_key = new_key(), new_key()
  local client = issue("A client", client_key, authority, {})
  local self = setmetatable({
    authority = authority, key = key, pin = pin_of(key), directory = directory,
  }, certificates)
  self.files = {
    ca_file = write(directory .. "/ca.pem", tostring(authority.certificate)),
    client_cert = write(directory .. "/client.pem", tostring(client)),
    client_key = write(directory .. "/client.key", client_key:toPEM("private")),
    stale_cert = write(directory .. "/stale.pem",
      tostring(issue("A client", client_key, authority, { lifetime = -DAY }))),
    cert = write(directory .. "/server.pem", tostring(self:_certificate("good"))),
    key = write(directory .. "/server.key", key:toPEM("private")),
  }
  return self
end

return certificates
