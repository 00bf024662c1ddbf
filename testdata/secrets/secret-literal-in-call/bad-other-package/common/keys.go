package common

const SigningSecret = "another one, of many words" // expect: secret-literal-in-call
