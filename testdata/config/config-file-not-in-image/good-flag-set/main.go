package main

import (
	"flag"
	"log"
	"net/http"
	"os"
)

func main() {
	path := flag.String("config", "config.yaml", "settings")
	flag.Parse()
	if _, err := os.ReadFile(*path); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(":8080", nil))
}
