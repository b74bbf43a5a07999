#!/bin/sh
# Compiles every C file with gcc and clang against every Lua there is, with the Makefile's own
# warnings, and with the poll(2) variant of sp_poll. One line of output per failure.
set -u
passed=0 failed=0
flags=$(make -s --no-print-directory print-cflags)
for cc in gcc clang; do
    for lua in $(make -s --no-print-directory print-luas); do
        for file in csrc/core/*.c csrc/binding/*.c; do
            # shellcheck disable=SC2086,SC2046
            if $cc $flags $(pkg-config --cflags "$lua" libcurl libcrypto) -O2 -fsyntax-only "$file"; then
                passed=$((passed + 1))
            else
                failed=$((failed + 1)); echo "not ok - $cc, $lua: $file"
            fi
        done
    done
    # shellcheck disable=SC2086
    if $cc $flags -DSP_POLL_NO_EPOLL -O2 -fsyntax-only csrc/core/sp_poll.c; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1)); echo "not ok - $cc: sp_poll.c without epoll"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
