package main

import (
	"fmt"
	"log"
	"net/http"
	"runtime"
)

func heap(w http.ResponseWriter, r *http.Request) {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats) // expect: readmemstats-in-loop
	fmt.Fprintln(w, stats.HeapAlloc)
}

func main() {
	http.HandleFunc("/heap", heap)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
