package orm

import (
	"cmp"
	"slices"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// latent is a run of entities that were read one after the other, and of which
// nobody has asked the session since. They lie one behind the other, and so do their
// snapshots, so that the run says of all what a state says of one. The states are
// made when the session needs one of them; those that only read never do.
type latent struct {
	m     *mapper
	first mem.Pointer // entity
	snap  mem.Pointer // of the first
	epoch uint32      // as that of a state
	at    siteID
	n     uint16
	room  uint16 // so many are in the memory of the first entity and its snapshot
	order keyOrder
}

// keyOrder is in which order the states of runs come, whatever the order in which they
// were read.
type keyOrder uint8

const (
	asRead keyOrder = iota
	inKeyOrder
	againstKeyOrder
)

// follows reports whether an entity and its snapshot lie behind the last of the run,
// in the same memory.
func (r *latent) follows(p, snap mem.Pointer) bool {
	return r.n < r.room && uintptr(p) == uintptr(r.first)+uintptr(r.n)*r.m.entity.size &&
		uintptr(snap) == uintptr(r.snap)+uintptr(r.n)*r.m.layout.stride
}

// entity returns one of them.
func (r *latent) entity(i int) mem.Pointer { return mem.Add(r.first, uintptr(i)*r.m.entity.size) }

// state says what the state of one of them is, but for its key.
func (r *latent) state(i int) state {
	return state{
		m: r.m, obj: r.entity(i), snap: mem.Add(r.snap, uintptr(i)*r.m.layout.stride),
		epoch: r.epoch, status: persistent, at: r.at,
	}
}

// quiet reports whether entities of the mapper may be latent: their snapshots lie in
// blocks, and hold keys from which no identity can fail to be made.
func (m *mapper) quiet() bool {
	if !m.layout.pack || m.keyKind == keyNone || m.parent != nil {
		return false
	}
	return !slices.ContainsFunc(m.key, func(a *attr) bool {
		return a.joined > joinsText || a.kind != sqltype.KindInt64 && a.kind != sqltype.KindText
	})
}

// rest has an entity that was read just now be latent, where that is possible.
func (l *loader) rest(p mem.Pointer) (bool, error) {
	if l.texts.apart {
		return false, nil
	}
	snap, err := l.packs.take(l.m, p)
	if snap == nil || err != nil {
		return false, err
	}
	s := l.s
	if n := len(s.latent); n > 0 && s.latent[n-1].follows(p, snap) {
		s.latent[n-1].n++
		return true, nil
	}
	push(&s.latent, latent{
		m: l.m, first: p, snap: snap, epoch: s.epoch, at: l.site,
		n: 1, room: uint16(1 + min(l.objects.left, int(l.packs.left/l.m.layout.stride))),
	})
	return true, nil
}

// all returns the states of the entities that are rows, in the order of arrival.
func (s *Session) all() []*state {
	s.awaken()
	return s.states
}

// size is how many all returns.
func (s *Session) size() int {
	n := len(s.states)
	for i := range s.latent {
		n += int(s.latent[i].n)
	}
	return n
}

// enlist adds states of entities that are rows.
func (s *Session) enlist(list ...*state) {
	s.awaken()
	s.states = append(s.states, list...)
}

// awaken makes the states of what is latent.
func (s *Session) awaken() {
	if len(s.latent) == 0 {
		return
	}
	n, expected := s.size(), s.expected
	runs := s.latent
	s.latent = nil
	s.states = slices.Grow(s.states, n-len(s.states))
	s.expected = min(n-len(s.states), stateSlab)
	for len(runs) > 0 {
		alike := slices.IndexFunc(runs, func(r latent) bool {
			return r.m != runs[0].m || r.at != runs[0].at || r.order != runs[0].order
		})
		if alike < 0 {
			alike = len(runs)
		}
		s.awakenRuns(runs[:alike])
		runs = runs[alike:]
	}
	s.expected = expected
}

// awakenRuns makes the states of entities of one type.
func (s *Session) awakenRuns(runs []latent) {
	m, from := runs[0].m, len(s.states)
	im := s.identitiesOf(kinOf(m, runs[0].at))
	for i := range runs {
		for j := range int(runs[i].n) {
			st := s.newState()
			*st = runs[i].state(j)
			st.ikey, st.skey, _ = m.identity(st.snap) // as it was read
			s.states = append(s.states, st)
			im.add(s.spare)
		}
	}
	order := runs[0].order
	byKey := func(a, b *state) int { return order.compare(a.ikey, b.ikey) }
	if states := s.states[from:]; !slices.IsSortedFunc(states, byKey) {
		slices.SortStableFunc(states, byKey)
	}
}

// compare orders keys: those that come as they were read are all alike.
func (o keyOrder) compare(a, b int64) int {
	switch o {
	case inKeyOrder:
		return cmp.Compare(a, b)
	case againstKeyOrder:
		return cmp.Compare(b, a)
	}
	return 0
}

// hasLatent reports whether entities are latent that the keys of a kin tell apart.
func (s *Session) hasLatent(of kin) bool {
	return slices.ContainsFunc(s.latent, func(r latent) bool { return kinOf(r.m, r.at) == of })
}

// resting reports whether all that the session has is latent, and as it was read.
func (s *Session) resting() bool {
	if len(s.latent) == 0 || len(s.states)+len(s.pending) > 0 {
		return false
	}
	for i := range s.latent {
		if !s.latent[i].untouched() {
			return false
		}
	}
	return true
}

// rouse awakens what a flush has to look at: where nothing is related to anything, no
// more than the runs of entities that differ from their rows.
func (s *Session) rouse() {
	if s.relates {
		s.awaken()
		return
	}
	runs := s.latent
	s.latent = nil
	kept := runs[:0]
	for i := range runs {
		if runs[i].untouched() {
			kept = append(kept, runs[i])
		} else {
			s.awakenRuns(runs[i : i+1])
		}
	}
	clear(runs[len(kept):])
	s.latent = kept
}

// untouched reports whether no entity of the run has anything that a flush would have
// to look at.
func (r *latent) untouched() bool {
	var st state
	for i := range int(r.n) {
		if st = r.state(i); !st.untouched() {
			return false
		}
	}
	return true
}

// untouched reports whether there is nothing that a flush would have to look at.
func (st *state) untouched() bool {
	if st.checkReadOnly() != nil {
		return false
	}
	if changed, err := st.dirty(); changed || err != nil {
		return false
	}
	for _, rel := range st.m.relations {
		switch {
		case rel.rule != nil:
			if rel.changed(st) {
				return false
			}
		case rel.kind.toMany():
			if now := rel.many(st); !now.same() || len(now.words()) > 0 {
				return false
			}
		case !rel.one(st).same():
			return false
		}
	}
	return true
}
