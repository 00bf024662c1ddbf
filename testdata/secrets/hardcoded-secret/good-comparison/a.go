package a

func f(token string) bool { return token == "Xq7Lm2Zt9Vb4Kd8R" }
