package gosqldriver

import (
	"encoding/binary"
	"math"
)

// wireForm is how the rows of a prepared statement hold a value.
// https://mariadb.com/kb/en/resultset-row/
type wireForm uint8

const (
	wireUnknown wireForm = iota // rows with such a column are read by the Go driver
	wireNothing                 // always NULL
	wireInt8
	wireUint8
	wireInt16
	wireUint16
	wireInt32
	wireUint32
	wireInt64
	wireUint64
	wireFloat32
	wireFloat64
	wireBytes  // a length and so many bytes
	wireMoment // the same, 0, 4, 7 or 11 bytes
	wireSpan   // the same, 0, 8 or 12 bytes
)

// wireNull is the length of a NULL, where a length stands. Rows have a bitmap of
// them instead, but the Go driver understands both.
const wireNull = 0xfb

// takeWire makes the row of a packet, whose bytes the values go on to use. It is
// false if the packet is not a row of the columns. A row is a zero, a bitmap that
// leaves two bits out, and the values that are not NULL.
func (m *rowMemory) takeWire(packet []byte) bool {
	values := 1 + (len(m.columns)+7+2)/8
	if len(packet) < values {
		return false
	}
	nulls, rest := packet[1:values], packet[values:]
	for i := range m.columns {
		v := &m.values[i]
		if nulls[(i+2)/8]>>((i+2)%8)&1 == 1 {
			*v = value{}
			continue
		}
		n, ok := v.take(m.columns[i].wire, rest)
		if !ok {
			return false
		}
		rest = rest[n:]
	}
	return len(rest) == 0
}

// take reads the value with which b begins, and returns how long that is.
func (v *value) take(wire wireForm, b []byte) (n int, ok bool) {
	switch wire {
	case wireInt64, wireUint64:
		if len(b) < 8 {
			return 0, false
		}
		*v = value{form: formInteger, number: binary.LittleEndian.Uint64(b)}
		if wire == wireUint64 && v.number > math.MaxInt64 {
			v.form = formHuge
		}
		return 8, true
	case wireFloat64:
		if len(b) < 8 {
			return 0, false
		}
		*v = value{form: formFloat, number: binary.LittleEndian.Uint64(b)}
		return 8, true
	case wireBytes, wireMoment, wireSpan:
		return v.takeBytes(wire, b)
	case wireNothing:
		*v = value{}
		return 0, true
	}
	return v.takeSmall(wire, b)
}

// takeSmall reads the numbers of at most four bytes.
func (v *value) takeSmall(wire wireForm, b []byte) (n int, ok bool) {
	size := smallSize[wire]
	if size == 0 || len(b) < size {
		return 0, false
	}
	var number int64
	switch wire {
	case wireInt8:
		number = int64(int8(b[0]))
	case wireUint8:
		number = int64(b[0])
	case wireInt16:
		number = int64(int16(binary.LittleEndian.Uint16(b)))
	case wireUint16:
		number = int64(binary.LittleEndian.Uint16(b))
	case wireInt32:
		number = int64(int32(binary.LittleEndian.Uint32(b)))
	case wireUint32:
		number = int64(binary.LittleEndian.Uint32(b))
	case wireFloat32:
		f := math.Float32frombits(binary.LittleEndian.Uint32(b))
		*v = value{form: formFloat, number: math.Float64bits(float64(f))}
		return size, true
	}
	*v = value{form: formInteger, number: uint64(number)}
	return size, true
}

var smallSize = [...]int{
	wireInt8: 1, wireUint8: 1, wireInt16: 2, wireUint16: 2, wireInt32: 4, wireUint32: 4, wireFloat32: 4, wireSpan: 0,
}

func (v *value) takeBytes(wire wireForm, b []byte) (n int, ok bool) {
	if len(b) > 0 && b[0] == wireNull {
		*v = value{}
		return 1, true
	}
	size, head := wireLength(b)
	if head == 0 || size > uint64(len(b)-head) {
		return 0, false
	}
	n = head + int(size)
	*v = value{form: formBytes, bytes: b[head:n:n]}
	switch wire {
	case wireMoment:
		v.form = formMoment
		return n, size == 0 || size == 4 || size == 7 || size == 11
	case wireSpan:
		v.form = formSpan
		return n, size == 0 || size == 8 || size == 12
	}
	return n, true
}

// wireLength reads a length, and returns how many bytes it has itself: 0 if there
// is none.
func wireLength(b []byte) (size uint64, head int) {
	if len(b) == 0 {
		return 0, 0
	}
	switch b[0] {
	default:
		return uint64(b[0]), 1
	case 0xfc:
		head = 3
	case 0xfd:
		head = 4
	case 0xfe:
		head = 9
	case wireNull, 0xff:
		return 0, 0
	}
	if len(b) < head {
		return 0, 0
	}
	for i := head - 1; i > 0; i-- {
		size = size<<8 | uint64(b[i])
	}
	return size, head
}
