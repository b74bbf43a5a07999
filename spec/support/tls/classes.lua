-- The ways in which a TLS server can be wrong, and some that pass, as data: what its certificate
-- says, how nginx serves it, and what the client is to say of it.
--
-- A class: `host` (that the client asks for), `refused` (a pattern of the error; nil: it passes),
-- `certificate` (what differs from a good one, see certificates.lua), `tls` (what nginx does).
-- *.localhost is loopback for libcurl, whatever the system's resolver says.

local HOST = "api.pay.localhost"
local IP = "127.0.0.1"
local WRONG_NAME = "no alternative certificate subject name matches"

local classes = {}

local function class(name, refused, certificate, given)
  given = given or {}
  classes[#classes + 1] = {
    name = name, refused = refused, certificate = certificate, tls = given.tls or {},
    host = given.host or HOST,
  }
end

local function dns(...)
  local names = {}
  for i, each in ipairs { ... } do names[i] = { "DNS", each } end
  return { names = names }
end

class("a good name", nil, {})
class("a good address", nil, { names = { { "IP", IP } } }, { host = IP })
class("a good wildcard", nil, dns "*.pay.localhost")

-- What libcurl with OpenSSL does not look at; SECURITY.md says so.
class("its name in the common name alone", nil, { names = {}, common_name = HOST })
class("a certificate that asks for a stapled answer", nil,
  { extensions = { { "tlsfeature", "status_request" } } })

-- When, and by whom.
class("expired", "certificate has expired", { from = -10, till = -1 })
class("not yet valid", "certificate is not yet valid", { from = 1, till = 10 })
class("self-signed", "self.signed certificate", { issuer = "itself" })
class("an untrusted root", "unable to get local issuer certificate", { issuer = "stranger" })
class("an untrusted root that is shown", "self.signed certificate in certificate chain",
  { issuer = "stranger", chain = { "stranger" } })
class("an incomplete chain", "unable to get local issuer certificate", { issuer = "middle" })
class("an issuer that has expired", "certificate has expired",
  { issuer = "stale", chain = { "stale" } })
class("an issuer that is no authority", "invalid CA certificate",
  { issuer = "leaf", chain = { "leaf" } })
class("an issuer further away than its issuer allows", "path length constraint exceeded",
  { issuer = "below", chain = { "below", "middle" } })
class("a name that the issuer's constraints do not permit", "permitted subtree violation",
  { issuer = "narrow", chain = { "narrow" } })
class("a name that the issuer's constraints exclude", "excluded subtree violation",
  { issuer = "without", chain = { "without" } })

-- For whom.
class("the wrong host", WRONG_NAME, dns "api.elsewhere.example")
class("a name that begins like the host's", WRONG_NAME, dns "api.pay.localhost.example")
class("a name that the host's ends with", WRONG_NAME, dns "pay.localhost")
class("the address as a DNS name", WRONG_NAME, dns(IP), { host = IP })
class("another address", WRONG_NAME, { names = { { "IP", "127.0.0.2" } } }, { host = IP })
class("the host as a mailbox", WRONG_NAME,
  { names = { { "email", "jane@" .. HOST }, { "DNS", "other.example" } } })
class("the host as a URI", WRONG_NAME,
  { names = { { "URI", "https://" .. HOST .. "/" }, { "DNS", "other.example" } } })
class("the host in the common name beside other names", WRONG_NAME, {
  names = { { "DNS", "other.example" } }, common_name = HOST })
class("a wildcard for two labels", WRONG_NAME, dns "*.localhost")
class("a wildcard for no label", WRONG_NAME, dns "*.api.pay.localhost")
class("a wildcard in a label", WRONG_NAME, dns("a*.pay.localhost", "*i.pay.localhost"))
class("a wildcard that is not first", WRONG_NAME, dns "api.*.localhost")
class("a wildcard alone", WRONG_NAME, dns("*", "*."))
class("two wildcards", WRONG_NAME, dns "*.*.localhost")
class("a wildcard for an address", WRONG_NAME, dns("*.0.0.1", "127.0.0.*"), { host = IP })

-- For what.
class("a certificate for clients", "unsuitable certificate purpose",
  { extensions = { { "extendedKeyUsage", "clientAuth" } } })
class("a certificate for code", "unsuitable certificate purpose",
  { extensions = { { "extendedKeyUsage", "codeSigning" } } })
class("a critical extension that nobody knows", "unhandled critical extension",
  { extensions = { { "1.2.3.4.5", "critical,DER:0500" } } })

-- How strong. What a client on the system's usual level of OpenSSL takes: keys of 112 bits.
class("an RSA key of 1024 bits", "EE certificate key too weak", { key = "rsa1024" })
class("an issuer's RSA key of 1024 bits", "CA certificate key too weak",
  { issuer = "weak", chain = { "weak" } })
class("a signature with SHA-1", "CA signature digest algorithm too weak",
  { issuer = "sha1", chain = { "sha1" } })
class("a signature with MD5", "CA signature digest algorithm too weak",
  { issuer = "md5", chain = { "md5", "rsa" } })

local HANDSHAKE = "handshake failure"
class("an EC key of 160 bits", HANDSHAKE, { key = "ec160" })
class("TLS 1.0", "protocol version", {}, { tls = { protocols = "TLSv1" } })
class("TLS 1.1", "protocol version", {}, { tls = { protocols = "TLSv1.1" } })
class("no encryption", HANDSHAKE, { key = "rsa2048" },
  { tls = { protocols = "TLSv1.2", ciphers = "eNULL" } })
class("nobody to trust", HANDSHAKE, {}, { tls = { protocols = "TLSv1.2", ciphers = "aNULL" } })
class("weak Diffie-Hellman", "dh key too small", { key = "rsa2048" },
  { tls = { protocols = "TLSv1.2", ciphers = "DHE", dh = true } })

return classes
