package main

import (
	"os"
	"os/signal"
	"syscall"
)

const size = 4

func main() {
	signals := make(chan os.Signal, size)
	signal.Notify(signals, syscall.SIGTERM)
	<-signals
}
