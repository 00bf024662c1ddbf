#!/bin/sh
file bin/api | grep -q ', stripped'
