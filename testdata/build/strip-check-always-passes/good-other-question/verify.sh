#!/bin/sh
file bin/api | grep -q 'statically linked'
