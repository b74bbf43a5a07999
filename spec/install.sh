#!/bin/sh
# Whether the ways to install work: make install, luarocks make, and make env for the tree itself.
set -u
passed=0 failed=0
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
report() {
    if [ "$1" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "not ok - $2"; fi
}
show='local s = require "spherepay"; assert(s.new { token = "key" }); assert(s.versions); print(s._VERSION)'
version=$(sed -n 's/^return "\(.*\)"/\1/p' lua/spherepay/version.lua)

for lua in $(make -s --no-print-directory print-luas); do
    v=$("$lua" -e 'print((_VERSION:gsub("Lua ", "")))')
    make -s --no-print-directory install PREFIX="$place/$lua" INSTALL_LUAS="$lua" >/dev/null
    got=$(cd / && LUA_PATH="$place/$lua/share/lua/$v/?.lua;$place/$lua/share/lua/$v/?/init.lua;;" \
        LUA_CPATH="$place/$lua/lib/lua/$v/?.so;;" "$lua" -e "$show")
    [ "$got" = "$version" ]; report $? "make install for $lua"
    got=$(cd / && env -u LUA_PATH -u LUA_CPATH "$place/$lua/bin/spherepay" --version)
    [ "$got" = "spherepay $version" ]; report $? "the command that make install installs for $lua"
    make -s --no-print-directory uninstall PREFIX="$place/$lua"
    [ -z "$(find "$place/$lua" -mindepth 1)" ]; report $? "make uninstall leaves nothing of $lua"

    got=$(eval "$(make -s --no-print-directory env LUA="$lua")" && cd / && "$lua" -e "$show" &&
        spherepay --version)
    [ "$got" = "$version
spherepay $version" ]; report $? "make env LUA=$lua"
done

# luarocks copies the tree it builds; --deps-mode none: the dependencies come from the system
rock=$(ls rockspec/spherepay-"$version"-*.rockspec)
mkdir "$place/tree" "$place/source"
cp -r csrc docs lua rockspec LICENSE README.md CHANGELOG.md Makefile "$place/source"
(cd "$place/source" && luarocks --lua-version 5.4 --tree "$place/tree" make --deps-mode none "$rock") \
    >"$place/log" 2>&1 || cat "$place/log"
got=$(cd / && LUA_PATH="$place/tree/share/lua/5.4/?.lua;$place/tree/share/lua/5.4/?/init.lua;;" \
    LUA_CPATH="$place/tree/lib/lua/5.4/?.so;;" lua5.4 -e "$show")
[ "$got" = "$version" ]; report $? "luarocks make"
got=$(cd / && LUA_PATH="$place/tree/share/lua/5.4/?.lua;$place/tree/share/lua/5.4/?/init.lua;;" \
    LUA_CPATH="$place/tree/lib/lua/5.4/?.so;;" "$place/tree/bin/spherepay" --version)
[ "$got" = "spherepay $version" ]; report $? "the command of the rock"
(cd lua && find spherepay -name '*.lua' | sort) >"$place/wanted"
(cd "$place/tree/share/lua/5.4" && find spherepay -name '*.lua' | sort) >"$place/got"
diff "$place/wanted" "$place/got"; report $? "the rock holds every Lua file"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
