package main

// expect: suppression-unknown-rule
func main() {} //goready:ignore[no-such-thing-at-all] because
