package pgx

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/jackc/pgx/v5/pgproto3"
)

// told writes a message down, which is used again for the next one.
func told(msg pgproto3.BackendMessage) string {
	if row, ok := msg.(*pgproto3.DataRow); ok {
		return fmt.Sprintf("row %q %v", row.Values, nulls(row.Values))
	}
	return fmt.Sprintf("%T %+v", msg, msg)
}

func nulls(values [][]byte) (list []bool) {
	for _, v := range values {
		list = append(list, v == nil)
	}
	return list
}

const longest = 200 << 10

// alone is what the Go driver makes of an answer without a stream.
func alone(answer []byte) (list []string) {
	f := pgproto3.NewFrontend(bytes.NewReader(answer), io.Discard)
	f.SetMaxBodyLen(longest)
	for {
		msg, err := f.Receive()
		if err != nil {
			return append(list, err.Error())
		}
		list = append(list, told(msg))
	}
}

// together is what the Go driver and a stream, from which rows are taken, make of
// it.
func together(r io.Reader) (list []string) {
	s := newStream(r, longest)
	f := pgproto3.NewFrontend(s, io.Discard)
	f.SetMaxBodyLen(longest)
	for {
		if f.ReadBufferLen() == 0 {
			if body := s.row(); len(body) >= 2 {
				of := &rows{body: body, cells: make([]cell, binary.BigEndian.Uint16(body))}
				if split(body, of.cells) {
					var values [][]byte
					for i := range of.cells {
						values = append(values, of.value(i))
					}
					list = append(list, told(&pgproto3.DataRow{Values: values}))
					s.skip(body)
					continue
				}
			}
		}
		msg, err := f.Receive()
		if err != nil {
			return append(list, err.Error())
		}
		list = append(list, told(msg))
	}
}

func wireOf(tb testing.TB, messages ...pgproto3.BackendMessage) (wire []byte) {
	tb.Helper()
	for _, m := range messages {
		var err error
		if wire, err = m.Encode(wire); err != nil {
			tb.Fatal(err)
		}
	}
	return wire
}

// Whatever a server sends, and in whatever pieces it comes, rows that are taken
// from the stream are those that the Go driver reads, and all else is read by it.
func FuzzStream(f *testing.F) {
	row := &pgproto3.DataRow{Values: [][]byte{[]byte("a"), nil, {}, bytes.Repeat([]byte("x"), 300)}}
	large := &pgproto3.DataRow{Values: [][]byte{bytes.Repeat([]byte("y"), 70_000), nil}}
	f.Add(wireOf(f, &pgproto3.BindComplete{}, row, row, &pgproto3.NoticeResponse{Message: "n"}, row, large, row,
		&pgproto3.CommandComplete{CommandTag: []byte("SELECT 5")}, &pgproto3.ReadyForQuery{TxStatus: 'I'},
		&pgproto3.NotificationResponse{Channel: "c"}, &pgproto3.ParameterStatus{Name: "a", Value: "b"}, row), uint16(9000))
	f.Add([]byte("D\x00\x00\x00\x03"), uint16(1))
	f.Add([]byte("D\x00\x00\x00\x0a\x00\x01\xff\xff\xff\xfeD\x7f\xff\xff\xff"), uint16(3))
	f.Add([]byte("D\x00\x00\x00\x0b\x00\x01\x00\x00\x00\x02x"), uint16(2))
	f.Fuzz(func(t *testing.T, answer []byte, piece uint16) {
		want := alone(answer)
		for name, r := range map[string]io.Reader{
			"at once":     bytes.NewReader(answer),
			"in pieces":   &pieces{answer, int(piece) + 1},
			"with an end": iotest.DataErrReader(bytes.NewReader(answer)),
		} {
			got := together(r)
			if len(got) != len(want) {
				t.Fatalf("%s: got %d messages, want %d", name, len(got), len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%s: message %d: got %.300s, want %.300s", name, i, got[i], want[i])
				}
			}
		}
	})
}

// pieces gives so many bytes at a time.
type pieces struct {
	rest []byte
	n    int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.n)], p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// What comes behind the end of an answer is the Go driver's at once, as it is
// asked whether anything waits before its connection is used by others.
func TestStreamKeepsNothingBetweenStatements(t *testing.T) {
	s := newStream(bytes.NewReader(wireOf(t, &pgproto3.ReadyForQuery{TxStatus: 'I'},
		&pgproto3.NotificationResponse{Channel: "a"}, &pgproto3.NotificationResponse{Channel: "b"})), 0)
	f := pgproto3.NewFrontend(s, io.Discard)
	if _, err := f.Receive(); err != nil {
		t.Fatal(err)
	}
	if s.waiting() || f.ReadBufferLen() == 0 {
		t.Errorf("got waiting %v and %d bytes at the Go driver, want them all there", s.waiting(), f.ReadBufferLen())
	}
	for _, want := range []string{"a", "b"} {
		msg, err := f.Receive()
		if n, ok := msg.(*pgproto3.NotificationResponse); err != nil || !ok || n.Channel != want {
			t.Errorf("got %v and %v, want the notification of %s", msg, err, want)
		}
	}
}
