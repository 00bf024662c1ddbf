package a

import (
	"crypto/aes"
	"crypto/hmac"
	"crypto/sha256"
	"net/http"
	"net/smtp"

	"github.com/gorilla/sessions"
	"github.com/redis/go-redis/v9"
)

func all(r *http.Request) {
	hmac.New(sha256.New, []byte("first words of a key"))            // expect: secret-literal-in-call
	_, _ = aes.NewCipher([]byte("sixteen letters!"))                // expect: secret-literal-in-call
	r.SetBasicAuth("ci", "basic words")                     // expect: secret-literal-in-call
	r.Header.Set("Authorization", "Bearer some-bearer-words") // expect: secret-literal-in-call
	smtp.PlainAuth("", "ci", "mailing words", "mx.prod")    // expect: secret-literal-in-call
	sessions.NewCookieStore([]byte("cookie words of ours"))         // expect: secret-literal-in-call
	redis.NewClient(&redis.Options{
		Addr:     "cache.prod:6379",
		Password: "cache words", // expect: secret-literal-in-call
	})
}
