package auth

import "github.com/golang-jwt/jwt/v5"

const jwtKey = "words that somebody looked at" // #nosec G101 -- rotated by the gateway

func sign(token *jwt.Token) (string, error) {
	return token.SignedString([]byte(jwtKey))
}
