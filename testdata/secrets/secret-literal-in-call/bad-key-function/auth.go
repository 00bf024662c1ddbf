package auth

import "github.com/golang-jwt/jwt/v5"

func parse(text string) (*jwt.Token, error) {
	return jwt.Parse(text, func(token *jwt.Token) (any, error) {
		return []byte("mock key of ours"), nil // expect: secret-literal-in-call
	})
}
