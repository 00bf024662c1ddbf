#!/bin/sh
set -e
export CGO_ENABLED=0
flags='-trimpath -ldflags=-s'
go build $flags -o /out/api .
