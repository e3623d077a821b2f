package modernc

import (
	"context"
	"errors"
	"fmt"
	"math"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/alkahest-go/alkahest/sqlerr"
)

func isBusy(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code&0xff == lib.SQLITE_BUSY
}

// whyFull tells an exhausted AUTOINCREMENT from a full disk, which have the
// same code: the statement's program draws a new rowid for a table whose
// entry in sqlite_sequence is the highest there is
// (https://www.sqlite.org/autoinc.html).
func (s *stmt) whyFull(err error) error {
	for _, root := range s.autoincrementRoots() {
		if s.c.sequenceAtEnd(root) {
			return fmt.Errorf("%w: %w", sqlerr.ErrIDExhausted, err)
		}
	}
	return err
}

// autoincrementRoots returns the root pages of the tables of the main database
// that the statement writes, if it draws rowids that may not be used twice.
func (s *stmt) autoincrementRoots() (roots []int64) {
	draws := false
	s.c.each("EXPLAIN "+s.sql, func(h uintptr) {
		tls := s.c.tls
		p2 := lib.Xsqlite3_column_int64(tls, h, 3)
		p3 := lib.Xsqlite3_column_int64(tls, h, 4)
		switch libc.GoString(lib.Xsqlite3_column_text(tls, h, 1)) {
		case "NewRowid":
			draws = draws || p3 != 0
		case "OpenWrite":
			if p3 == 0 {
				roots = append(roots, p2)
			}
		}
	})
	if !draws {
		return nil
	}
	return roots
}

func (c *conn) sequenceAtEnd(root int64) (atEnd bool) {
	sql := fmt.Sprintf("SELECT q.seq FROM sqlite_schema s JOIN sqlite_sequence q ON q.name = s.name WHERE s.rootpage = %d AND s.type = 'table'", root)
	c.each(sql, func(h uintptr) {
		atEnd = atEnd || lib.Xsqlite3_column_int64(c.tls, h, 0) == math.MaxInt64
	})
	return atEnd
}

// each runs a small query on the way to an error; if that fails, there are
// just no rows.
func (c *conn) each(sql string, row func(handle uintptr)) {
	s, err := c.prepare(context.Background(), sql, 0)
	if err != nil {
		return
	}
	defer s.finalize()
	for lib.Xsqlite3_step(c.tls, s.handle) == lib.SQLITE_ROW {
		row(s.handle)
	}
}
