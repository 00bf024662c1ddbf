module example.com/api

go 1.26

require github.com/mattn/go-sqlite3 v1.14.32

replace github.com/mattn/go-sqlite3 => github.com/acme/sqlite-pure v1.0.0
