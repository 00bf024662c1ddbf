module example.com/api

go 1.26

require google.golang.org/grpc v1.80.0
