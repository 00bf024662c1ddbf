#!/bin/sh
# expect: strip-check-always-passes
if ! file bin/api | grep "stripped"; then
  exit 1
fi
