package main

import (
	"log"
	"net/http"
	"time"
	_ "time/tzdata"
)

func main() {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(time.Now().In(zone).String()))
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
