package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/upload", upload)
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func upload(w http.ResponseWriter, r *http.Request) {
	f, err := os.Create("last") // expect(label): writes-read-only-root
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer f.Close()
	f.WriteString(r.URL.Path)
}
