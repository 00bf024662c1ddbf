package main

import (
	"log"
	"net/http"
	"runtime/debug"
)

func main() {
	debug.SetMemoryLimit(400 << 20)
	debug.SetGCPercent(-1)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
