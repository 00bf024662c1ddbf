package main

import (
	"database/sql"

	_ "modernc.org/sqlite"
)

func main() {
	_, _ = sql.Open("sqlite3", "/data/api.db")
}
