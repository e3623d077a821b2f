package engine

// bulkState is what a transaction has found out for its bulk inserts.
type bulkState struct{}

// planCache keeps plans of inserts.
type planCache struct{ limit int }
