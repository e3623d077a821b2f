package orm

import (
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// joinedText is how long a text of a row may be that shares memory with the others
// of the row. One that a program keeps keeps those others, and no more.
const joinedText = 128

// joinsText reports whether a text of the attribute may share memory.
func (a *attr) joinsText() bool {
	return a.ptr == nil && !a.deferred && a.cell == nil && a.codec.PlainText()
}

// texts is memory to read the texts of rows.
type texts struct {
	buf  []byte
	ends []int // of each text in buf, -1 of one that has memory of its own

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
	if len(m.texts) < 2 || l.s.opts.weak {
		return m.decode(row, l.at, l.columns, p)
	}
	t := &l.texts
	t.begin()
	for i, a := range m.attrs {
		column := l.columns[i]
		if !a.joined || column < 0 || row.IsNull(l.at+column) {
			if err := m.decodeAttr(row, l.at, column, a, p); err != nil {
				return err
			}
			if a.joined {
				t.ends = append(t.ends, -1)
			}
			continue
		}
		text := row.Text(l.at + column)
		if len(text) > joinedText {
			*(*string)(a.at(p)) = string(text)
			t.ends = append(t.ends, -1)
			continue
		}
		t.buf = append(t.buf, text...)
		t.ends = append(t.ends, len(t.buf))
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
