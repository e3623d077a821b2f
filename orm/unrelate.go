package orm

import "github.com/alkahest-go/alkahest/internal/mem"

// relationshipsOf are the fields of one entity that hold others, as they were.
type relationshipsOf struct {
	many []toMany
	one  []toOne
}

// relationships returns what the entity has, nil where it has no relationships.
func (m *mapper) relationships(p mem.Pointer) *relationshipsOf {
	if len(m.relations) == 0 {
		return nil
	}
	out := &relationshipsOf{}
	for _, r := range m.relations {
		if at := mem.Add(p, r.field.offset); r.kind.toMany() {
			out.many = append(out.many, *(*toMany)(at))
		} else {
			out.one = append(out.one, *(*toOne)(at))
		}
	}
	return out
}

// revertRelationships gives the entity the relationships that it had, without
// what was not flushed, and without what was loaded since the session counted so
// many loads.
func (m *mapper) revertRelationships(p mem.Pointer, had *relationshipsOf, loads uint32) {
	if had == nil {
		return
	}
	many, one := had.many, had.one
	for _, r := range m.relations {
		if at := mem.Add(p, r.field.offset); r.kind.toMany() {
			*(*toMany)(at) = many[0]
			(*toMany)(at).revert()
			many = many[1:]
		} else {
			*(*toOne)(at) = one[0]
			(*toOne)(at).revert()
			one = one[1:]
		}
		if r.refOf(p).loadedSince(loads) {
			r.unload(p)
		}
	}
}

// unload forgets what the entity has.
func (r *relation) unload(p mem.Pointer) {
	if at := mem.Add(p, r.field.offset); r.kind.toMany() {
		*(*toMany)(at) = toMany{ref: ref{rel: r}}
	} else {
		*(*toOne)(at) = toOne{ref: ref{rel: r}}
	}
}

// expire gives the entity the values of its row, and forgets what is related to
// it.
func (st *state) expire() {
	st.restore(st.snap)
	for _, r := range st.m.relations {
		r.unload(st.obj)
	}
}
