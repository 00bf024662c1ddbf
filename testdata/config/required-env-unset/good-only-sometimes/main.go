package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	if os.Getenv("CATALOG") == "remote" {
		addr := os.Getenv("CATALOG_ADDR")
		if addr == "" {
			log.Fatal("CATALOG_ADDR is not set")
		}
	}
	log.Fatal(http.ListenAndServe(":8080", nil))
}
