#!/bin/sh
# Compiles every C file with gcc and clang, with the Makefile's own warnings: the core as it is, as
# a system that is not Linux sees it, and over poll(2); the binding against every Lua there is.
# With zig (on the PATH, or ZIG=path; 0.15 or later) the core is compiled for macOS and two BSDs
# too, which have kqueue, and for musl, which Alpine has.
# One line of output per failure.
set -u
passed=0 failed=0
flags=$(make -s --no-print-directory print-cflags)
curl_flags=$(pkg-config --cflags libcurl libcrypto zlib)

# compiles WHAT FILE COMMAND...
compiles() {
    what=$1 file=$2
    shift 2
    if "$@" "$file"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok - $what: $file"
    fi
}

# shellcheck disable=SC2086,SC2046
for cc in gcc clang; do
    for file in csrc/core/*.c; do
        compiles "$cc" "$file" $cc $flags $curl_flags -O2 -fsyntax-only
        compiles "$cc, not Linux" "$file" $cc $flags $curl_flags -U__linux__ -fsyntax-only
    done
    for file in csrc/core/sp_poll*.c; do
        compiles "$cc, poll(2)" "$file" $cc $flags -DSP_POLL_PLAIN -O2 -fsyntax-only
    done
    for lua in $(make -s --no-print-directory print-luas); do
        lua_flags=$(make -s --no-print-directory print-lua-cflags LUAS="$lua")
        for file in csrc/binding/*.c; do
            compiles "$cc, $lua" "$file" $cc $flags $lua_flags -O2 -fsyntax-only
        done
    done
done

zig=${ZIG:-$(command -v zig)}
if [ -n "$zig" ]; then
    # The headers of libraries are the same on every system, those of the system are zig's own.
    place=$(mktemp -d)
    cp /usr/include/zlib.h /usr/include/zconf.h "$place/"
    for library in curl openssl; do
        for parent in /usr/include/"$(gcc -print-multiarch)" /usr/include; do
            [ -d "$parent/$library" ] && mkdir -p "$place/$library" &&
                cp "$parent/$library"/*.h "$place/$library/"
        done
    done
    for target in aarch64-macos x86_64-freebsd x86_64-netbsd x86_64-linux-musl; do
        for file in csrc/core/*.c; do
            # shellcheck disable=SC2086
            compiles "zig, $target" "$file" "$zig" cc -target "$target" -I"$place" $flags \
                -c -o "$place/object"
        done
    done
    rm -rf "$place"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
