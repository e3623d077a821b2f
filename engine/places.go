package engine

// ReadsPlaces reports whether this database reads an IN of up to 1,000 parameters
// faster than the same values as one parameter.
func (t *Tx) ReadsPlaces() bool { return t.l.server.caps.ReadsPlaces }
