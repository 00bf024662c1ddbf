package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	addr := os.Getenv("CATALOG_ADDR")
	if addr == "" {
		log.Print("CATALOG_ADDR is not set, using the default")
	}
	log.Fatal(http.ListenAndServe(":8080", nil))
}
