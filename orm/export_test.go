package orm

// Held returns how many entities the session holds, undone ones included.
func Held(s *Session) int {
	n := len(s.pending) + s.size() + len(s.undo)
	for _, im := range s.idents {
		n = max(n, len(im.ints)+len(im.bytes))
	}
	return max(n, len(s.byObject))
}

// Busy runs f while the session is in use.
func Busy(s *Session, f func()) {
	if err := s.enter(); err != nil {
		panic(err)
	}
	defer s.leave()
	f()
}
