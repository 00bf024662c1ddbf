package main

import (
	
	"github.com/confluentinc/confluent-kafka-go/v2/kafka" // expect(label): cgo-dependency-disabled
)

func main() {
	_, _ = kafka.NewProducer(nil)
}
