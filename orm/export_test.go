package orm

// Held returns how many entities the session holds, undone ones included.
func Held(s *Session) int {
	n := len(s.pending) + len(s.states) + len(s.undo)
	for _, im := range s.idents {
		n = max(n, len(im.ints)+len(im.bytes))
	}
	return max(n, len(s.byObject))
}
