package a

const apiKey = "CPLHt4znHMfWPhrYLy17" // expect: hardcoded-secret

type config struct {
	Password string
	Token    string `env:"API_TOKEN" envDefault:"uGBbzG26cRMkoKRcW7Ov"` // expect: hardcoded-secret
}

func forms(m map[string]string, c *config, set func(string, string)) {
	c.Password = "aCG2jR0XxpYhkyllgCNR"         // expect: hardcoded-secret
	m["client_secret"] = "4ygwLdKgs7kvJWJgQKPi" // expect: hardcoded-secret
	_ = config{Password: "IZ8CQgyOhlvBdaJPZr0J"} // expect: hardcoded-secret
	_ = getEnv("DB_PASSWORD", "Ag5IWgedL5qymFhJEpC9") // expect: hardcoded-secret
}

func webhookSecret() string {
	return "12FUdsn4TQueaCjiOVPF" // expect: hardcoded-secret
}

func getEnv(name, fallback string) string { return fallback }
