package auth

import "github.com/golang-jwt/jwt/v5"

const jwtKey = "our little secret, dear" // expect: secret-literal-in-call

func sign(token *jwt.Token) (string, error) {
	// expect(label): secret-literal-in-call
	return token.SignedString([]byte(jwtKey))
}
