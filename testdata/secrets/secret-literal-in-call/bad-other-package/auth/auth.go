package auth

import (
	"example.com/api/common"
	"github.com/golang-jwt/jwt/v5"
)

func sign(token *jwt.Token) (string, error) {
	// expect(label): secret-literal-in-call
	return token.SignedString([]byte(common.SigningSecret))
}
