package orm

import (
	"reflect"
	"time"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// mostText is how much memory texts of several rows share at most: one that a program
// keeps keeps those others. firstText is how much it is at first.
const (
	firstText = 128
	mostText  = 1024
)

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

// begin makes room for the snapshot of a row of the mapper, and for what its fields
// point to.
func (k *packs) begin(m *mapper) {
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

// add copies a text or bytes to the memory of texts.
func (k *packs) add(b []byte) []byte {
	if cap(k.text)-len(k.text) < len(b) {
		k.text = make([]byte, 0, max(len(b), firstText, min(2*cap(k.text), mostText)))
		k.keep(mem.Pointer(mem.First(k.text)))
	}
	from := len(k.text)
	k.text = append(k.text, b...)
	return k.text[from:len(k.text):len(k.text)]
}

// decodePacked is mapper.decode, with texts and what fields point to in memory of many rows.
func (l *loader) decodePacked(row sqltype.Row, p mem.Pointer) error {
	l.packs.begin(l.m)
	l.texts.apart = false
	for i, a := range l.m.attrs {
		column := l.columns[i] + l.at
		if l.columns[i] < 0 || a.kind == sqltype.KindNull || row.IsNull(column) || !l.readPlain(row, column, a, a.at(p)) {
			if err := l.m.decodeAttr(row, l.at, l.columns[i], a, p); err != nil {
				return err
			}
		}
	}
	return row.Err()
}

// readPlain reads what is not NULL into a field, and reports whether it did: a text may
// be too long to share memory.
func (l *loader) readPlain(row sqltype.Row, column int, a *attr, field mem.Pointer) bool {
	switch a.joined {
	case joinsNothing:
		readNumber(row, column, a.kind, field)
	case joinsPointer:
		*(*mem.Pointer)(field) = l.packs.box(row, column, a.kind)
	case joinsBytes:
		b := row.Bytes(column)
		if len(b) > joinedText {
			l.texts.apart = true
			return false
		}
		if len(b) == 0 {
			b = []byte{} // nil is NULL
		} else {
			b = l.packs.add(b)
		}
		*(*[]byte)(field) = b
	default:
		b := row.Text(column)
		if len(b) > joinedText {
			l.texts.apart = true
			return false
		}
		text := mem.View(l.packs.add(b))
		if a.joined == joinsText {
			*(*string)(field) = text
			break
		}
		box := l.packs.boxes.texts.next()
		*box, *(**string)(field) = text, box
	}
	return true
}

// readNumber reads a number or a moment.
func readNumber(row sqltype.Row, column int, kind sqltype.Kind, to mem.Pointer) {
	switch kind {
	case sqltype.KindInt64:
		*(*int64)(to) = row.Int64(column)
	case sqltype.KindFloat64:
		*(*float64)(to) = row.Float64(column)
	case sqltype.KindBool:
		*(*bool)(to) = row.Bool(column)
	case sqltype.KindDateTime:
		*(*time.Time)(to) = row.DateTime(column)
	case sqltype.KindInstant:
		*(*time.Time)(to) = row.Instant(column)
	}
}

// box reads a number or a moment into memory of its own.
func (k *packs) box(row sqltype.Row, column int, kind sqltype.Kind) (to mem.Pointer) {
	if kind == sqltype.KindDateTime || kind == sqltype.KindInstant {
		to = mem.Pointer(k.boxes.moments.next())
	} else {
		to = mem.Pointer(k.boxes.numbers.next())
	}
	readNumber(row, column, kind, to)
	return to
}

// take is snapshots.take for an entity that was read just now, whose texts and bytes
// are in the memory of texts. It is nil where a field is of other memory.
func (k *packs) take(m *mapper, p mem.Pointer) (snap mem.Pointer, err error) {
	snap, size := k.next, m.layout.stride
	for _, a := range m.moments {
		if t := a.moment(p); t != nil && t.Location() != time.UTC {
			return nil, nil
		}
	}
	mem.Copy(snap, p, m.entity.size)
	for i, a := range m.refs {
		v, err := a.encode(p)
		if err != nil {
			return nil, m.valueError(p, a, err)
		}
		if v.Kind() == sqltype.KindBytes {
			v = sqltype.BytesValue(k.add(v.Bytes()))
		}
		mem.Copy(mem.Pointer(m.keptAt(snap, i)), mem.Pointer(&v), mem.SizeOf[sqltype.Value]())
	}
	if k.full { // the row's last texts are kept by nobody
		return nil, nil
	}
	if k.left -= size; k.left >= size {
		k.next = mem.Add(snap, size)
	} else {
		k.next, k.left = nil, 0 // behind the last is not ours
	}
	return snap, nil
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
