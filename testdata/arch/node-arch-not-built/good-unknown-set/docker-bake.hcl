target "default" {
  tags = ["registry.example.com/acme/api"]
}
