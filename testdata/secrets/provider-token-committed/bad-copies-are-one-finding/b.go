package b

const token = "ghs_YQESbHpt0mpAiRLH9DzmL65O6MsMcG1jawjM" // expect(label): provider-token-committed
