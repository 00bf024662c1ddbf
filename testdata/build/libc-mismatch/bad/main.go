package main

import (
	"database/sql"

	_ "github.com/mattn/go-sqlite3" // expect(label): libc-mismatch
)

func main() {
	_, _ = sql.Open("sqlite3", "/data/api.db")
}
