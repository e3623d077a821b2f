package orm

import (
	"github.com/alkahest-go/alkahest/sqltype"
)

// snapshots makes the copies that entities of one mapper are compared with. It
// allocates for many entities at once: a copy that is kept keeps its
// neighbours, as entities that are read together are kept together.
type snapshots struct {
	m     *mapper
	next  slab
	refs  []sqltype.Value
	bytes []byte
	slab  int // how many snapshots the next memory for refs is for
	most  int
	room  int                    // of the next memory for bytes
	other map[*mapper]*snapshots // of other types of the hierarchy
}

// bytesSlab is the size of the memory from which small values are copied, where
// there are many, and firstBytes what it is at first.
const (
	bytesSlab  = 4096
	firstBytes = 64
)

// snapshots returns those of n entities.
func (m *mapper) snapshots(n int) *snapshots {
	sn := &snapshots{}
	sn.begin(m, n)
	return sn
}

func (sn *snapshots) begin(m *mapper, n int) {
	n = min(n, slabSize)
	*sn = snapshots{m: m, next: m.slab(n, n), slab: n, most: n}
}

// snapshotsOfRows returns those of as many entities as there are rows, which
// nobody knows; the first memory is for so many.
func (m *mapper) snapshotsOfRows(first int) snapshots {
	return snapshots{m: m, next: m.slab(first, slabSize), slab: first, most: slabSize}
}

// take makes the entity as it is now the one to compare with. The old snapshot
// stays as it was: an undo may hold it.
func (sn *snapshots) take(st *state) error {
	if st.m != sn.m {
		return sn.of(st.m).take(st)
	}
	snap := sn.next.next()
	sn.m.copy(snap, st.obj)
	st.snap = snap
	n := len(sn.m.refs)
	if n == 0 {
		return nil
	}
	if len(sn.refs) < n {
		sn.refs = make([]sqltype.Value, n*sn.slab)
		sn.slab = min(2*sn.slab, sn.most)
	}
	refs := sn.refs[:n:n]
	sn.refs = sn.refs[n:]
	for i, a := range sn.m.refs {
		v, err := a.encode(st.obj)
		if err != nil {
			return sn.m.valueError(st.obj, a, err)
		}
		refs[i] = sn.keep(v)
	}
	st.refs = refs
	return nil
}

// of returns those of another type, whose entities have rows of the same table.
func (sn *snapshots) of(m *mapper) *snapshots {
	if sn.other[m] == nil {
		if sn.other == nil {
			sn.other = map[*mapper]*snapshots{}
		}
		sn.other[m] = &snapshots{m: m, next: m.slab(sn.slab, sn.most), slab: sn.slab, most: sn.most}
	}
	return sn.other[m]
}

// takeInserted does so for entities whose rows are on their way, with the key
// that they will have.
func (sn *snapshots) takeInserted(changes []*change) error {
	for _, c := range changes {
		if !c.completes() {
			continue
		}
		st := c.st
		if err := sn.take(st); err != nil {
			return err
		}
		var err error
		if st.ikey, st.skey, err = st.m.identity(st.obj); err != nil {
			return err
		}
	}
	return nil
}

// keep returns v with memory that nobody changes.
func (sn *snapshots) keep(v sqltype.Value) sqltype.Value {
	switch v.Kind() {
	case sqltype.KindText, sqltype.KindDecimal:
		return v // made of Go strings, which do not change
	case sqltype.KindBytes:
		if b := v.Bytes(); len(b) <= bytesSlab/16 && sn.most > 1 {
			return sqltype.BytesValue(sn.copyBytes(b))
		}
	}
	return v.Clone()
}

func (sn *snapshots) copyBytes(b []byte) []byte {
	if cap(sn.bytes)-len(sn.bytes) < len(b) {
		sn.room = min(max(firstBytes, 2*sn.room), bytesSlab)
		sn.bytes = make([]byte, 0, max(sn.room, len(b)))
	}
	start := len(sn.bytes)
	sn.bytes = append(sn.bytes, b...)
	return sn.bytes[start:len(sn.bytes):len(sn.bytes)]
}
