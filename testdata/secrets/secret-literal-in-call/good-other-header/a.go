package a

import "net/http"

func f(r *http.Request, token string) {
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
}
