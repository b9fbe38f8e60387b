#!/bin/sh
# tests/ct/ct.sh VALGRIND PROGRAM -- the kernel shows no count, and a kernel
# that did would be caught: valgrind must report the planted leaks (status 9)
# and nothing else (status 0).
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
expect release 0
expect share 0
expect clamp 9
expect lookup 9
grep -q 'uninitialised' "$log" || exit 1
