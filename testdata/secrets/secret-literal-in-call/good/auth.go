package auth

import (
	"os"

	"github.com/golang-jwt/jwt/v5"
)

func sign(token *jwt.Token) (string, error) {
	key, err := os.ReadFile("/var/run/secrets/jwt/key")
	if err != nil {
		return "", err
	}
	return token.SignedString(key)
}
