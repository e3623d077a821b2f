package orm

import (
	"sync"
	"weak"
)

// holders are the sessions that have entities with keys. It keeps none of them
// alive: one that was not closed leaves its place to another once it is gone.
var holders holderList

type holderList struct {
	sync.Mutex
	places []weak.Pointer[Session]
	free   []int
	look   int // how many places there are when those that are gone are looked for
}

// fewHolders is from how many places on those that are gone are looked for.
const fewHolders = 64

// holds makes the session one of the holders.
func (s *Session) holds() {
	if s.holder > 0 {
		return
	}
	p := weak.Make(s)
	h := &holders
	h.Lock()
	defer h.Unlock()
	if len(h.free) == 0 && len(h.places) >= max(h.look, fewHolders) {
		for i := range h.places {
			if h.places[i].Value() == nil {
				h.free = append(h.free, i)
			}
		}
		h.look = 2 * (len(h.places) - len(h.free))
	}
	if n := len(h.free); n > 0 {
		s.holder = h.free[n-1] + 1
		h.free = h.free[:n-1]
		h.places[s.holder-1] = p
		return
	}
	h.places = append(h.places, p)
	s.holder = len(h.places)
}

// lets takes the session from the holders.
func (s *Session) lets() {
	if s.holder == 0 {
		return
	}
	h := &holders
	h.Lock()
	defer h.Unlock()
	h.places[s.holder-1] = weak.Pointer[Session]{}
	h.free = append(h.free, s.holder-1)
	s.holder = 0
}

// each calls f with the holders that are there, until it says false.
func (h *holderList) each(f func(s *Session) bool) {
	var few [8]weak.Pointer[Session]
	list := few[:0]
	h.Lock()
	for _, p := range h.places {
		if p != (weak.Pointer[Session]{}) {
			list = append(list, p)
		}
	}
	h.Unlock()
	for _, p := range list {
		if s := p.Value(); s != nil && !f(s) {
			return
		}
	}
}
