package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	log.SetOutput(os.Stdout)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
