package orm

// identityMap holds the entities of one mapper by key. Entities of a query that
// met none before are kept in a list until somebody asks: most sessions that
// read much never do.
type identityMap struct {
	of    kin
	ints  map[int64]*state
	bytes map[string]*state
	late  []*state  // not in the maps yet
	first [1]*state // memory of late
}

// empty reports whether no entity is held.
func (im *identityMap) empty() bool {
	return len(im.ints) == 0 && len(im.bytes) == 0 && len(im.late) == 0
}

// add holds a state whose key is certain to be new.
func (im *identityMap) add(st *state) { push(&im.late, st) }

// index brings the maps up to date.
func (im *identityMap) index(m *mapper) {
	late := im.late
	im.late = nil
	if m.keyKind == keyInt && im.ints == nil {
		im.ints = make(map[int64]*state, len(late))
	}
	if m.keyKind == keyBytes && im.bytes == nil {
		im.bytes = make(map[string]*state, len(late))
	}
	for _, st := range late {
		im.set(st)
	}
}

func (im *identityMap) get(m *mapper, ikey int64, skey string) *state {
	if len(im.late) > 0 {
		im.index(m)
	}
	if m.keyKind == keyInt {
		return im.ints[ikey]
	}
	return im.bytes[skey]
}

func (im *identityMap) put(st *state) {
	im.index(st.m)
	im.set(st)
}

func (im *identityMap) set(st *state) {
	if st.m.keyKind == keyInt {
		im.ints[st.ikey] = st
	} else {
		im.bytes[st.skey] = st
	}
}

func (im *identityMap) remove(st *state) {
	if im.get(st.m, st.ikey, st.skey) != st {
		return
	}
	if st.m.keyKind == keyInt {
		delete(im.ints, st.ikey)
	} else {
		delete(im.bytes, st.skey)
	}
}
