#!/bin/sh
/api &
pid=$!
trap 'kill -TERM $pid' TERM
wait $pid
