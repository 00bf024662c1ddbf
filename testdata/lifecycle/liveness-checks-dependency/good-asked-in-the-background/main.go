package main

import (
	"database/sql"
	"log"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
)

func main() {
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	var ticked atomic.Int64
	go func() {
		for range time.Tick(time.Second) {
			if err := db.Ping(); err != nil {
				log.Print(err)
			}
			ticked.Store(time.Now().Unix())
		}
	}()
	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		if time.Now().Unix()-ticked.Load() > 60 {
			http.Error(w, "the loop hangs", http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
