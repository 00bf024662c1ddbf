package main

import (
	"database/sql"
	"log"
	"net/http"
	"os"

	_ "github.com/jackc/pgx/v5/stdlib"
)

func main() {
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		_ = db.PingContext(r.Context())
		if r.Method != http.MethodGet {
			http.Error(w, "no", http.StatusNotImplemented)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
