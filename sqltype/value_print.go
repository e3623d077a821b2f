package sqltype

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/alkahest-go/alkahest/internal/mem"
)

var kindNames = [...]string{
	KindNull: "NULL", KindInt64: "int64", KindUint64: "uint64", KindFloat64: "float64", KindBool: "bool",
	KindText: "text", KindBytes: "bytes", KindDecimal: "decimal", KindDate: "date", KindTimeOfDay: "time of day",
	KindDateTime: "datetime", KindInstant: "instant", KindUUID: "uuid", KindJSON: "json", KindArray: "array", KindInterval: "interval",
}

// String returns the kind's name, such as "int64" or "time of day".
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// String returns the kind and the size, such as "text(5 bytes)", and never the
// value, which may be a secret: a Value is safe in any message.
func (v Value) String() string {
	switch v.kind {
	case KindText, KindBytes, KindDecimal, KindJSON:
		return v.kind.String() + "(" + strconv.FormatInt(v.n, 10) + " bytes)"
	case KindArray:
		return "array(" + strconv.FormatInt(v.n, 10) + " elements)"
	}
	return v.kind.String()
}

// GoString is String.
func (v Value) GoString() string { return v.String() }

// Format writes String for every verb, so that no verb shows the fields.
func (v Value) Format(s fmt.State, _ rune) {
	// A failed write is the business of whoever owns the writer.
	_, _ = io.WriteString(s, v.String())
}

// Reveal returns the value itself in a form for people, for logs whose owner
// asked for parameters. It is not SQL.
func (v Value) Reveal() string {
	switch v.kind {
	case KindInt64:
		return strconv.FormatInt(v.Int64(), 10)
	case KindUint64:
		return strconv.FormatUint(v.Uint64(), 10)
	case KindFloat64:
		return strconv.FormatFloat(v.Float64(), 'g', -1, 64)
	case KindBool:
		return strconv.FormatBool(v.Bool())
	case KindText, KindJSON:
		return strconv.Quote(v.Text())
	case KindDecimal:
		return strings.Clone(v.Text())
	case KindBytes:
		return fmt.Sprintf("0x%x", v.Bytes())
	case KindUUID:
		return formatUUID([16]byte(v.Bytes()))
	case KindDate:
		return v.Time().Format(time.DateOnly)
	case KindTimeOfDay:
		return time.Unix(0, v.n).UTC().Format("15:04:05.999999999")
	case KindInterval:
		return v.Interval().String()
	case KindDateTime:
		return v.Time().Format("2006-01-02T15:04:05.999999999")
	case KindInstant:
		return v.Time().Format(time.RFC3339Nano)
	case KindArray:
		elems := make([]string, 0, len(v.Array()))
		for _, e := range v.Array() {
			elems = append(elems, e.Reveal())
		}
		return "[" + strings.Join(elems, ", ") + "]"
	}
	return v.kind.String()
}

// Clone returns a Value that shares no memory, for one that is kept while the
// variable that it was made from may change.
func (v Value) Clone() Value {
	switch v.kind {
	case KindText, KindDecimal, KindJSON, KindBytes, KindUUID:
		if v.n > 0 {
			s := strings.Clone(v.Text())
			v.p = mem.Pointer(mem.FirstByte(s))
		}
	case KindArray:
		elems := make([]Value, len(v.Array()))
		for i, e := range v.Array() {
			elems[i] = e.Clone()
		}
		return ArrayValue(elems)
	}
	return v
}
