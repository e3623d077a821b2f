package orm

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// snapshotLayout is what the snapshot of an entity is: a copy of the struct, and
// behind it the values of the attributes whose fields refer to memory that may be
// changed in place.
type snapshotLayout struct {
	memory memoryKind
	keptAt uintptr // where the values begin
	// skipped are the parts of the struct that are not compared byte by byte, in
	// order: what holds other entities, and the fields whose values are kept.
	skipped []span
	pack    bool    // see packs
	stride  uintptr // from one to the next in a block
	// boxes are to how many variables the fields of an entity point.
	boxes struct {
		any                     bool
		texts, numbers, moments int
	}
}

// span is a part of a struct.
type span struct{ from, to uintptr }

func (m *mapper) newSnapshotLayout() snapshotLayout {
	l := snapshotLayout{memory: m.entity}
	for _, f := range m.related {
		l.skipped = append(l.skipped, span{f.offset, f.offset + f.typ.Size()})
	}
	for _, a := range m.refs {
		l.skipped = append(l.skipped, span{a.offset, a.offset + a.codec.Go.Size()})
	}
	slices.SortFunc(l.skipped, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	if n := len(m.refs); n > 0 {
		typ := reflect.StructOf([]reflect.StructField{
			{Name: "Entity", Type: m.goType},
			{Name: "Kept", Type: reflect.ArrayOf(n, reflect.TypeFor[sqltype.Value]())},
		})
		list := reflect.SliceOf(typ)
		l.keptAt = typ.Field(1).Offset
		l.memory = memoryKind{size: typ.Size(), make: func(n int) mem.Pointer {
			if n == 1 {
				return reflect.New(typ).UnsafePointer()
			}
			return reflect.MakeSlice(list, n, n).UnsafePointer()
		}}
	}
	for _, a := range m.refs {
		switch {
		case a.joined == joinsTextPointer:
			l.boxes.texts++
		case a.joined == joinsPointer && (a.kind == sqltype.KindDateTime || a.kind == sqltype.KindInstant):
			l.boxes.moments++
		case a.joined == joinsPointer:
			l.boxes.numbers++
		}
	}
	l.boxes.any = l.boxes.texts+l.boxes.numbers+l.boxes.moments > 0
	l.stride = (l.memory.size + mem.WordSize - 1) &^ (mem.WordSize - 1)
	l.pack = l.stride <= mem.LargestBlock/2 && m.packable()
	return l
}

// keptAt returns the value that a snapshot has of the attribute m.refs[i].
func (m *mapper) keptAt(snap mem.Pointer, i int) *sqltype.Value {
	return (*sqltype.Value)(mem.Add(snap, m.layout.keptAt+uintptr(i)*mem.SizeOf[sqltype.Value]()))
}

// kept returns the value that the snapshot has of an attribute of which it keeps it.
func (st *state) kept(a *attr) sqltype.Value {
	if st.snap == st.obj { // which stands for its row
		v, _ := a.encode(st.obj)
		return v
	}
	return *st.m.keptAt(st.snap, a.ref)
}

// copySnapshot makes dst, of Go's memory, the snapshot that src is.
func (m *mapper) copySnapshot(dst, src mem.Pointer) {
	m.copy(dst, src)
	for i := range m.refs {
		*m.keptAt(dst, i) = *m.keptAt(src, i)
	}
}

// snapshots makes the copies that entities of one mapper are compared with. It
// allocates for many entities at once: a copy that is kept keeps its
// neighbours, as entities that are read together are kept together.
type snapshots struct {
	m     *mapper
	next  slab
	bytes []byte
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
	*sn = snapshots{m: m, next: m.layout.memory.slab(n, n)}
}

// snapshotsOfRows returns those of as many entities as there are rows, which
// nobody knows; the first memory is for so many.
func (m *mapper) snapshotsOfRows(first int) snapshots {
	return snapshots{m: m, next: m.layout.memory.slab(first, slabSize)}
}

// take makes the entity as it is now the one to compare with. The old snapshot
// stays as it was: an undo may hold it.
func (sn *snapshots) take(st *state) error {
	if st.m != sn.m {
		return sn.of(st.m).take(st)
	}
	snap := sn.next.next()
	sn.m.copy(snap, st.obj)
	for i, a := range sn.m.refs {
		v, err := a.encode(st.obj)
		if err != nil {
			return sn.m.valueError(st.obj, a, err)
		}
		*sn.m.keptAt(snap, i) = sn.keep(v)
	}
	st.snap = snap
	return nil
}

// of returns those of another type, whose entities have rows of the same table.
func (sn *snapshots) of(m *mapper) *snapshots {
	if sn.other[m] == nil {
		if sn.other == nil {
			sn.other = map[*mapper]*snapshots{}
		}
		sn.other[m] = &snapshots{m: m, next: m.layout.memory.slab(min(firstSlab, sn.next.most), sn.next.most)}
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
		if b := v.Bytes(); len(b) <= bytesSlab/16 && sn.next.most > 1 {
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
