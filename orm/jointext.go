package orm

import (
	"bytes"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// joinedText is how long a text, or bytes, of a row may be that share memory with
// others: of the row, or, where the session keeps a snapshot, of at most mostText of
// those read before and after it. One that a program keeps keeps those others.
const joinedText = 128

// joining says what of an attribute shares memory with others.
type joining uint8

const (
	joinsNothing joining = iota
	joinsText
	joinsBytes
	joinsTextPointer
	joinsPointer // to a number or a moment
)

// shareTexts finds out what of the attribute may share memory.
func (m *mapper) shareTexts(a *attr) {
	kind, pointer, ok := a.codec.Plain()
	if !ok || a.ptr != nil || a.deferred || a.cell != nil {
		return
	}
	if kind == sqltype.KindDateTime || kind == sqltype.KindInstant {
		m.moments = append(m.moments, a)
	}
	switch a.kind = kind; {
	case pointer && kind != sqltype.KindText:
		a.joined = joinsPointer
		m.pointers = append(m.pointers, a)
		return
	case pointer:
		a.joined = joinsTextPointer
	case kind == sqltype.KindText:
		a.joined = joinsText
	case kind == sqltype.KindBytes:
		a.joined = joinsBytes
	default:
		return
	}
	m.texts = append(m.texts, a)
}

// texts is memory to read the texts of rows.
type texts struct {
	buf   []byte
	ends  []int // of each text in buf, -1 of one that is not there
	bytes int   // how much of buf are bytes
	apart bool  // one was too long to share memory

	first    [2 * joinedText]byte
	firstEnd [8]int
}

// begin forgets the row before.
func (t *texts) begin() {
	if t.ends == nil {
		t.buf, t.ends = t.first[:], t.firstEnd[:]
	}
	t.buf, t.ends, t.bytes, t.apart = t.buf[:0], t.ends[:0], 0, false
}

// add takes a text, or bytes, of the row, and reports whether it is short enough.
func (t *texts) add(b []byte) bool {
	if len(b) > joinedText {
		t.apart = true
		return false
	}
	t.buf = append(t.buf, b...)
	t.ends = append(t.ends, len(t.buf))
	return true
}

// decode reads a row, its short texts into one piece of memory.
func (l *loader) decode(row sqltype.Row, p mem.Pointer) error {
	m := l.m
	pack := m.layout.pack && l.track != untracked
	if l.s.opts.weak || !pack && len(m.texts) < 2 {
		return m.decode(row, l.at, l.columns, p)
	}
	t := &l.texts
	t.begin()
	for i, a := range m.attrs {
		column := l.columns[i]
		if column >= 0 && pack && a.joined == joinsPointer {
			continue // once there is room
		}
		if column >= 0 && (pack && a.joined != joinsNothing || a.joined == joinsText) && t.take(row, l.at+column, a) {
			continue
		}
		if err := m.decodeAttr(row, l.at, column, a, p); err != nil {
			return err
		}
		if a.joined != joinsNothing && a.joined != joinsPointer {
			t.ends = append(t.ends, -1)
		}
	}
	for i, a := range m.props {
		if err := m.decodeAttr(row, l.at, l.columns[len(m.attrs)+i], a, p); err != nil {
			return err
		}
	}
	if !pack {
		l.place(p, bytes.Clone(t.buf))
		return row.Err()
	}
	l.packs.open(m, len(t.buf)+t.bytes)
	l.place(p, l.packs.add(t.buf))
	for _, a := range m.pointers {
		if column := l.columns[a.index]; column >= 0 {
			l.packs.point(a.at(p), row, l.at+column, a.kind)
		}
	}
	return row.Err()
}

// take takes what the attribute has in a column of the row, and reports whether it
// may share memory.
func (t *texts) take(row sqltype.Row, column int, a *attr) bool {
	switch {
	case row.IsNull(column):
		return false
	case a.joined != joinsBytes:
		return t.add(row.Text(column))
	}
	b := row.Bytes(column)
	if !t.add(b) {
		return false
	}
	t.bytes += len(b)
	return true
}

// place gives the fields their parts of what was taken.
func (l *loader) place(p mem.Pointer, all []byte) {
	from := 0
	for i, a := range l.m.texts {
		end := l.texts.ends[i]
		if end < 0 {
			continue
		}
		part := all[from:end:end]
		from = end
		switch a.joined {
		case joinsText:
			*(*string)(a.at(p)) = mem.View(part)
		case joinsTextPointer:
			box := l.packs.boxes.texts.next()
			*box = mem.View(part)
			*(**string)(a.at(p)) = box
		case joinsBytes:
			if len(part) == 0 {
				part = []byte{} // nil is NULL
			}
			*(*[]byte)(a.at(p)) = part
		}
	}
}
