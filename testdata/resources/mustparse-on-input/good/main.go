package main

import (
	"log"
	"net/http"

	"k8s.io/apimachinery/pkg/api/resource"
)

func main() {
	http.HandleFunc("/resize", func(w http.ResponseWriter, r *http.Request) {
		size, err := resource.ParseQuantity(r.FormValue("size"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Write([]byte(size.String()))
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
