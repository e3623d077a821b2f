package pgx

import (
	"context"
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alkahest-go/alkahest/driver"
)

// rows are the rows of one execution, read as they arrive.
type rows struct {
	conn    *conn
	ctx     context.Context // of the execution, to tell a cancel from a failure
	reader  *pgconn.ResultReader
	columns []column
	values  [][]byte // of the current row; they belong to the reader
	// body and cells are the current row where it was taken from the stream, whose
	// memory it is in; body is nil where it was not.
	body  []byte
	cells []cell
	// stream is where rows after the first are taken from, once the Go driver has
	// read up to the first; nil is that it reads all.
	stream    *stream
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
	if r.stream != nil && r.take() {
		return true
	}
	if r.reader.NextRow() {
		r.values, r.body = r.reader.Values(), nil
		if s := r.conn.session.stream; r.stream == nil && s != nil && r.conn.pg.Frontend().ReadBufferLen() == 0 {
			r.stream = s
			r.cells = r.conn.cellsOf(len(r.columns))
		}
		return true
	}
	r.finish()
	return false
}

// take goes to the next row without the Go driver, which would make a slice of
// each value. What is no row, or none that can be read, is left to it.
func (r *rows) take() bool {
	body := r.stream.row()
	if body == nil || !split(body, r.cells) {
		return false
	}
	r.stream.skip(body)
	r.body = body
	return true
}

// cell is where in a row's message a value is.
type cell struct{ at, size int32 } // a size below 0 is NULL

// split finds the values of a row, and reports whether the message has as many
// and nothing else.
func split(body []byte, cells []cell) bool {
	if len(body) < 2 || int(binary.BigEndian.Uint16(body)) != len(cells) {
		return false
	}
	at := 2
	for i := range cells {
		if len(body)-at < 4 {
			return false
		}
		n := int32(binary.BigEndian.Uint32(body[at:]))
		at += 4
		cells[i] = cell{int32(at), n}
		if n > 0 {
			if int(n) > len(body)-at {
				return false
			}
			at += int(n)
		} else if n < -1 {
			return false
		}
	}
	return at == len(body)
}

// value returns a value of the current row; nil is NULL.
func (r *rows) value(i int) []byte {
	if r.body == nil {
		return r.values[i]
	}
	c := r.cells[i]
	if c.size < 0 {
		return nil
	}
	return r.body[c.at : c.at+c.size]
}

// finish reads what is left and lets go of the reader, which the connection
// uses again for its next execution.
func (r *rows) finish() {
	if r.reader == nil {
		return
	}
	tag, err := r.reader.Close()
	r.reader, r.values, r.body, r.stream = nil, nil, nil, nil
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
