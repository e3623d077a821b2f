package orm

// identityMap holds the entities of one mapper by key. Entities of a query that
// met none before are kept in a list until somebody asks: most sessions that
// read much never do.
type identityMap struct {
	s     *Session
	of    kin
	ints  map[int64]*state
	bytes map[string]*state
	late  []*state  // not in the maps yet
	first [1]*state // memory of late
	runs  [][]state // not in the maps yet either: states that lie one behind the other
	begun [1][]state
}

// empty reports whether no entity is held.
func (im *identityMap) empty() bool {
	return len(im.ints) == 0 && len(im.bytes) == 0 && !im.behind() && !im.s.hasLatent(im.of)
}

// behind reports whether there is anything that is not in the maps.
func (im *identityMap) behind() bool { return len(im.late)+len(im.runs) > 0 }

// add holds the newest of the states that made has memory for, whose key is certain
// to be new.
func (im *identityMap) add(made []state) {
	at := len(made) - 1
	if n := len(im.runs); n > 0 {
		if run := im.runs[n-1]; len(run) < cap(run) && &run[:len(run)+1][len(run)] == &made[at] {
			im.runs[n-1] = run[:len(run)+1]
			return
		}
	}
	im.runs = append(im.runs, made[at:])
}

// index brings the maps up to date.
func (im *identityMap) index(m *mapper) {
	im.s.awaken()
	late, runs := im.late, im.runs
	im.late, im.runs = nil, nil
	n := len(late)
	for _, run := range runs {
		n += len(run)
	}
	if m.keyKind == keyInt && im.ints == nil {
		im.ints = make(map[int64]*state, n)
	}
	if m.keyKind == keyBytes && im.bytes == nil {
		im.bytes = make(map[string]*state, n)
	}
	for _, st := range late {
		im.set(st)
	}
	for _, run := range runs {
		for i := range run {
			im.set(&run[i])
		}
	}
}

func (im *identityMap) get(m *mapper, ikey int64, skey string) *state {
	if im.behind() || len(im.s.latent) > 0 {
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
