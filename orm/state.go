package orm

import (
	"bytes"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// status is where an entity stands in its session.
type status uint8

const (
	pending    status = iota // added, not yet written
	persistent               // a row of the database
	deleting                 // to be deleted by the next flush
	deleted                  // deleted in this transaction
	detached                 // no more of this session
)

// state is what a session knows about one entity.
type state struct {
	m    *mapper
	obj  mem.Pointer // the entity
	snap mem.Pointer // a copy as it is in the database, by the mapper's snapshotLayout; nil while pending
	// ikey and skey are the identity, by the mapper's keyKind.
	ikey   int64
	skey   string
	wish   *wish  // nil for none
	bonds  *bond  // what the flush has found of its foreign keys; nil for nothing
	epoch  uint32 // the transaction in which the row was last read or written
	at     siteID // where the row is
	status status
}

// kin are the entities of a mapper, and of those below it, at one site, which their
// keys tell apart.
type kin struct {
	m  *mapper
	at siteID
}

func (st *state) kin() kin { return kinOf(st.m, st.at) }

func kinOf(m *mapper, at siteID) kin { return kin{m.root(), at} }

// sameMemory reports whether two entities are the same, byte by byte, but for
// their relationships and the attributes whose values are kept.
func (m *mapper) sameMemory(a, b mem.Pointer) bool {
	from := uintptr(0)
	for _, x := range m.layout.skipped {
		if x.from > from && !bytes.Equal(mem.Bytes(mem.Add(a, from), x.from-from), mem.Bytes(mem.Add(b, from), x.from-from)) {
			return false
		}
		from = max(from, x.to)
	}
	if from == m.entity.size {
		return true // nothing is behind the last
	}
	return bytes.Equal(mem.Bytes(mem.Add(a, from), m.entity.size-from), mem.Bytes(mem.Add(b, from), m.entity.size-from))
}

// dirty reports whether the entity differs from its snapshot.
func (st *state) dirty() (bool, error) {
	if !st.m.sameMemory(st.obj, st.snap) {
		for _, a := range st.m.attrs {
			if a.ref < 0 && !a.computed && !a.codec.Same(a.at(st.obj), a.at(st.snap)) {
				return true, nil
			}
		}
	}
	for _, a := range st.m.refs {
		if a.computed {
			continue
		}
		v, err := a.encode(st.obj)
		if err != nil {
			return true, st.m.valueError(st.obj, a, err)
		}
		if !v.Equal(st.kept(a)) || a.missing(st.obj) != a.missing(st.snap) {
			return true, nil
		}
	}
	return false, nil
}

// changed appends the attributes that differ from the snapshot.
func (st *state) changed(list []*attr) ([]*attr, error) {
	for _, a := range st.m.attrs {
		if a.computed {
			continue
		}
		if a.ref < 0 {
			if !a.codec.Same(a.at(st.obj), a.at(st.snap)) {
				if list == nil {
					list = make([]*attr, 0, min(len(st.m.attrs), 8))
				}
				list = append(list, a)
			}
			continue
		}
		v, err := a.encode(st.obj)
		if err != nil {
			return list, st.m.valueError(st.obj, a, err)
		}
		if !v.Equal(st.kept(a)) || a.missing(st.obj) != a.missing(st.snap) {
			list = append(list, a)
		}
	}
	return list, nil
}

// restore gives the entity the values of a snapshot.
func (st *state) restore(snap mem.Pointer) {
	st.m.copy(st.obj, snap)
	for i, a := range st.m.refs {
		if a.missing(snap) {
			continue
		}
		// The copy shares memory that may have been changed in place.
		row := valueRow{values: []sqltype.Value{*st.m.keptAt(snap, i)}}
		_ = a.codec.Decode(&row, 0, a.at(st.obj))
	}
	st.snap = snap
}

// identity computes the entity's key from its fields.
func (m *mapper) identity(p mem.Pointer) (ikey int64, skey string, err error) {
	if m.keyKind == keyInt {
		if a := m.key[0]; a.kind == sqltype.KindInt64 && a.joined == joinsNothing {
			return *(*int64)(a.at(p)), "", nil
		}
		v, err := m.key[0].codec.Value(m.key[0].at(p))
		if err != nil {
			return 0, "", m.valueError(p, m.key[0], err)
		}
		return v.Int64(), "", nil
	}
	var buf []byte
	for _, a := range m.key {
		v, err := a.encode(p)
		if err != nil {
			return 0, "", m.valueError(p, a, err)
		}
		buf = appendKeyValue(buf, v)
	}
	return 0, string(buf), nil
}

// identityOf computes the key from values in the order of the primary key.
func (m *mapper) identityOf(key []sqltype.Value) (ikey int64, skey string) {
	if m.keyKind == keyInt {
		return key[0].Int64(), ""
	}
	var buf []byte
	for _, v := range key {
		buf = appendKeyValue(buf, v)
	}
	return 0, string(buf)
}

// appendKeyValue writes a value so that different lists of values are written
// differently.
func appendKeyValue(buf []byte, v sqltype.Value) []byte {
	var data []byte
	switch v.Kind() {
	case sqltype.KindNull:
	case sqltype.KindText, sqltype.KindBytes, sqltype.KindDecimal, sqltype.KindUUID, sqltype.KindJSON:
		data = v.Bytes()
	case sqltype.KindDate, sqltype.KindDateTime, sqltype.KindInstant:
		sec, nsec := v.Unix()
		return appendInt(appendInt(appendInt(append(buf, byte(v.Kind())), 16), uint64(sec)), uint64(nsec))
	case sqltype.KindArray:
		for _, e := range v.Array() {
			data = appendKeyValue(data, e)
		}
	default:
		return appendInt(appendInt(append(buf, byte(v.Kind())), 8), v.Uint64())
	}
	buf = append(buf, byte(v.Kind()))
	buf = appendInt(buf, uint64(len(data)))
	return append(buf, data...)
}

func appendInt(buf []byte, n uint64) []byte {
	for i := 56; i >= 0; i -= 8 {
		buf = append(buf, byte(n>>i))
	}
	return buf
}
