package engine

// Stats are counts of an engine since it was opened, and what it holds now.
type Stats struct {
	// InUse connections are checked out, Idle ones wait in the pool.
	InUse, Idle int
	// Statements are kept compiled. Hits is how often one was used again, Misses
	// how often one had to be compiled, Dropped how many had to go for others: if
	// that grows as Misses do, StatementCacheSize is too small.
	Statements            int
	Hits, Misses, Dropped uint64
}

// Stats returns the engine's statistics. Before the first connection all are 0.
// Statements whose schemas are translated are counted apart, and not here.
func (e *Engine) Stats() Stats {
	s := e.server.Load()
	if s == nil {
		return Stats{}
	}
	var out Stats
	pools := []*pool{s.write}
	if s.read != s.write {
		pools = append(pools, s.read)
	}
	for _, p := range pools {
		stat := p.pool.Stat()
		out.InUse += int(stat.AcquiredResources())
		out.Idle += int(stat.IdleResources())
	}
	c := &s.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	out.Statements, out.Hits, out.Misses, out.Dropped = len(c.lru.m), c.hits, c.misses, c.dropped
	return out
}
