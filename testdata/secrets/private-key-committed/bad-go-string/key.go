package key

// expect: private-key-committed
const pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJDBElPzrsOVxMleZtkCmwXXSdhLqLPOD2b14mf7ZcWN\n-----END PRIVATE KEY-----\n"
