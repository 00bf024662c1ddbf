target "default" {
  tags      = ["registry.example.com/acme/api"]
  platforms = ["linux/amd64"] # expect(label): single-arch-unconstrained
}
