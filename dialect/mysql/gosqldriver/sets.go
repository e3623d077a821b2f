package gosqldriver

import (
	"errors"
	"io"
)

// WantSets implements driver.SetRows.
func (r *rows) WantSets() { r.sets = true }

// NextSet implements driver.SetRows. A procedure ends with a result that has no
// columns, which is passed over.
func (r *rows) NextSet() bool {
	if r.src == nil || r.c.open != r {
		return false
	}
	for {
		err := r.src.NextResultSet()
		if err != nil {
			r.whole = errors.Is(err, io.EOF)
			if r.whole {
				err = nil
			}
			r.finish(err)
			return false
		}
		if r.names = r.src.Columns(); len(r.names) > 0 {
			r.cols, r.count, r.whole = nil, 0, false
			r.describe()
			return true
		}
	}
}
