local csv = require "spherepay.cli.csv"

local function plain(rows)
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = { row.line }
    for _, field in ipairs(row) do table.insert(list[i], field) end
  end
  return list
end

describe("Comma-separated values", function()
  it("are read with the line each row begins in", function()
    assert.same({ { 1, "a", "b" }, { 2, "x\ny", "1,2" }, { 5, 'say "hi"', "" } },
      plain(csv.read 'a,b\r\n"x\ny","1,2"\r\n\r\n"say ""hi""",\r\n'))
  end)

  it("may have a byte order mark and need no line break at the end", function()
    assert.same({ { 1, "a" }, { 2, "b" } }, plain(csv.read "\239\187\191a\nb"))
    assert.same({}, csv.read "")
  end)

  it("leave out rows that are empty, and no others", function()
    assert.same({ { 2, "", "" }, { 4, "", "", "" }, { 5, " " } },
      plain(csv.read '\n,\n""\n,,\n \n\n'))
    assert.same({ { 1, "a", "" } }, plain(csv.read "a,"))
    assert.same({ { 1, "a" }, { 4, "b" } }, plain(csv.read "a\r\n\r\n\r\nb\r\n"))
    assert.same({ { 1, 'x"y', "z" }, { 3, "c" } }, plain(csv.read '"x""y",z\n\n"c"'))
  end)

  it("are refused with the line where a quotation mark is wrong", function()
    assert.same({ n = 2, "line 2 has a quotation mark that is not closed" },
      { n = 2, select(2, csv.read 'a\n"b') })
    assert.equal("line 1 has text after a quotation mark", select(2, csv.read '"a"b,c'))
  end)

  it("are written so that no spreadsheet takes a field for a formula", function()
    assert.equal("a,\"b,c\",'=1+1,-5\n", csv.row { "a", "b,c", "=1+1", -5 })
    assert.equal('"say ""hi"""\n', csv.row { 'say "hi"' })
    assert.equal("'+a,'@a,'-a,'\ta,\"'\ra\"\n", csv.row { "+a", "@a", "-a", "\ta", "\ra" })
    assert.equal('"a\nb","a\rb",true\n', csv.row { "a\nb", "a\rb", true })
  end)
end)
