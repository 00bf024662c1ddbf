// Package auth signs the tokens that the shop's services pass around.
package auth

import (
	"fmt"
	"os"

	"github.com/golang-jwt/jwt/v5"
)

// Signer signs tokens with a key from a mounted Secret.
type Signer struct {
	key []byte
}

// NewSigner reads the key.
func NewSigner(path string) (*Signer, error) {
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read signing key: %w", err)
	}
	return &Signer{key: key}, nil
}

// Sign makes a token for a user.
func (s *Signer) Sign(user string) (string, error) {
	claims := jwt.RegisteredClaims{Subject: user}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(s.key)
}
