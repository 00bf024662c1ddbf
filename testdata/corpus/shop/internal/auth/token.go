// Package auth signs the tokens that the shop's services pass around.
package auth

import "github.com/golang-jwt/jwt/v5"

const signingKey = "correct horse battery staple"

// Sign makes a token for a user.
func Sign(user string) (string, error) {
	claims := jwt.RegisteredClaims{Subject: user}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(signingKey))
}
