package main

import (
	"embed"
	"log"
	"net/http"
	"os"
)

//go:embed static
var static embed.FS

func main() {
	var files http.FileSystem = http.FS(static)
	if os.Getenv("LIVE") != "" {
		files = http.Dir("static")
	}
	http.Handle("/", http.FileServer(files))
	log.Fatal(http.ListenAndServe(":8080", nil))
}
