package main

import (
	"log"
	"net/http"
	"os"

	"k8s.io/apimachinery/pkg/api/resource"
)

func main() {
	text := os.Getenv("CACHE_SIZE")
	size := resource.MustParse(text) // expect: mustparse-on-input
	log.Print("cache of ", size.Value())
	log.Fatal(http.ListenAndServe(":8080", nil))
}
