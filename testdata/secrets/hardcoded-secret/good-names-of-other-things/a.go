package a

const (
	passwordFile   = "/run/Secrets9/db"
	tokenURL       = "https://login9.prod/T0ken"
	secretName     = "Db9-Credentials-a1B2"
	publicKey      = "AAAAB3NzaC1yc2EAAAADAQABAAABgQC7"
	nextPageToken  = "CiAKGjBpNDd2Nmp2Zml2cXRwYjBpOXA"
	passthrough    = "Xq7Lm2Zt9Vb4Kd8R"
	apiTokenHeader = "X-Api9-T0ken"
	passwordHash   = "5f4dcc3b5aa765d61d8327deb882cf99"
)
