package main

import (
	"log"
	"net/http"
	"runtime/debug"
)

func main() {
	warm()
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func warm() {
	old := debug.SetGCPercent(-1)
	defer debug.SetGCPercent(old)
	log.Print("warming up")
}
