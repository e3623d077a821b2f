package pgx

import (
	"context"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alkahest-go/alkahest/driver"
)

// rows are the rows of one execution, read as they arrive.
type rows struct {
	conn      *conn
	ctx       context.Context // of the execution, to tell a cancel from a failure
	reader    *pgconn.ResultReader
	columns   []column
	values    [][]byte // of the current row; they belong to the reader
	result    driver.Result
	err       error
	misfitErr error
}

func (r *rows) begin(ctx context.Context, s *stmt, rr *pgconn.ResultReader) {
	*r = rows{
		conn: s.conn, ctx: ctx, reader: rr,
		columns: s.columnsFor(rr.FieldDescriptions()),
		result:  driver.Result{RowsAffected: -1},
	}
}

// Columns implements driver.Rows.
func (r *rows) Columns() []driver.Column {
	if len(r.columns) == 0 {
		return nil
	}
	out := make([]driver.Column, len(r.columns))
	for i := range r.columns {
		out[i] = driver.Column{Name: r.columns[i].name, Type: r.columns[i].typeName()}
	}
	return out
}

// Next implements driver.Rows.
func (r *rows) Next() bool {
	if r.reader == nil {
		return false
	}
	if r.reader.NextRow() {
		r.values = r.reader.Values()
		return true
	}
	r.finish()
	return false
}

// finish reads what is left and lets go of the reader, which the connection
// uses again for its next execution.
func (r *rows) finish() {
	if r.reader == nil {
		return
	}
	tag, err := r.reader.Close()
	r.reader, r.values = nil, nil
	r.result = result(tag)
	r.err = r.conn.failure(r.ctx, err)
}

// Close implements driver.Rows.
func (r *rows) Close() error {
	r.finish()
	return r.Err()
}

// Err implements driver.Rows and sqltype.Row.
func (r *rows) Err() error {
	if r.err != nil {
		return r.err
	}
	return r.misfitErr
}

// Result implements driver.Rows.
func (r *rows) Result() driver.Result { return r.result }
