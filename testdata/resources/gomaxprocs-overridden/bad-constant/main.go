package main

import (
	"log"
	"net/http"
	"runtime"
)

func main() {
	runtime.GOMAXPROCS(4) // expect: gomaxprocs-overridden
	log.Fatal(http.ListenAndServe(":8080", nil))
}
