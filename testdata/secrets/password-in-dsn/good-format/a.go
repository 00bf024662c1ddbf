package a

import "fmt"

func dsn(user, password string) string {
	return fmt.Sprintf("postgres://%s:%s@db.prod/app", user, password)
}
