package a

const (
	postgres = "postgres://app:zW5sB4c4htFP7y@db.prod/app"                       // expect: password-in-dsn
	mysql    = "app:uaFbc2d5QgbaXK@tcp(db.prod:3306)/app"                        // expect: password-in-dsn
	libpq    = "host=db.prod user=app password=xGDgjKFGP8gfJT dbname=app"        // expect: password-in-dsn
	ado      = "Server=db.prod;User Id=app;Password=Kxmx40Tda64YDW;Encrypt=true" // expect: password-in-dsn
)
