package a

// dsn looks like postgres://app:2rNbZ9R82JNvxo@db.prod/app.
var dsn string
