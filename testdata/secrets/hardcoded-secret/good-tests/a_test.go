package a

const apiKey = "0yMJmOsvzrQYllYpcvEV"
