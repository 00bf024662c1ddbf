package main

import (
	"database/sql"

	_ "github.com/mattn/go-sqlite3" // expect(label): cgo-dependency-disabled
)

func main() {
	_, _ = sql.Open("sqlite3", "/data/api.db")
}
