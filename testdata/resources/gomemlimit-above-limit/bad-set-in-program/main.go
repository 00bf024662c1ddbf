package main

import (
	"log"
	"net/http"
	"runtime/debug"
)

func main() {
	debug.SetMemoryLimit(2 << 30) // expect: gomemlimit-above-limit
	log.Fatal(http.ListenAndServe(":8080", nil))
}
