package main

import (
	"log"
	"net/http"
	"runtime"
	"time"
)

func watch() {
	for range time.Tick(time.Minute) {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		log.Print(stats.HeapAlloc)
	}
}

func main() {
	go watch()
	log.Fatal(http.ListenAndServe(":8080", nil))
}
