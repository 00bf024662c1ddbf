package main

import (
	"log"
	"net/http"
	"runtime"
)

func main() {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	log.Print(stats.HeapAlloc)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
