package orm

import (
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
	case pointer && kind == sqltype.KindText:
		a.joined = joinsTextPointer
	case pointer:
		a.joined = joinsPointer
	case kind == sqltype.KindText:
		a.joined = joinsText
		m.texts = append(m.texts, a)
	case kind == sqltype.KindBytes:
		a.joined = joinsBytes
	}
}

// texts is memory to read the texts of rows.
type texts struct {
	buf   []byte
	ends  []int // of each text in buf, -1 of one that is not there
	apart bool  // one was too long to share memory

	first    [2 * joinedText]byte
	firstEnd [8]int
}

// begin forgets the row before.
func (t *texts) begin() {
	if t.ends == nil {
		t.buf, t.ends = t.first[:], t.firstEnd[:]
	}
	t.buf, t.ends = t.buf[:0], t.ends[:0]
}

// decode reads a row, its short texts into one piece of memory.
func (l *loader) decode(row sqltype.Row, p mem.Pointer) error {
	m := l.m
	switch {
	case l.s.opts.weak:
		return m.decode(row, l.at, l.columns, p)
	case m.layout.pack && l.track != untracked && m.keyKind != keyNone:
		return l.decodePacked(row, p)
	case len(m.texts) < 2:
		return m.decode(row, l.at, l.columns, p)
	}
	t := &l.texts
	t.begin()
	for i, a := range m.attrs {
		column := l.columns[i]
		if a.joined == joinsText && column >= 0 && !row.IsNull(l.at+column) {
			if text := row.Text(l.at + column); len(text) <= joinedText {
				t.buf = append(t.buf, text...)
				t.ends = append(t.ends, len(t.buf))
				continue
			}
		}
		if err := m.decodeAttr(row, l.at, column, a, p); err != nil {
			return err
		}
		if a.joined == joinsText {
			t.ends = append(t.ends, -1)
		}
	}
	for i, a := range m.props {
		if err := m.decodeAttr(row, l.at, l.columns[len(m.attrs)+i], a, p); err != nil {
			return err
		}
	}
	all, from := string(t.buf), 0
	for i, a := range m.texts {
		if end := t.ends[i]; end >= 0 {
			*(*string)(a.at(p)) = all[from:end]
			from = end
		}
	}
	return row.Err()
}
