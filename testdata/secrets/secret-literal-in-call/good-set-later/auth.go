package auth

import "github.com/golang-jwt/jwt/v5"

var jwtKey = "unset"

func configure(key string) {
	jwtKey = key
}

func sign(token *jwt.Token) (string, error) {
	return token.SignedString([]byte(jwtKey))
}
