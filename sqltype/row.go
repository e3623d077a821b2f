package sqltype

import "time"

// Row is the current row of a result, read by position with the type that the
// reader expects. Positions start at 0.
//
// A stored value that does not fit the type asked for is never coerced: the
// read returns the zero value and the first such failure is kept, to be
// returned by Err. A reader therefore reads a whole row and asks Err once.
// IsNull is asked first; the other methods must not be called on a NULL.
//
// Text and Bytes return views that are valid until the next row.
type Row interface {
	IsNull(i int) bool
	Int64(i int) int64
	Uint64(i int) uint64
	Float64(i int) float64
	Bool(i int) bool
	Text(i int) []byte    // text, decimals in plain notation, JSON
	Bytes(i int) []byte   // bytes
	UUID(i int) [16]byte  // a UUID, in whichever form it is stored
	Date(i int) time.Time // midnight in UTC
	TimeOfDay(i int) time.Duration
	DateTime(i int) time.Time // a clock on the wall, as UTC
	Instant(i int) time.Time  // a moment, in UTC
	// Raw returns the value as the driver has it, for codecs of types that
	// this package does not know.
	Raw(i int) Raw
	// Err returns the first value of the result that did not fit, or nil.
	Err() error
}

// Format says how the bytes of a Raw are to be read.
type Format uint8

// The formats of a Raw.
const (
	FormatText   Format = iota // the database's text form
	FormatBinary               // the wire protocol's binary form
	FormatNative               // no wire: Value holds what the engine stores
)

// Raw is a value as the driver received it, valid until the next row.
type Raw struct {
	Format Format
	Type   string // the driver's name of the column's type, such as "int8"
	Bytes  []byte
	Value  Value // for FormatNative
}
