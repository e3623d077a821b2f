package orm

import (
	"reflect"
	"time"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// mostText is how much memory texts of several rows share at most: one that a program
// keeps keeps those others.
const mostText = 1024

// packs is memory for the snapshots of rows that a query reads, and for what their
// fields lead to where that is small. A snapshot is within a block, which keeps the
// rest: the garbage collector finds one pointer for many rows, where it would follow
// each of each row, of entity and snapshot.
type packs struct {
	block *mem.Block
	next  mem.Pointer // where the next snapshot goes
	left  uintptr     // what the block has room for
	size  uintptr     // of the next block
	full  bool        // the block does not keep all of the following
	text  []byte
	boxes struct {
		texts   boxes[string]
		numbers boxes[int64] // float64 and bool too
		moments boxes[time.Time]
	}
}

// boxes are variables to which fields point.
type boxes[T any] struct {
	all  []T
	used int
}

// next returns one, where reserve has seen to it.
func (b *boxes[T]) next() *T {
	b.used++
	return &b.all[b.used-1]
}

// reserve makes room for n, which the block is to keep.
func (b *boxes[T]) reserve(k *packs, n int) {
	if len(b.all)-b.used < n {
		b.all, b.used = make([]T, max(n, min(2*len(b.all), slabSize/2))), 0
		k.keep(mem.Pointer(mem.First(b.all)))
	}
}

// packable reports whether snapshots may be in blocks: it is known of each field where
// its pointers lead.
func (m *mapper) packable() bool {
	if len(m.props) > 0 {
		return false
	}
	for _, p := range m.parts {
		if p.pointer {
			return false
		}
	}
	for _, a := range m.attrs {
		_, _, plain := a.codec.Plain()
		if a.deferred || a.ptr != nil || a.cell != nil || !plain && (a.codec.Reference || !pointerFree(a.codec.Go)) {
			return false
		}
	}
	return true
}

// pointerFree reports whether variables of the type have no pointers.
func pointerFree(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	case reflect.Array:
		return pointerFree(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !pointerFree(t.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return false
}

// open makes room for the snapshot of a row of the mapper, for what its fields point
// to, and for so much text.
func (k *packs) open(m *mapper, text int) {
	if cap(k.text)-len(k.text) < text {
		k.text = make([]byte, 0, max(text, min(2*cap(k.text), mostText)))
		k.keep(mem.Pointer(mem.First(k.text)))
	}
	if of := &m.layout.boxes; of.any {
		k.boxes.texts.reserve(k, of.texts)
		k.boxes.numbers.reserve(k, of.numbers)
		k.boxes.moments.reserve(k, of.moments)
	}
	if k.left < m.layout.stride || k.full {
		k.block, k.next, k.left = mem.NewBlock(max(m.layout.stride, min(k.size, mem.LargestBlock)))
		k.size, k.full = 4*k.left, false
		k.keep(mem.Pointer(mem.First(k.text)))
		k.keep(mem.Pointer(mem.First(k.boxes.texts.all)))
		k.keep(mem.Pointer(mem.First(k.boxes.numbers.all)))
		k.keep(mem.Pointer(mem.First(k.boxes.moments.all)))
	}
}

// keep has the block keep memory, or finds that another block has to.
func (k *packs) keep(p mem.Pointer) {
	if p != nil && k.block != nil && !k.block.Keep(p) {
		k.full = true
	}
}

// add copies a text or bytes to the memory of texts, which has room for it.
func (k *packs) add(b []byte) []byte {
	from := len(k.text)
	k.text = append(k.text, b...)
	return k.text[from:len(k.text):len(k.text)]
}

// point has a field point to the value in a column of a row, where it is not NULL.
func (k *packs) point(field mem.Pointer, row sqltype.Row, column int, kind sqltype.Kind) {
	var to mem.Pointer
	switch {
	case row.IsNull(column):
	case kind == sqltype.KindInt64:
		n := k.boxes.numbers.next()
		*n, to = row.Int64(column), mem.Pointer(n)
	case kind == sqltype.KindFloat64:
		to = mem.Pointer(k.boxes.numbers.next())
		*(*float64)(to) = row.Float64(column)
	case kind == sqltype.KindBool:
		to = mem.Pointer(k.boxes.numbers.next())
		*(*bool)(to) = row.Bool(column)
	case kind == sqltype.KindDateTime:
		t := k.boxes.moments.next()
		*t, to = row.DateTime(column), mem.Pointer(t)
	case kind == sqltype.KindInstant:
		t := k.boxes.moments.next()
		*t, to = row.Instant(column), mem.Pointer(t)
	}
	*(*mem.Pointer)(field) = to
}

// take is snapshots.take for an entity that was read just now, whose texts and bytes
// are in the memory of texts. It is false where a field is of other memory.
func (k *packs) take(st *state) (ok bool, err error) {
	m, snap, size := st.m, k.next, st.m.layout.stride
	for _, a := range m.moments {
		if t := a.moment(st.obj); t != nil && t.Location() != time.UTC {
			return false, nil
		}
	}
	mem.Copy(snap, st.obj, m.entity.size)
	for i, a := range m.refs {
		v, err := a.encode(st.obj)
		if err != nil {
			return false, m.valueError(st.obj, a, err)
		}
		if v.Kind() == sqltype.KindBytes {
			v = sqltype.BytesValue(k.add(v.Bytes()))
		}
		mem.Copy(mem.Pointer(m.keptAt(snap, i)), mem.Pointer(&v), mem.SizeOf[sqltype.Value]())
	}
	st.snap = snap
	if k.left -= size; k.left >= size {
		k.next = mem.Add(snap, size)
	} else {
		k.next, k.left = nil, 0 // behind the last is not ours
	}
	return true, nil
}

// unpack gives a state a snapshot of Go's memory, which may be given pointers.
func (st *state) unpack() {
	if !st.m.layout.pack {
		return
	}
	snap := st.m.layout.memory.make(1)
	st.m.copySnapshot(snap, st.snap)
	st.snap = snap
}

// moment returns the time of an attribute of m.moments; nil for NULL.
func (a *attr) moment(p mem.Pointer) *time.Time {
	if a.joined == joinsPointer {
		return *(**time.Time)(a.at(p))
	}
	return (*time.Time)(a.at(p))
}
