package parse

const header = "-----BEGIN RSA PRIVATE KEY-----"
