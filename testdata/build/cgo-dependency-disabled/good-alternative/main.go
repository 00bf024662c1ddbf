package main

import "example.com/api/clock"

func main() {
	println(clock.Ticks())
}
