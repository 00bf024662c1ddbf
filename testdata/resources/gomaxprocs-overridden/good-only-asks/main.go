package main

import (
	"log"
	"net/http"
	"runtime"
)

func main() {
	log.Print(runtime.GOMAXPROCS(0))
	log.Fatal(http.ListenAndServe(":8080", nil))
}
