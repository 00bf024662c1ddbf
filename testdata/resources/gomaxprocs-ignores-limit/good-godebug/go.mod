module example.com/api

go 1.24

godebug containermaxprocs=1
