package main

import (
	"log"
	"net/http"
	"time"
)

func main() {
	zone, _ := time.LoadLocation("Europe/Berlin") // expect: zoneinfo-missing
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(time.Now().In(zone).String()))
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
