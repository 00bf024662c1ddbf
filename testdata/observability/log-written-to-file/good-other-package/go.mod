module example.com/api

go 1.26

require github.com/rs/zerolog v1.34.0
