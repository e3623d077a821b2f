package pgx

import (
	"encoding/binary"
	"io"
)

// stream is between the network, or TLS, and the Go driver. The Go driver gets one
// message at a time, so that what it has not asked for is here: rows are taken
// from here without it, and more is read at a time than its 8 kB.
type stream struct {
	r io.Reader

	memory   []byte
	from, to int  // of the memory, what came and was not handed on
	left     int  // of the message that the Go driver has begun to read
	full     bool // the last answer of the network was as much as was asked for
	largest  int  // a message that is larger is the Go driver's
	// err is what the network said while a row was looked for. The Go driver, which
	// knows what to do with it, is told when it reads next.
	err error
}

const (
	// readFirst is enough for what is short.
	readFirst = 8 << 10
	// readAhead is how much is read at a time where there is much to be read.
	readAhead = 64 << 10
	// messageHeader is a message's type and its length, which counts itself but
	// not the type.
	messageHeader = 5

	dataRow       = 'D'
	readyForQuery = 'Z'
)

// newStream reads from r. limit is how long a message's body may be, which the Go
// driver checks; 0 is that there is no limit.
func newStream(r io.Reader, limit int) *stream {
	s := &stream{r: r, memory: make([]byte, readFirst), largest: readAhead}
	if limit > 0 {
		s.largest = min(readAhead, messageHeader+limit)
	}
	return s
}

// Read implements io.Reader. It does not go beyond the end of a message.
func (s *stream) Read(p []byte) (int, error) {
	if s.left == 0 {
		if err := s.need(messageHeader); err != nil {
			return 0, err
		}
		s.left = s.handOn()
	}
	p = p[:min(len(p), s.left)]
	if s.from == s.to && s.err == nil && len(p) >= readAhead {
		n, err := s.r.Read(p)
		s.left -= n
		return n, err
	}
	if err := s.need(1); err != nil {
		return 0, err
	}
	n := copy(p, s.memory[s.from:s.to])
	s.from += n
	s.left -= n
	return n, nil
}

// handOn is how much of what comes next the Go driver gets in a row: a message,
// and after the last one of an answer all that are here already, such as
// notifications, since who takes the network over from the Go driver asks it
// whether any are left.
func (s *stream) handOn() int {
	n := s.message()
	if s.memory[s.from] != readyForQuery {
		return n
	}
	for rest := s.to - s.from; rest-n >= messageHeader; {
		next := size(s.memory[s.from+n:])
		if rest-n < next {
			break
		}
		n += next
	}
	return n
}

// message is the size of the message that comes next, whose header is here.
func (s *stream) message() int { return size(s.memory[s.from:]) }

// size is at least that of a header: a length that can't be is for the Go driver
// to refuse.
func size(header []byte) int {
	return max(messageHeader, 1+int(binary.BigEndian.Uint32(header[1:])))
}

// waiting reports whether something came that the Go driver has not asked for.
func (s *stream) waiting() bool { return s.from != s.to }

// row returns the body of the next message, which skip takes, if it is a row.
func (s *stream) row() []byte {
	if s.left > 0 || !s.look(messageHeader) || s.memory[s.from] != dataRow {
		return nil
	}
	n := s.message()
	if n > s.largest || !s.look(n) {
		return nil
	}
	return s.memory[s.from+messageHeader : s.from+n]
}

// skip takes the row that row returned. Its memory stays until the next read.
func (s *stream) skip(body []byte) { s.from += messageHeader + len(body) }

// look has n bytes of what comes next in memory, or leaves the reason why not to
// the Go driver.
func (s *stream) look(n int) bool {
	if s.to-s.from >= n {
		return true
	}
	s.err = s.need(n)
	return s.err == nil
}

// need waits until n bytes of what comes next are in memory.
func (s *stream) need(n int) error {
	for s.to-s.from < n {
		if err := s.fill(n); err != nil {
			return err
		}
	}
	return nil
}

// fill reads once.
func (s *stream) fill(n int) error {
	if err := s.err; err != nil {
		s.err = nil
		return err
	}
	rest, larger := s.memory[s.from:s.to], len(s.memory) < readAhead && (s.full || n > len(s.memory))
	if larger {
		s.memory = make([]byte, readAhead)
	}
	if larger || s.from > 0 {
		s.from, s.to = 0, copy(s.memory, rest)
	}
	room := s.memory[s.to:]
	got, err := s.r.Read(room)
	s.to += got
	s.full = got == len(room)
	switch {
	case got > 0:
		return nil // what comes with bytes comes again without
	case err == io.EOF && s.to > 0:
		return io.ErrUnexpectedEOF
	}
	return err
}
