#!/bin/sh
# tests/ct/ct.sh VALGRIND PROGRAM "MODES" "LEAKS" -- the program shows no count
# in any of its modes (status 0), and one that did would be caught: valgrind
# must report each of the planted leaks (status 9).
set -u

expect() { # MODE STATUS
  "$valgrind" -q --error-exitcode=9 --track-origins=no "$program" "$1" \
    >"$log" 2>&1
  status=$?
  if [ "$status" != "$2" ]; then
    echo "$1: status $status, expected $2"
    cat "$log"
    exit 1
  fi
  echo "$1: status $status, as it must be"
}

valgrind=$1
program=$2
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
for mode in $3; do
  expect "$mode" 0
done
for mode in $4; do
  expect "$mode" 9
done
grep -q 'uninitialised' "$log" || exit 1
