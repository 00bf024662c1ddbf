package a

import "github.com/redis/go-redis/v9"

var client = redis.NewClient(&redis.Options{Addr: "cache:6379", Password: ""})
