target "default" {
  tags = ["registry.example.com/webhook"]
}
