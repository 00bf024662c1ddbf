module example.com/acme/api

go 1.24

toolchain go1.26.1
