package main

import (
	"log"
	"net/http"

	"gopkg.in/natefinch/lumberjack.v2"
)

func main() {
	log.SetOutput(&lumberjack.Logger{Filename: "logs/api.log", MaxSize: 100}) // expect: log-written-to-file
	log.Fatal(http.ListenAndServe(":8080", nil))
}
