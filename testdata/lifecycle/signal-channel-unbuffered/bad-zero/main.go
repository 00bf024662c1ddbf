package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	signals := make(chan os.Signal, 0) // expect: signal-channel-unbuffered
	signal.Notify(signals, syscall.SIGTERM) // expect(label): signal-channel-unbuffered
	<-signals
}
