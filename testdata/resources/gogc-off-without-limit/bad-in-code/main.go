package main

import (
	"log"
	"net/http"
	"runtime/debug"
)

func main() {
	debug.SetGCPercent(-1) // expect: gogc-off-without-limit
	log.Fatal(http.ListenAndServe(":8080", nil))
}
