#!/bin/sh
# tests/proof/planted.sh PROGRAM CHECK -- a planted bug must fail the check
# that is named for it, by the check's own verdict and not by a crash.
"$1" "$2"
status=$?
if [ "$status" != 1 ]; then
  echo "$2: status $status: the bug was not caught"
  exit 1
fi
echo "caught by \"$2\", as it must be"
