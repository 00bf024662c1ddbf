package auth

import "github.com/golang-jwt/jwt/v5"

func sign(token *jwt.Token) (string, error) {
	return token.SignedString([]byte("stand-in-secret")) // expect: secret-literal-in-call
}
