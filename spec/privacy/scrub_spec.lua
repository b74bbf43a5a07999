local scrub = require "spherepay.privacy.scrub"

describe("scrub.one_line", function()
  it("leaves text and UTF-8 as they are", function()
    assert.equal("Jos\195\169 (2)", scrub.one_line("Jos\195\169 (2)"))
  end)

  it("makes one space of what breaks a line, steers a terminal or reorders text", function()
    assert.equal("a b [31mc d", scrub.one_line("a\r\nb\27[31mc\194\155d"))
    for _, mark in ipairs { "\226\128\168", "\226\128\174", "\226\128\143", "\226\129\167",
      "\216\156" } do
      assert.equal("a b", scrub.one_line("a" .. mark .. "b"))
    end
  end)
end)

describe("scrub.one_line of what nobody sees", function()
  it("makes a space of it, so that a word does not pass for another", function()
    for _, mark in ipairs {
      "\194\173", "\226\128\139", "\226\128\141", "\226\129\160", "\239\187\191", "\239\191\185",
      "\243\160\129\129",
    } do
      assert.equal("a b", scrub.one_line("a" .. mark .. "b"))
    end
    assert.equal("\226\128\147 \239\188\145 \243\160\132\128",
      scrub.one_line "\226\128\147 \239\188\145 \243\160\132\128")
  end)
end)

describe("scrub.foreign", function()
  local function gone(text, secret)
    local clean = scrub.foreign(text)
    assert.is_nil(clean:find(secret, 1, true), clean)
    return clean
  end

  it("leaves the plain sentences of the API as they are", function()
    for _, text in ipairs {
      "Customer not found", "Validation failed", "Forbidden resource",
      "Invalid or missing API key.", "Bad Request Exception", "Invalid request parameters",
    } do
      assert.equal(text, scrub.foreign(text))
    end
  end)

  it("removes e-mail addresses", function()
    gone("no customer jane.smith@example.com here", "jane.smith")
    gone("<jane@example.com>", "example.com")
  end)

  it("removes phone numbers, dates and tax numbers in any grouping", function()
    gone("phone +14155550123 is taken", "4155550123")
    gone("phone +1 (415) 555-0123 is taken", "555")
    gone("born 1990-04-15", "1990")
    gone("born 04/15/1990", "1990")
    gone("ssn 111-11-1111 is bad", "111")
  end)

  it("keeps short numbers and addresses of hosts", function()
    assert.equal("limit of 100 in 30 s", scrub.foreign("limit of 100 in 30 s"))
    assert.equal("at 192.168.100.200", scrub.foreign("at 192.168.100.200"))
    for _, number in ipairs { "1921.68.100.200", "192.1681.10.20", "192.168.1001.20",
      "192.168.10.2001", "192.168.100", "192.168.100.20.1", "1234567" } do
      assert.equal("at [redacted]", scrub.foreign("at " .. number))
    end
    assert.equal("at 123456", scrub.foreign("at 123456"))
  end)

  it("removes keys and bearer tokens of every documented form", function()
    gone("key secret_0123456789abcdef0123456789abcdef", "0123")
    gone("key sk_live_abc", "live")
    gone("key restrictedSecret_abc", "abc")
    gone("Authorization: Bearer abc.def", "abc.def")
    gone("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJ")
    gone("odd 28c61e885c6e5eaa78c1a2183a9b883c", "28c61e")
  end)

  it("removes words that look like names, but for the first of a sentence", function()
    for text, clean in pairs {
      ["Jane A. Smith is unknown"] = "[redacted] A. [redacted] is unknown",
      ["Smith, Jane"] = "[redacted], [redacted]",
      ["Jane"] = "[redacted]",
      ["for JANE SMITH via PATCH with KYC"] = "for [redacted] [redacted] via PATCH with KYC",
      ["Forbidden"] = "Forbidden",
      ["Jane Smith is unknown"] = "[redacted] [redacted] is unknown",
      ["no customer called Jane here"] = "no customer called [redacted] here",
      ["Name O'Neil is taken by Mary-Ann"] = "Name [redacted] is taken by [redacted]",
      ["Not found: Jos\195\169 Garc\195\173a"] = "Not found: [redacted] [redacted]",
      ["Smith is unknown. Try again later"] = "Smith is unknown. Try again later",
      ["in Chicago and USA, see KYC and firstName"] =
        "in [redacted] and USA, see KYC and firstName",
    } do
      assert.equal(clean, scrub.foreign(text))
    end
  end)

  it("removes what is named as a secret", function()
    for _, text in ipairs {
      "token=sesame", "password: sesame", "x-api-key=sesame", "client_secret = sesame",
      "PWD:sesame", "Authorization: Bearer sesame", "login failed (passwd=sesame)",
    } do
      gone(text, "sesame")
    end
    assert.equal("time: 5, key is bad", scrub.foreign "time: 5, key is bad")
  end)

  it("keeps the kind of an id and removes the id", function()
    local clean = gone("Customer customer_68f1c089703945e7bbff6f04bf1c5041a DNE", "68f1")
    assert.equal("Customer customer_[id] DNE", clean)
  end)

  it("keeps the host of a URL and nothing else of it", function()
    local clean = gone("see https://u:pw@host.example/kyc?token=sbx_1 now", "sbx_1")
    assert.equal("see https://host.example/[redacted] now", clean)
  end)

  it("removes what the server quotes", function()
    gone("Name \"Jane Smith\" is bad", "Jane")
    gone("received 'Jane' for it", "Jane")
    gone("received `Jane` for it", "Jane")
    assert.equal("isn't the customer's", scrub.foreign("isn't the customer's"))
  end)

  it("makes one line without control or direction characters", function()
    local clean = scrub.foreign("a\r\nb\0c\27[31m \226\128\168d \226\128\174e \194\133f")
    assert.is_nil(clean:find("[%c]"))
    assert.is_nil(clean:find("\226\128", 1, true))
    assert.is_nil(clean:find("\194\133", 1, true))
  end)

  it("cuts long texts without cutting a character in two", function()
    local clean = scrub.foreign(("\195\169"):rep(200))
    assert.is_true(#clean <= 120)
    assert.equal("...", clean:sub(-3))
    assert.equal(0, (#clean - 3) % 2)
  end)

  it("cuts as little as there is need to, wherever the cut falls in a character", function()
    for _, character in ipairs { "x", "\195\169", "\226\130\172", "\240\159\152\128" } do
      for lead = 0, 3 do
        local text = ("a"):rep(lead) .. character:rep(20) .. "tail"
        for max = 10, 20 do
          local fitting = math.floor((max - 3 - lead) / #character)
          local wanted = ("a"):rep(lead) .. character:rep(fitting) .. "..."
          assert.equal(wanted, scrub.own(text, max), text .. " " .. max)
        end
      end
    end
    assert.equal("aaaaaaaaaa", scrub.own("aaaaaaaaaa", 10))
    assert.equal("aaaaaaa...", scrub.own("aaaaaaaaaaa", 10))
    assert.equal("aaaaaa...", scrub.own("aaaaaa\195\169aaa", 10))
  end)

  it("does not let a secret slip through at the cut", function()
    local text = ("word "):rep(100) .. "x jane.smith@example.com"
    assert.is_nil(scrub.foreign(text, 10000):find("jane", 1, true))
  end)

  it("changes nothing on a second pass", function()
    local text = "customer_68f1c0897039 a@b.co +14155550123 https://h.example/x?y Bearer q \"z\""
    local once = scrub.foreign(text)
    assert.equal(once, scrub.foreign(once))
  end)
end)

describe("scrub.own", function()
  it("keeps numbers and quoted names, which are the library's own", function()
    local text = "body larger than 8388608 bytes; option \"max_body\""
    assert.equal(text, scrub.own(text))
  end)

  it("removes secrets, ids and addresses all the same", function()
    local clean = scrub.own("customer_68f1c089703945 a@b.co secret_1 https://h.example/a?b=c")
    for _, secret in ipairs { "68f1", "a@b", "secret_1", "b=c" } do
      assert.is_nil(clean:find(secret, 1, true), clean)
    end
  end)
end)

describe("A secret", function()
  it("is found where nothing else of a text is one of the signs of secrets", function()
    for text, shown in pairs {
      ["BEARER abcdef refused"] = "BEARER [redacted] refused",
      ["the Bearer abc"] = "the Bearer [redacted]",
      ["got eyJhbGciOi here"] = "got [redacted] here",
      ["got sk_live here"] = "got [redacted] here",
      ["got abcdefghijklmnopqrst1 here"] = "got [redacted] here",
      ["password=hunter"] = "password=[redacted]",
      ["jane@example"] = "[redacted]",
      ["nothing of that"] = "nothing of that",
    } do
      assert.equal(shown, scrub.secrets(text))
    end
  end)
end)
