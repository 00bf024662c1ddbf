package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	file, err := os.OpenFile("/var/log/api/api.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	audit := log.New(file, "audit ", log.LstdFlags)
	audit.Print("started")
	log.Print("listening")
	log.Fatal(http.ListenAndServe(":8080", nil))
}
