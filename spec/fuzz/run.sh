#!/bin/sh
# Runs one fuzzer: run.sh BUILD NAME SECONDS. What is new to it is kept in BUILD/corpus/NAME for the
# next run; what breaks something goes into spec/fuzz/corpus/NAME, where `make test` finds it.
set -u
build=$1 name=$2 seconds=$3
corpus=spec/fuzz/corpus/$name
log=$build/$name.log
dictionary=
[ -f "spec/fuzz/$name.dict" ] && dictionary=-dict=spec/fuzz/$name.dict
mkdir -p "$build/corpus/$name"
if "$build/bin/$name" -max_total_time="$seconds" -max_len=4096 -timeout=60 -report_slow_units=60 \
    -artifact_prefix="$corpus/" $dictionary "$build/corpus/$name" "$corpus" >"$log" 2>&1
then
    echo "$name: $(sed -n 's/^Done \(.*\)/\1/p' "$log"), no finding," \
        "$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | sed 's/cov: //') edges of code"
else
    echo "$name: a finding, now in $corpus/; all that was said is in $log"
    grep -E -m 4 'does not hold|ERROR|SUMMARY|written to' "$log"
    exit 1
fi
