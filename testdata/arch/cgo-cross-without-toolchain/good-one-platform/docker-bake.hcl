target "default" {
  tags      = ["registry.example.com/acme/api"]
  platforms = ["linux/amd64"]
}
