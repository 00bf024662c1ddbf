module example.com/api

go 1.26

require modernc.org/sqlite v1.39.0
