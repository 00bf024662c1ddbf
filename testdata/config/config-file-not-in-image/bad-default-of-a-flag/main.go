package main

import (
	"flag"
	"log"
	"net/http"
	"os"
)

func main() {
	path := flag.String("config", "config.yaml", "settings") // expect: config-file-not-in-image
	flag.Parse()
	if _, err := os.ReadFile(*path); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(":8080", nil))
}
