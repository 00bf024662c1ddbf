package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	settings, err := os.ReadFile("configs/config.yaml")
	if err != nil {
		log.Print("no settings, using defaults")
	}
	log.Printf("%d bytes of settings", len(settings))
	log.Fatal(http.ListenAndServe(":8080", nil))
}
