package expr

// Limited returns the statement with a limit that another statement has, for
// compilers.
func (s *Select) Limited(limit Expression) *Select {
	return s.with(func(c *Select) { c.limit = limit })
}
