module example.com/shop

go 1.25

require (
	github.com/golang-jwt/jwt/v5 v5.2.1
	github.com/prometheus/client_golang v1.23.0
)
