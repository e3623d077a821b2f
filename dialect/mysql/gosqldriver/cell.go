package gosqldriver

import (
	sqldriver "database/sql/driver"
	"math"

	"github.com/alkahest-go/alkahest/internal/mem"
)

// cell is the memory of one argument. An interface that is made of a value takes
// memory of its own; an argument points to its cell instead, which serves for
// the next execution too. So an argument is valid until its cell has another
// one, and the Go driver must not keep it beyond the execution, as
// database/sql/driver demands of it for bytes.
type cell struct {
	data      mem.Pointer // of text, or of bytes
	len, size int         // of text its length, of bytes their capacity too
	number    uint64
}

// boxed is an interface as the runtime has it: its type and where its value is.
type boxed struct{ typ, value mem.Pointer }

func typeOf(v sqldriver.Value) mem.Pointer { return (*boxed)(mem.Pointer(&v)).typ }

var (
	textType   = typeOf("")
	bytesType  = typeOf([]byte(nil))
	numberType = typeOf(int64(0))
	floatType  = typeOf(float64(0))
)

func box(typ, value mem.Pointer) (v sqldriver.Value) {
	*(*boxed)(mem.Pointer(&v)) = boxed{typ, value}
	return v
}

func (c *cell) string(s string) sqldriver.Value {
	c.data, c.len = mem.Pointer(mem.FirstByte(s)), len(s)
	return box(textType, mem.Pointer(c))
}

func (c *cell) bytes(b []byte) sqldriver.Value {
	c.data, c.len, c.size = mem.Pointer(mem.First(b)), len(b), cap(b)
	return box(bytesType, mem.Pointer(c))
}

func (c *cell) int64(n int64) sqldriver.Value {
	c.number = uint64(n)
	return box(numberType, mem.Pointer(&c.number))
}

func (c *cell) float64(f float64) sqldriver.Value {
	c.number = math.Float64bits(f)
	return box(floatType, mem.Pointer(&c.number))
}
