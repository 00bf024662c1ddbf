package main

import (
	"html/template"
	"log"
	"net/http"
)

var pages = template.Must(template.New("").
	Funcs(template.FuncMap{}).
	ParseGlob("templates/*.html")) // expect: runtime-file-missing

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		pages.ExecuteTemplate(w, "index.html", nil)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
