package main

import (
	"log"
	"net/http"
	"runtime"
)

func main() {
	runtime.GOMAXPROCS(threads())
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func threads() int {
	return runtime.NumCPU() / 2
}
