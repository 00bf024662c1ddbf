package pay

const stripeKey = "sk_test_8FlZYGlbRvbPNE8WV5m3t79e" // expect: provider-token-committed
