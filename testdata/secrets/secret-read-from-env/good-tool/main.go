package main

import "os"

func main() {
	println(len(os.Getenv("GITHUB_TOKEN")))
}
