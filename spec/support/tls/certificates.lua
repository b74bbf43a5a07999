-- Makes the certificates of classes.lua: lua5.4 spec/support/tls/certificates.lua DIRECTORY
-- It writes ca.pem, the root that a client is to trust; N.pem, the chain, and N.key for the N-th
-- class; dh.pem, a group of 1024 bits. No authority's key is kept.

local root = arg[0]:match("^(.*)spec/support/tls/certificates%.lua$") or ""
package.path = root .. "?.lua;" .. package.path

local altname = require "openssl.x509.altname"
local bignum = require "openssl.bignum"
local extension = require "openssl.x509.extension"
local name = require "openssl.x509.name"
local pkey = require "openssl.pkey"
local x509 = require "openssl.x509"
local classes = require "spec.support.tls.classes"

local DAY = 24 * 60 * 60
local KEYS = {
  ec256 = { type = "EC", curve = "prime256v1" },
  ec160 = { type = "EC", curve = "secp160r1" },
  rsa1024 = { type = "RSA", bits = 1024 },
  rsa2048 = { type = "RSA", bits = 2048 },
}

-- `openssl dhparam 1024`; there is nothing secret in it.
local WEAK_GROUP = [[
-----BEGIN DH PARAMETERS-----
MIGHAoGBAMgjhBdKGJ8WbtHaZ72NEI38hATEFvNd4SHdh5a90VMCSa1BhIEnhsBl
j7CZwA845tfSUtYntsdfi9FQcjBAnXDJbsT0PESD7wNtqm3OkkMuw218StkzyZ0p
wzN6ZfY4hSfz9cqgyiVyfLDZZ6Rp31ADctjqTbL4hQin0g9gZzx/AgEC
-----END DH PARAMETERS-----
]]

local serial, keys = 0, {}

-- One key of each kind serves all certificates of its kind; authorities have their own.
local function key_of(kind)
  keys[kind] = keys[kind] or pkey.new(KEYS[kind])
  return keys[kind]
end

-- `given`: common_name, from and till (days from now), names, extensions, authority (path length
-- or true), digest. `issuer` is { key, certificate }; nil: it signs itself.
local function issue(key, issuer, given)
  local made, now = x509.new(), os.time()
  local subject = name.new():add("CN", given.common_name or "a server")
  serial = serial + 1
  made:setVersion(3)
  made:setSerial(bignum.new(serial))
  made:setSubject(subject)
  made:setIssuer(issuer and issuer.certificate:getSubject() or subject)
  made:setLifetime(now + (given.from or -1) * DAY, now + (given.till or 10) * DAY)
  made:setPublicKey(key)
  made:setBasicConstraints { CA = given.authority and true or false,
    pathLen = tonumber(given.authority) }
  made:setBasicConstraintsCritical(true)
  if given.names and given.names[1] then
    local names = altname.new()
    for _, each in ipairs(given.names) do names:add(each[1], each[2]) end
    made:setSubjectAlt(names)
  end
  for _, each in ipairs(given.extensions or {}) do
    made:addExtension(extension.new(each[1], each[2]))
  end
  made:sign(issuer and issuer.key or key, given.digest)
  return made
end

local function authority(common_name, issuer, given)
  given = given or {}
  local key = given.key and key_of(given.key) or pkey.new(KEYS.ec256)
  given.common_name = common_name
  given.authority = given.authority == nil and true or given.authority
  return { key = key, certificate = issue(key, issuer, given) }
end

local function constraints(text)
  return { extensions = { { "nameConstraints", "critical," .. text } } }
end

-- Who signs: `root` is trusted, `stranger` is not.
local function authorities()
  local top = authority "The root"
  local all = { root = top, stranger = authority "A stranger" }
  all.middle = authority("In the middle", top, { authority = 0 })
  all.below = authority("Below the middle", all.middle)
  all.stale = authority("Too old", top, { from = -10, till = -1 })
  all.leaf = authority("No authority", top, { authority = false })
  all.narrow = authority("Narrow", top, constraints "permitted;DNS:elsewhere.example")
  all.without = authority("With an exception", top, constraints "excluded;DNS:pay.localhost")
  all.weak = authority("Weak", top, { key = "rsa1024" })
  all.sha1 = authority("Of SHA-1", top, { digest = "sha1" })
  all.rsa = authority("Of RSA", top, { key = "rsa2048" })
  all.md5 = authority("Of MD5", all.rsa, { digest = "md5" })
  return all
end

local function write(path, ...)
  local file = assert(io.open(arg[1] .. "/" .. path, "w"))
  file:write(...)
  file:close()
end

local function write_class(number, class, all)
  local given = class.certificate
  local key = key_of(given.key or "ec256")
  given.names = given.names or { { "DNS", class.host } }
  local issuer = all[given.issuer or "root"]
  local pems = { tostring(issue(key, issuer, given)) }
  for _, each in ipairs(given.chain or {}) do pems[#pems + 1] = tostring(all[each].certificate) end
  write(number .. ".pem", table.concat(pems))
  write(number .. ".key", key:toPEM "private")
end

local all = authorities()
write("ca.pem", tostring(all.root.certificate))
for number, class in ipairs(classes) do write_class(number, class, all) end
write("dh.pem", WEAK_GROUP)
