package proxy

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"sync/atomic"
)

// postgresWire follows PostgreSQL's protocol 3
// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
type postgresWire struct {
	typed atomic.Bool // the start-up message, which has no type byte, is through
	ready bool        // the server has said ReadyForQuery once
	open  bool        // a request has begun and its last message has not come
	// texts by name of prepared statement, and by portal.
	statements, portals map[string]string
	// executing are the executions whose end has not come, in order. Between them stand the requests' ends.
	executing []execution
}

// execution is a statement that is executed. ends says that it is a request by itself, or, without a statement, the end of one.
type execution struct {
	sql  string
	ends bool
}

func newPostgresWire() wire {
	return &postgresWire{statements: map[string]string{}, portals: map[string]string{}}
}

// Codes that stand where a start-up message has its protocol version.
const (
	codeCancel = 80877102
	codeTLS    = 80877103
	codeGSS    = 80877104
)

func (w *postgresWire) readClient(r *bufio.Reader) ([]byte, error) {
	if !w.typed.Load() {
		return readSized(r, 0)
	}
	return readSized(r, 1)
}

func (w *postgresWire) readServer(r *bufio.Reader) ([]byte, error) { return readSized(r, 1) }

// readSized reads a message whose length, itself included, follows a prefix.
func readSized(r *bufio.Reader, prefix int) ([]byte, error) {
	head := make([]byte, prefix+4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	size := int(binary.BigEndian.Uint32(head[prefix:]))
	if size < 4 {
		return nil, errors.New("proxy: not a message of PostgreSQL's protocol")
	}
	message := append(head, make([]byte, size-4)...)
	_, err := io.ReadFull(r, message[prefix+4:])
	return message, err
}

func (w *postgresWire) fromClient(m []byte) event {
	if !w.typed.Load() {
		return w.startup(m)
	}
	if !w.ready { // passwords
		return event{}
	}
	kind, body := m[0], m[5:]
	switch kind {
	case 'X', 'd', 'c', 'f': // COPY's data belong to the request before
		return event{}
	}
	e := event{begins: !w.open}
	w.open = kind != 'Q' && kind != 'S' && kind != 'F'
	switch kind {
	case 'Q':
		e.executes = []string{text(&body)}
		w.executing = append(w.executing, execution{e.executes[0], true})
	case 'S', 'F':
		w.executing = append(w.executing, execution{ends: true})
	case 'P':
		name := text(&body)
		w.statements[name] = text(&body)
	case 'B':
		portal := text(&body)
		w.portals[portal] = w.statements[text(&body)]
	case 'E':
		e.executes = []string{w.portals[text(&body)]}
		w.executing = append(w.executing, execution{sql: e.executes[0]})
	}
	return e
}

func (w *postgresWire) startup(m []byte) event {
	if len(m) < 8 {
		return event{answer: []byte{}, hangUp: true}
	}
	switch binary.BigEndian.Uint32(m[4:]) {
	case codeTLS:
		return event{answer: postgresError(errTLS), hangUp: true}
	case codeGSS:
		return event{answer: []byte{'N'}}
	case codeCancel: // a connection of its own, without answer
		return event{}
	}
	w.typed.Store(true)
	return event{}
}

// postgresError builds an ErrorResponse.
func postgresError(err error) []byte {
	body := "SFATAL\x00C08P01\x00M" + err.Error() + "\x00\x00"
	m := binary.BigEndian.AppendUint32([]byte{'E'}, uint32(len(body)+4))
	return append(m, body...)
}

// text takes a string that ends with a zero byte off the front.
func text(body *[]byte) string {
	s, rest, _ := bytes.Cut(*body, []byte{0})
	*body = rest
	return string(s)
}

func (w *postgresWire) fromServer(m []byte) reply {
	switch m[0] {
	case 'Z':
		first := !w.ready
		w.ready = true
		w.skipToEnd()
		if len(w.executing) > 0 {
			w.executing = w.executing[1:]
		}
		return reply{ends: !first}
	case 'G': // CopyInResponse
		return reply{asks: true}
	case 'D':
		r := reply{row: true}
		if len(w.executing) > 0 {
			r.sql = w.executing[0].sql
		}
		return r
	case 'N', 'S', 'A': // a notice, a parameter, a notification
		return reply{aside: true}
	case 'C', 'I', 's': // an execution has come to its end
		if len(w.executing) > 0 && !w.executing[0].ends {
			w.executing = w.executing[1:]
		}
	case 'E': // what is left of the request is not executed
		w.skipToEnd()
	}
	return reply{}
}

func (w *postgresWire) skipToEnd() {
	for len(w.executing) > 0 && !w.executing[0].ends {
		w.executing = w.executing[1:]
	}
}

// alter implements wire: a DataRow has a number of columns, then the length and the bytes of each.
func (w *postgresWire) alter(row []byte) {
	const at = 1 + 4 + 2
	if len(row) <= at+4 {
		return
	}
	if n := int(int32(binary.BigEndian.Uint32(row[at:]))); n > 0 && len(row) >= at+4+n {
		row[at+4+n-1]++
	}
}

// number implements wire. Nothing is counted.
func (w *postgresWire) number([][]byte, []byte) {}

func (w *postgresWire) shift([]byte, int) {}

// takeBack implements wire: with an error a transaction of PostgreSQL is not over.
func (w *postgresWire) takeBack() (instead, answer []byte) { return nil, nil }
