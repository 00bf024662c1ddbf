package a

const (
	grantPassword     = "password"
	annotationSecret  = "cert-manager.io/next-private-key"
	clientSecret      = "client_secret"
	keystorePassword  = "keystorePassword"
	tokenExchange     = "urn:ietf:params:oauth:grant-type:token-exchange"
	apiToken          = "DAPR_API_TOKEN"
	errorToken        = "the token is 42 minutes too Old"
	placeholderSecret = "your-Secret-42-here"
)
