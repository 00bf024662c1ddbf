package main

import (
	"log"
	"net/http"
	"runtime/debug"
)

func main() {
	debug.SetMemoryLimit(200 << 20)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
