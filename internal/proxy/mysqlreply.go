package proxy

import "encoding/binary"

// First bytes of the server's packets.
const (
	packetOK     = 0x00
	packetInfile = 0xfb
	packetEOF    = 0xfe
	packetERR    = 0xff
)

// moreResults is the status flag of an answer that another follows.
const moreResults = 0x0008

// replyState finds the end of the reply to one command of the MySQL protocol.
type replyState struct {
	command byte
	begun   bool
	// defs is the number of definitions (of columns or parameters) to come, each group ended by an EOF packet unless the client has
	// done away with those; groups are the counts after it.
	defs    int
	groups  []int
	columns int  // of the rows
	rows    bool // rows follow, up to an EOF or OK packet
	asks    bool // the packet taken last asks the client for a file
}

// isRow says, before it is taken, whether a packet is a row.
func (s *replyState) isRow(body []byte, noEOF bool) bool {
	return s.begun && s.rows && s.defs == 0 && body[0] != packetERR && !isEOF(body, noEOF)
}

// take is given each packet and says whether the reply ends with it.
func (s *replyState) take(body []byte, noEOF, cached bool) bool {
	s.asks = false
	if body[0] == packetERR && s.defs == 0 {
		return true
	}
	if !s.begun {
		return s.first(body, noEOF, cached)
	}
	if s.defs > 0 {
		s.defs--
		return s.defs == 0 && s.definitionsEnd(noEOF)
	}
	if s.rows {
		return isEOF(body, noEOF) && !s.another(endStatus(body, noEOF))
	}
	// The EOF packet after definitions.
	return s.nextGroup()
}

func (s *replyState) first(body []byte, noEOF, cached bool) bool {
	s.begun = true
	switch s.command {
	case comPrepare:
		if len(body) < 9 {
			return true
		}
		columns := int(binary.LittleEndian.Uint16(body[5:]))
		params := int(binary.LittleEndian.Uint16(body[7:]))
		s.groups = []int{params, columns}
		return s.nextGroup()
	case comFetch:
		s.rows = true
		return isEOF(body, noEOF)
	case comQuery, comExecute, comBulkExecute:
		return s.result(body, noEOF, cached)
	}
	return true
}

// result is the first packet of the answer to a statement: OK, a request for a file, or the number of columns.
func (s *replyState) result(body []byte, noEOF, cached bool) bool {
	switch body[0] {
	case packetOK:
		return !s.another(okStatus(body))
	case packetInfile: // the client sends the file, and the first packet of the real answer follows
		s.begun, s.asks = false, true
		return false
	}
	n, rest := lengthEncoded(body)
	s.defs, s.columns, s.rows = n, n, true
	if cached && len(rest) > 0 && rest[0] == 0 { // the client has the definitions already
		s.defs = 0
		s.definitionsEnd(noEOF)
	}
	return false
}

// definitionsEnd is called after the last definition of a group.
func (s *replyState) definitionsEnd(noEOF bool) bool {
	if !noEOF {
		if s.rows { // an EOF packet stands between definitions and rows
			s.rows = false
			s.groups = []int{-1}
		}
		return false
	}
	if s.rows {
		return false
	}
	return s.nextGroup()
}

// nextGroup goes on to the next group that has members, and says whether there is none. -1 stands for rows.
func (s *replyState) nextGroup() bool {
	for len(s.groups) > 0 {
		n := s.groups[0]
		s.groups = s.groups[1:]
		if n == -1 {
			s.rows = true
			return false
		}
		if n > 0 {
			s.defs = n
			return false
		}
	}
	return true
}

// another prepares for the next result of the same reply, if the status says that there is one.
func (s *replyState) another(status uint16) bool {
	if status&moreResults == 0 {
		return false
	}
	*s = replyState{command: s.command}
	return true
}

// isEOF recognizes the packet that ends rows. A row may begin with the same byte only if it is longer.
func isEOF(body []byte, noEOF bool) bool {
	if noEOF {
		return body[0] == packetEOF && len(body) < maxPacket
	}
	return body[0] == packetEOF && len(body) < 9
}

// endStatus returns the status flags of a packet that ends rows.
func endStatus(body []byte, noEOF bool) uint16 {
	if noEOF {
		return okStatus(body)
	}
	if len(body) < 5 {
		return 0
	}
	return binary.LittleEndian.Uint16(body[3:])
}

// okStatus returns the status flags of an OK packet: they stand behind the number of rows and the last id.
func okStatus(body []byte) uint16 {
	_, rest := lengthEncoded(body[1:])
	_, rest = lengthEncoded(rest)
	if len(rest) < 2 {
		return 0
	}
	return binary.LittleEndian.Uint16(rest)
}

// lengthEncoded takes an integer of the protocol's variable length off the front. One of eight bytes is returned as it fits.
func lengthEncoded(b []byte) (n int, rest []byte) {
	if len(b) == 0 {
		return 0, nil
	}
	size := map[byte]int{0xfc: 2, 0xfd: 3, 0xfe: 8}[b[0]]
	if size == 0 {
		return int(b[0]), b[1:]
	}
	if len(b) < 1+size {
		return 0, nil
	}
	var v uint64
	for i := size; i > 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return int(v), b[1+size:]
}
