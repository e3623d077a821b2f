package web

// Metrics count requests and what came of them.
type Metrics struct{}
