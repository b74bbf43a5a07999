-- The layer check: the core has never heard of Lua, the binding has never heard of libcurl, the
-- Lua layer does no I/O of its own. Looks at the sources and at the symbols of what was built.

local failed, passed = 0, 0

local function lines_of(command)
  local pipe = assert(io.popen(command))
  local lines = {}
  for line in pipe:lines() do lines[#lines + 1] = line end
  pipe:close()
  return lines
end

-- `command` lists violations, one a line.
local function rule(name, command)
  local violations = lines_of(command)
  if #violations == 0 then
    passed = passed + 1
    return
  end
  failed = failed + 1
  print("not ok - " .. name)
  for _, line in ipairs(violations) do print("  " .. line) end
end

local function exists(pattern)
  return #lines_of("ls -d " .. pattern .. " 2>/dev/null") > 0
end

rule("csrc/core includes no header of Lua",
  [[grep -nE '#[ ]*include *["<]([^">]*/)?(lua|lauxlib)[a-z]*\.h' csrc/core/*.[ch] ]])
rule("csrc/core includes nothing of the binding",
  [[grep -nE '#[ ]*include.*(binding|compat)\.h' csrc/core/*.[ch] ]])
rule("csrc/binding includes no header of libcurl",
  [[grep -nE '#[ ]*include *["<]curl' csrc/binding/*.[ch] ]])
rule("csrc/binding includes no header of the core that includes libcurl's",
  [[grep -nE '#[ ]*include.*sp_(exchange|multi|[a-z]+_private)\.h' csrc/binding/*.[ch] ]])
rule("call and scheduler know nothing of libcurl, of sockets and of the engine",
  [[cd csrc/core; grep -nE \
      '#[ ]*include.*(curl|sp_(exchange|multi|engine|scout|sockets|poll|process|.*t_private)\.h)' \
      sp_call*.[ch] sp_scheduler.[ch] sp_transport.h sp_exchange_request.h]])
rule("what decides is told the time",
  [[cd csrc/core; grep -nE 'sp_clock_(ms|us|wall_s|sleep)' \
      sp_call.c sp_scheduler.c sp_rate.c sp_retry.c sp_timers.c
    grep -nE 'sp_clock_(random|jitter)' sp_call.c sp_rate.c sp_retry.c sp_timers.c]])
rule("every file of the core has a C spec, or says what tests it",
  [[for file in csrc/core/*.c; do
      name=${file##*/sp_}
      test -f "spec/core/${name%.c}_spec.c" ||
        cat "$file" "${file%.c}.h" 2>/dev/null | grep -qE '[Tt]ested.* by' || echo "$file"
    done]])
rule("comments of the core name specs that are there",
  [[grep -ohE 'spec/[a-z_/]+(\.(c|lua))?' csrc/core/*.[ch] | sort -u |
    while read -r path; do test -e "$path" || echo "$path"; done]])
rule("the core has been built", exists("build/core/*.o") and "true" or "echo 'run make first'")
rule("no object of the core asks for a symbol of Lua",
  [[nm -u build/core/*.o | grep -E ' U (lua|luaL)_']])
rule("no object of the binding asks for a symbol of libcurl",
  [[nm -u build/*/binding/*.o | grep -E ' U curl_']])
rule("the module shows one symbol",
  [[for so in build/lua*/spherepay/core.so; do nm -D --defined-only $so; done |
    grep -v luaopen_spherepay_core]])
rule("what is written down of the API requires nothing",
  [[grep -rnE '\brequire\b *\(? *["'"'"']' lua/spherepay/api]])
rule("no resource touches the core, but for the ledger's file",
  [[grep -rn 'spherepay\.core' lua/spherepay/resources | grep -v 'resources/ledger.lua']])
rule("the core and the binding know no field of a customer",
  [[grep -rnE '"(pending|complete|required|errors|meta)"' csrc/binding csrc/core]])
rule("nothing passes through lua-cjson but the sandbox",
  [[grep -rnE 'require *\(? *"cjson' lua/spherepay --include=*.lua]])
rule("nothing decodes JSON but the core, and the sandbox what it is sent",
  [[grep -rnE 'cjson[.a-z]*\.(decode|new)' lua/spherepay --include=*.lua |
    grep -v 'spherepay/sandbox/']])
rule("the Lua layer opens no file, socket or process, but for the sandbox and the command",
  [[grep -rnE '\b(io\.(open|popen|lines|read)|os\.(execute|remove|rename|tmpname))\b' \
    lua/spherepay | grep -vE 'spherepay/(sandbox|cli)/']])
rule("nothing sends but the core",
  [[grep -rnE 'require *\(? *"(socket|ssl|http|resty)' lua/spherepay |
    grep -vE 'spherepay/(sandbox/|cli/sandbox/init)']])

-- What a folder may require beside its own files: modules, and folders that end with a dot.
local MAY_KNOW = {
  options = "api. errors http.ascii http.path http.pointer loop need privacy.forms",
  privacy = "api. core http.ascii http.numbers http.path http.response need",
  params = "api. core http.ascii http.numbers http.path http.pointer options options. "
    .. "privacy.forms",
  verification = "api. errors http.ascii http.pointer options.blame options.schema options.suggest "
    .. "privacy.one_line",
  ratelimit = "core options.blame privacy.scrub",
  loop = "async. core options.blame",
  async = "core errors options.blame options.checks",
  http = "api. async.scheduler core errors need options options. privacy. verification.printed",
  resources = "api. async. core errors http. need options options. params params. verification.",
  gate = "errors http.json http.path loop.semaphores options options. params.id privacy.scrub "
    .. "ratelimit.resty resources.joint verification.",
  sandbox = "api. http.ascii http.numbers http.pointer need options.blame testing verification.",
}
for folder, known in pairs(MAY_KNOW) do
  local may = { folder .. "[\"'.]" }
  for name in known:gmatch("%S+") do
    may[#may + 1] = name:gsub("%.", "\\."):gsub("[^.]$", "%0[\"']")
  end
  rule(("%s/ requires nothing but %s"):format(folder, known),
    ([[grep -rnE "(require|lazily) *\(? *[\"']spherepay\b" lua/spherepay/%s --include=*.lua |
      grep -vE "[\"']spherepay\.(%s)"]]):format(folder,
      (table.concat(may, "|"):gsub('"', '\\"'))))
end

rule("nothing but the command knows the command",
  [[grep -rnE 'spherepay\.cli\b' lua/spherepay --include=*.lua | grep -v 'lua/spherepay/cli/']])
rule("of the command the terminal and the files are asked at its edge alone",
  [[grep -rnE '\b(io\.popen|os\.execute)\b' lua/spherepay/cli |
    grep -vE 'cli/(terminal|files)\.lua']])

print(("%d passed, %d failed"):format(passed, failed))
os.exit(failed == 0 and 0 or 1)
