package proxy

import (
	"bufio"
	"encoding/binary"
	"io"
)

// mysqlWire follows the MySQL protocol as MariaDB speaks it
// (https://mariadb.com/kb/en/clientserver-protocol/).
type mysqlWire struct {
	shaken bool // the client's handshake response is through
	authed bool
	caps   uint32 // what the client asked for
	// mariaCaps are MariaDB's own capabilities, which stand where MySQL's are reserved.
	mariaCaps uint32

	reply      replyState
	preparing  string
	executing  string
	statements map[uint32]string
	// A packet of the greatest size goes on in the next one.
	longClient, longServer bool
}

func newMySQLWire() wire { return &mysqlWire{statements: map[uint32]string{}} }

// Capability flags.
const (
	capMySQL        = 1 << 0 // not set by MariaDB's own clients
	capTLS          = 1 << 11
	capDeprecateEOF = 1 << 24
	capMariaCache   = 1 << 4 // of MariaDB's own flags
)

// Commands that this package must tell apart.
const (
	comQuit        = 0x01
	comQuery       = 0x03
	comPrepare     = 0x16
	comExecute     = 0x17
	comLongData    = 0x18
	comClose       = 0x19
	comFetch       = 0x1c
	comBulkExecute = 0xfa
)

const maxPacket = 1<<24 - 1

func (w *mysqlWire) readClient(r *bufio.Reader) ([]byte, error) { return readPacket(r) }

func (w *mysqlWire) readServer(r *bufio.Reader) ([]byte, error) { return readPacket(r) }

// readPacket reads a packet: three bytes of length, one of number, the payload.
func readPacket(r *bufio.Reader) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	size := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
	packet := append(head, make([]byte, size)...)
	_, err := io.ReadFull(r, packet[4:])
	return packet, err
}

func (w *mysqlWire) fromClient(m []byte) event {
	body, goesOn := m[4:], w.longClient
	w.longClient = len(body) == maxPacket
	switch {
	case goesOn:
		return event{}
	case !w.shaken:
		return w.handshake(m)
	case m[3] != 0 || len(body) == 0: // not the first packet of a command
		return event{}
	}
	e := event{begins: true}
	switch body[0] {
	case comQuit, comLongData, comClose: // no answer
		return event{}
	case comQuery:
		e.executes = []string{string(body[1:])}
		w.executing = e.executes[0]
	case comPrepare:
		w.preparing = string(body[1:])
	case comExecute, comBulkExecute:
		if len(body) >= 5 {
			e.executes = []string{w.statements[binary.LittleEndian.Uint32(body[1:])]}
			w.executing = e.executes[0]
		}
	}
	w.reply = replyState{command: body[0]}
	return e
}

func (w *mysqlWire) handshake(m []byte) event {
	body := m[4:]
	w.shaken = true
	if len(body) < 32 {
		return event{}
	}
	w.caps = binary.LittleEndian.Uint32(body)
	if w.caps&capMySQL == 0 {
		w.mariaCaps = binary.LittleEndian.Uint32(body[28:])
	}
	if w.caps&capTLS != 0 {
		return event{answer: mysqlError(m[3]+1, "\x51\x04#HY000", errTLS.Error()), hangUp: true} // 1105, unknown error
	}
	return event{}
}

// mysqlError builds an ERR packet. code is the number of the error and its SQLSTATE.
func mysqlError(number byte, code, text string) []byte {
	return mysqlPacket(number, "\xff"+code+text)
}

// mysqlPacket builds a packet of less than 64 KiB.
func mysqlPacket(number byte, body string) []byte {
	return append([]byte{byte(len(body)), byte(len(body) >> 8), 0, number}, body...)
}

// takeBack implements wire with ER_LOCK_DEADLOCK, 1213.
func (w *mysqlWire) takeBack() (instead, answer []byte) {
	w.reply = replyState{command: comQuery}
	return mysqlPacket(0, string(rune(comQuery))+"ROLLBACK"), mysqlError(1, "\xbd\x04#40001", "Deadlock found when trying to get lock")
}

func (w *mysqlWire) fromServer(m []byte) reply {
	body, goesOn := m[4:], w.longServer
	w.longServer = len(body) == maxPacket
	if goesOn || len(body) == 0 {
		return reply{}
	}
	if !w.authed {
		// The greeting, and whatever else authentication says before its OK.
		w.authed = w.shaken && body[0] == packetOK
		return reply{}
	}
	if w.reply.command == comPrepare && !w.reply.begun && body[0] == packetOK && len(body) >= 5 {
		w.statements[binary.LittleEndian.Uint32(body[1:])] = w.preparing
	}
	r := reply{row: w.reply.isRow(body, w.caps&capDeprecateEOF != 0), sql: w.executing}
	r.ends = w.reply.take(body, w.caps&capDeprecateEOF != 0, w.mariaCaps&capMariaCache != 0)
	r.asks = w.reply.asks
	return r
}

// alter implements wire: in the rows of a prepared statement values follow a zero byte and the bits of NULLs, as they are; in others
// they are text with its length.
func (w *mysqlWire) alter(row []byte) {
	body := row[4:]
	if w.reply.command == comExecute {
		if at := 1 + (w.reply.columns+7+2)/8; at < len(body) {
			body[at]++
		}
		return
	}
	if n, rest := lengthEncoded(body); n > 0 && n <= len(rest) {
		rest[n-1] = '0' + (rest[n-1]-'0'+1)%10
	}
}

// number implements wire: each packet of a reply has a number.
func (w *mysqlWire) number(messages [][]byte, first []byte) {
	for i, m := range messages {
		m[3] = first[3] + byte(i)
	}
}

func (w *mysqlWire) shift(message []byte, by int) { message[3] += byte(by) }
