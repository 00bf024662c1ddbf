module example.com/api

go 1.26

require github.com/prometheus/client_golang v1.25.0
