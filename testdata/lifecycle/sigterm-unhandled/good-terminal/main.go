package main

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"os"
)

func main() {
	conn, err := net.Dial("tcp", "localhost:7000")
	if err != nil {
		log.Fatal(err)
	}
	go func() {
		for {
			if _, err := io.Copy(os.Stdout, conn); err != nil {
				log.Print(err)
			}
		}
	}()
	lines := bufio.NewScanner(os.Stdin)
	for {
		fmt.Print("> ")
		if lines.Scan() {
			fmt.Fprintln(conn, lines.Text())
		}
	}
}
