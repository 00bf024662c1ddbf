package main

func main() {
	for range { // expect: file-unparsable
}
