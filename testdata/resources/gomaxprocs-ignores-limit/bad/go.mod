module example.com/api

go 1.22 // expect(label): gomaxprocs-ignores-limit
