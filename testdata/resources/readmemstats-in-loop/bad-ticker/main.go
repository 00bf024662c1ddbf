package main

import (
	"log"
	"net/http"
	"runtime"
	"time"
)

func watch() {
	for range time.Tick(200*time.Millisecond) {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats) // expect: readmemstats-in-loop
		log.Print(stats.HeapAlloc)
	}
}

func main() {
	go watch()
	log.Fatal(http.ListenAndServe(":8080", nil))
}
