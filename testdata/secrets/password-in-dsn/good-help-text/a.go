package a

const usage = "Address of the database, for example postgres://user:secret@host:5432/app"
