#!/bin/sh
# valgrind over a script of 200 mixed calls against the sandbox: no error, no definite leak.
set -u
export LUA_PATH="$PWD/lua/?.lua;$PWD/lua/?/init.lua;$PWD/?.lua;;" LUA_CPATH="$PWD/build/lua5.4/?.so;;"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
lua5.4 lua/spherepay/cli/main.lua sandbox --run \
    "valgrind -q --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
     --error-exitcode=9 --suppressions=spec/valgrind.supp lua5.4 spec/mixed_calls.lua" >"$log" 2>&1
code=$?
if [ $code -eq 0 ]; then
    echo "1 passed, 0 failed"
else
    cat "$log"
    echo "not ok - valgrind, exit code $code"
    echo "0 passed, 1 failed"
fi
exit $code
