package main

import (
	"log"
	"net/http"

	"k8s.io/apimachinery/pkg/api/resource"
)

func main() {
	http.HandleFunc("/resize", func(w http.ResponseWriter, r *http.Request) {
		size := resource.MustParse("128Mi")
		w.Write([]byte(size.String()))
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
