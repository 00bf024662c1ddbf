package auth

import "github.com/golang-jwt/jwt/v5"

func sign(token *jwt.Token, jwtKey string) (string, error) {
	return token.SignedString([]byte(jwtKey))
}
