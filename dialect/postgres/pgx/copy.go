package pgx

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

var _ driver.Copier = (*conn)(nil)

// Copy implements driver.Copier, in the binary format. The columns are
// described anew each time: binary values that are sent for a column whose type
// has changed are refused at best.
func (c *conn) Copy(ctx context.Context, x driver.Copy) (driver.Result, error) {
	none := driver.Result{RowsAffected: -1}
	if err := c.ready(ctx); err != nil {
		return none, err
	}
	desc, err := c.describe(ctx, "", x.Query, nil)
	if err != nil {
		return none, c.failure(ctx, err)
	}
	if len(desc.Fields) != len(x.Types) {
		return none, driver.ErrNoCopy
	}
	src := &copySource{rows: x, types: make([]*pgType, len(x.Types))}
	for i := range desc.Fields {
		t := typesByOID[desc.Fields[i].DataTypeOID]
		if t == nil || t.encode == nil || !sameForm(elementOID(x.Types[i]), t.oid) {
			return none, driver.ErrNoCopy
		}
		src.types[i] = t
	}
	tag, err := c.pg.CopyFrom(ctx, src, x.SQL)
	if refused := src.stop(); refused != nil && !c.pg.IsClosed() {
		return none, refused
	}
	if err != nil {
		return none, c.failure(ctx, err)
	}
	return result(tag), nil
}

// sameForm reports whether values of the one type may be sent for a column of
// the other.
func sameForm(value, column uint32) bool { return value == column || isText(value) && isText(column) }

func isText(oid uint32) bool {
	return oid == pgtype.TextOID || oid == pgtype.VarcharOID || oid == pgtype.BPCharOID
}

// copyHeader begins the binary format: a signature, no flags, no extension
// (https://www.postgresql.org/docs/current/sql-copy.html).
const copyHeader = "PGCOPY\n\xff\r\n\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00"

// copyChunk is how many bytes are encoded at a time.
const copyChunk = 48 << 10

var errRowRefused = errors.New("a row can't be sent")

// copySource is the data of a COPY. pgconn reads it on a goroutine of its own,
// which, after the connection has died, may outlive CopyFrom.
type copySource struct {
	mu      sync.Mutex
	rows    driver.Copy
	types   []*pgType
	next    int // row
	started bool
	ended   bool
	err     error
	values  []sqltype.Value
	buf     []byte
	read    int // of buf
}

// stop ends the reading and returns why a row could not be sent, if so.
func (s *copySource) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended, s.buf, s.read = true, nil, 0
	return s.err
}

// Read implements io.Reader.
func (s *copySource) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read == len(s.buf) {
		if s.ended {
			return 0, io.EOF
		}
		if s.err = s.fill(); s.err != nil {
			return 0, errRowRefused
		}
	}
	n := copy(p, s.buf[s.read:])
	s.read += n
	return n, nil
}

func (s *copySource) fill() error {
	s.buf, s.read = s.buf[:0], 0
	if !s.started {
		s.started = true
		s.buf = append(s.buf, copyHeader...)
	}
	for ; s.next < s.rows.N && len(s.buf) < copyChunk; s.next++ {
		if err := s.row(); err != nil {
			return err
		}
	}
	if s.next == s.rows.N {
		s.ended = true
		s.buf = append(s.buf, 0xff, 0xff)
	}
	return nil
}

func (s *copySource) row() (err error) {
	if s.values, err = s.rows.Row(s.next, s.values[:0]); err != nil {
		return err
	}
	if len(s.values) != len(s.types) {
		return fmt.Errorf("pgx: row %d has %d values for %d columns", s.next, len(s.values), len(s.types))
	}
	s.buf = binary.BigEndian.AppendUint16(s.buf, uint16(len(s.values)))
	for i, v := range s.values {
		at := len(s.buf)
		s.buf = binary.BigEndian.AppendUint32(s.buf, ^uint32(0)) // -1 is NULL
		if v.IsNull() {
			continue
		}
		if s.buf, err = s.types[i].encode(s.buf, v); err != nil {
			return &sqlerr.ValueError{Type: s.types[i].name, Reason: fmt.Sprintf("column %d of row %d %v", i+1, s.next, err)}
		}
		size := len(s.buf) - at - 4
		if size > maxMessage {
			return &sqlerr.ValueError{Type: s.types[i].name, Reason: "larger than the 1 GiB that the server takes"}
		}
		binary.BigEndian.PutUint32(s.buf[at:], uint32(size))
	}
	return nil
}
