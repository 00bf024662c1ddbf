target "api" {
  tags = ["registry.example.com/acme/api"]
  args = {
    BASE = "gcr.io/distroless/static:nonroot-amd64"
  }
}
