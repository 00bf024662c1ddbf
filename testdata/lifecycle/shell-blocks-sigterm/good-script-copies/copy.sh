#!/bin/sh
set -e
mkdir -p /out
cp /api /out/api
