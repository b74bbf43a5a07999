-- What the sandbox says of single values, in the words of the vendor's answers.

local check = require "spherepay.sandbox.check"
local json = require "spherepay.sandbox.json"

describe("The sandbox's rules for values", function()
  it("say what is wrong, and of what is right nothing", function()
    local object, array = json.decode '{"a":1}', json.decode "[1]"
    local colors = check.one_of { "red", "blue" }
    local country = "Must be an ISO 3166-1 alpha-3 country code"
    for i, each in ipairs {
      { check.text(2, 3), "ab" }, { check.text(2, 3), "abc" },
      { check.text(2, 3), "a", "Must not be empty" },
      { check.text(2, 3), "abcd", "Must not be longer than 3" },
      { check.text(2, 3), 12, "Must be a string" },
      { colors, "red" }, { colors, "green", "Must be one of red, blue" },
      { colors, 1, "Must be one of red, blue" },
      { check.email, "a@b" }, { check.email, ("a"):rep(252) .. "@b" },
      { check.email, ("a"):rep(253) .. "@b", "Invalid email format" },
      { check.email, "a@b@c", "Invalid email format" },
      { check.email, "@b", "Invalid email format" },
      { check.email, "a b@c", "Invalid email format" }, { check.email, 1, "Must be a string" },
      { check.phone, "+1234567" }, { check.phone, "+123456789012345" },
      { check.phone, "+123456", "Invalid phone format" },
      { check.phone, "+1234567890123456", "Invalid phone format" },
      { check.phone, "1234567", "Invalid phone format" },
      { check.phone, "+1234567x", "Invalid phone format" }, { check.phone, 1, "Must be a string" },
      { check.country, "USA" }, { check.country, "usa", country }, { check.country, "US", country },
      { check.country, "USAX", country }, { check.country, 1, country },
      { check.date, "1990-01-15" }, { check.date, "1990-1-15", "Must be a date YYYY-MM-DD" },
      { check.date, 1990, "Must be a date YYYY-MM-DD" },
      { check.boolean, true }, { check.boolean, false },
      { check.boolean, "true", "Must be a boolean" },
      { check.number, 0 }, { check.number, "0", "Must be a number" },
      { check.object, object }, { check.object, array, "Must be an object" },
      { check.object, "a", "Must be an object" },
      { check.array, array }, { check.array, object, "Must be an array" },
      { check.array, 1, "Must be an array" },
      { check.string, "" }, { check.string, 1, "Must be a string" },
    } do
      assert.equal(each[3], each[1](each[2]), i)
    end
  end)

  it("are those that the fields of an object state", function()
    local rules = check.rules({
      { "any", "string" }, { "least", "string", min = 1 }, { "most", "string", max = 2 },
      { "both", "string", min = 1, max = 2, required = true }, { "list", "list", of = "string" },
      { "names", "list", enum = { "a" } }, { "word", "string", enum = { "a", "b" } },
      { "email", "email" }, { "phone", "phone" }, { "country", "country" }, { "date", "date" },
      { "yes", "boolean" }, { "count", "integer" }, { "share", "number" },
      { "file", "document" }, { "inner", "object" },
    }, {
      email = { required = true }, phone = { rule = check.boolean },
      count = { rule = check.string },
    })
    local function problems_of(values)
      local problems = {}
      check.fields(problems, values, "/at", rules)
      local list = {}
      for i, problem in ipairs(problems) do list[i] = problem.pointer .. ": " .. problem.detail end
      return list
    end
    assert.same({ "/at/both: Required", "/at/email: Required" }, problems_of {})
    assert.same({ "/at/both: Required", "/at/email: Required" }, problems_of {
      both = json.null, email = json.null, least = json.null,
    })
    assert.same({}, problems_of {
      any = "", least = ("x"):rep(1000), most = "", both = "x", list = json.decode "[]",
      names = json.decode "[]", word = "b", email = "a@b", phone = true, country = "USA",
      date = "1990-01-15", yes = true, count = "1", share = 0.5, file = "", inner = 5,
    })
    assert.same({
      "/at/any: Must be a string", "/at/least: Must not be empty",
      "/at/most: Must not be longer than 2", "/at/both: Must not be longer than 2",
      "/at/list: Must be an array", "/at/names: Must be an array",
      "/at/word: Must be one of a, b", "/at/email: Invalid email format",
      "/at/phone: Must be a boolean",
      "/at/country: Must be an ISO 3166-1 alpha-3 country code",
      "/at/date: Must be a date YYYY-MM-DD", "/at/yes: Must be a boolean",
      "/at/count: Must be a string", "/at/share: Must be a number", "/at/file: Must be a string",
    }, problems_of {
      any = 1, least = "", most = "xxx", both = "xxx", list = "x", names = "a", word = "c",
      email = "a", phone = "+14155550123", country = "us", date = "x", yes = 1, count = 1,
      share = "1", file = 1, inner = 5,
    })
  end)
end)
