#!/bin/sh
file bin/api | grep -v stripped
