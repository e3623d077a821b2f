package engine

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/sqltype"
)

// NestedRows are the rows of an expr.Nested, read one by one. They are valid as
// long as the row that they are a value of.
type NestedRows struct {
	columns *compile.NestedColumns
	name    string
	scan    nestedScan
	cells   nestedCells
	row     sqltype.Row
	convert *converted
	count   int // how many there have to be; -1 where that is not told
	read    int
	err     error
}

var errCutOff = errors.New("the database has cut its text off: raise the limit of the database (group_concat_max_len, max_allowed_packet), or read these rows by a statement of their own")

// Nested returns the rows of column i, which must be an expr.Nested, of the
// current row.
func (r *Result) Nested(i int) *NestedRows {
	return nestedIn(r.rows, i, r.compiled.Columns)
}

// Nested returns the rows of column i, which must be an expr.Nested, of the
// current row.
func (n *NestedRows) Nested(i int) *NestedRows {
	return nestedIn(n.row, i, n.columns.Columns)
}

func nestedIn(row sqltype.Row, i int, columns []compile.ResultColumn) *NestedRows {
	if i >= len(columns) || columns[i].Nested == nil {
		return &NestedRows{err: fmt.Errorf("engine: column %d of the result has no rows of its own", i+1)}
	}
	n := &NestedRows{columns: columns[i].Nested, count: -1, name: columns[i].Name}
	n.cells = nestedCells{of: n.columns, values: make([]nestedCell, len(n.columns.Columns))}
	n.row = &n.cells
	if n.columns.Stored != nil {
		c := newConverted(&n.cells, n.columns.Stored)
		n.convert, n.row = &c, &c
	}
	if row.IsNull(i) {
		n.err = errCutOff
		return n
	}
	n.scan = nestedScan{text: row.Text(i)}
	if n.err = row.Err(); n.err == nil {
		n.begin()
	}
	return n
}

// begin goes to the first row, past the count if there is one.
func (n *NestedRows) begin() {
	s := &n.scan
	if !s.open() {
		n.err = errCutOff
		return
	}
	if s.peek() == '[' || s.peek() == ']' {
		return
	}
	number, ok := s.value()
	if ok {
		n.count, ok = number.whole()
	}
	if !ok || !s.comma() {
		n.err = errCutOff
		return
	}
	rows, ok := s.value()
	if !ok || !s.shut() || !s.done() {
		n.err = errCutOff
		return
	}
	n.scan = nestedScan{text: rows.text()}
	if rows.null() {
		n.scan.text = []byte("[]")
	}
	if !n.scan.open() {
		n.err = errCutOff
	}
}

// Next goes to the next row. After the last one, or an error, it returns false.
func (n *NestedRows) Next() bool {
	s := &n.scan
	switch {
	case n.err != nil:
		return false
	case s.peek() == ']':
		if s.at++; !s.done() || n.count >= 0 && n.read != n.count {
			n.err = errCutOff
		}
		return false
	case n.read > 0 && !s.comma() || !n.take():
		n.err = errCutOff
		return false
	}
	n.read++
	if n.convert != nil {
		clear(n.convert.values)
	}
	return true
}

// take reads the values of a row, which may be in several arrays.
func (n *NestedRows) take() bool {
	s, wide := &n.scan, len(n.cells.values) > compile.NestedWidth
	if wide && !s.open() {
		return false
	}
	for from := 0; from < len(n.cells.values); from += compile.NestedWidth {
		part := n.cells.values[from:min(from+compile.NestedWidth, len(n.cells.values))]
		if from > 0 && !s.comma() || !s.array(part) {
			return false
		}
	}
	return !wide || s.shut()
}

// Row returns the current row. It is valid until Next.
func (n *NestedRows) Row() sqltype.Row { return n.row }

// Err returns the error that ended the rows, if any.
func (n *NestedRows) Err() error {
	if n.err != nil {
		return fmt.Errorf("engine: rows within a row: %w", n.err)
	}
	return nil
}
