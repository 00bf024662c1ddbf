target "api" {
  tags   = ["registry.example.com/acme/api"]
  target = "api"
}
