package a

const dsn = "postgres://app:Qdl9xxFtAppBuQ@db.prod/app"
