package main

import (
	"log"
	"net/http"
	"runtime"
)

func main() {
	runtime.GOMAXPROCS(runtime.NumCPU()) // expect: gomaxprocs-overridden
	log.Fatal(http.ListenAndServe(":8080", nil))
}
