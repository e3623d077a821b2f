package stdsql

import (
	"encoding/hex"
	"math"
	"time"

	sqldriver "database/sql/driver"

	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Bind is how values are bound where Options name no other way: numbers,
// truth, text and bytes as what they are; decimals, JSON, UUIDs and times of
// day as text; days and moments as time.Time in UTC. An unsigned number above
// the signed ones and a list are refused.
func Bind(v sqltype.Value) (sqldriver.Value, error) {
	switch v.Kind() {
	case sqltype.KindNull:
		return nil, nil
	case sqltype.KindInt64:
		return v.Int64(), nil
	case sqltype.KindUint64:
		if v.Uint64() > math.MaxInt64 {
			return nil, &sqlerr.ValueError{Type: "BIGINT UNSIGNED", Reason: "above 1<<63-1, which the driver cannot send"}
		}
		return int64(v.Uint64()), nil
	case sqltype.KindFloat64:
		return v.Float64(), nil
	case sqltype.KindBool:
		return v.Bool(), nil
	case sqltype.KindText, sqltype.KindDecimal, sqltype.KindJSON:
		return v.Text(), nil
	case sqltype.KindBytes:
		if b := v.Bytes(); b != nil {
			return b, nil
		}
		return []byte{}, nil // nil would be NULL
	case sqltype.KindDate, sqltype.KindDateTime, sqltype.KindInstant:
		return v.Time(), nil
	case sqltype.KindTimeOfDay:
		return TimeOfDayText(v.TimeOfDay())
	case sqltype.KindUUID:
		return UUIDText([16]byte(v.Bytes())), nil
	case sqltype.KindArray:
		return nil, &sqlerr.ValueError{Type: "ARRAY", Reason: "lists cannot be bound with this driver"}
	}
	return nil, &sqlerr.ValueError{Type: "value", Reason: "of a kind that cannot be bound with this driver"}
}

// TimeOfDayText returns "15:04:05" with as many fractional digits as d has.
func TimeOfDayText(d time.Duration) (string, error) {
	if d < 0 || d >= 24*time.Hour {
		return "", &sqlerr.ValueError{Type: "TIME", Reason: "not a time of day"}
	}
	return time.Unix(0, int64(d)).UTC().Format("15:04:05.999999999"), nil
}

// UUIDText returns the standard form of a UUID.
func UUIDText(id [16]byte) string {
	s := hex.EncodeToString(id[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}
