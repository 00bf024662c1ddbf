package main

import (
	"log"

	amqp "github.com/rabbitmq/amqp091-go"
)

func main() { // expect: sigterm-unhandled
	connection, err := amqp.Dial("amqp://rabbitmq:5672/")
	if err != nil {
		log.Fatal(err)
	}
	defer connection.Close()
	channel, err := connection.Channel()
	if err != nil {
		log.Fatal(err)
	}
	messages, err := channel.Consume("orders", "", true, false, false, false, nil)
	if err != nil {
		log.Fatal(err)
	}
	forever := make(chan struct{})
	go func() {
		for message := range messages {
			log.Printf("received %d bytes", len(message.Body))
		}
	}()
	<-forever
}
