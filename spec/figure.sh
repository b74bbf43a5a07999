#!/bin/sh
# figure.sh NAME COMMAND...: runs a target's command, shows what it says, and keeps its figures in
# build/figures/NAME, for the table of `make reliability`: the lines that count, without what only
# the screen needs. A run that fails leaves the figure that there was: it is no result.
set -u
name=$1
shift
mkdir -p build/figures
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ "$@"; echo $? >"$log.code"; } 2>&1 | tee "$log"
code=$(cat "$log.code")
rm -f "$log.code"
[ "$code" -eq 0 ] && grep -E '^(soak, |[0-9]+ (passed|mutants|lives|requests)|# [0-9]+ )' "$log" |
    sed 's/^# //' >"build/figures/$name"
exit "$code"
