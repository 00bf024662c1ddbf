#!/bin/sh
set -e
export TZ=UTC
# expect: shell-blocks-sigterm
/api "$@"
