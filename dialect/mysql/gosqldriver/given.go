package gosqldriver

import (
	"math"
	"strconv"
)

// takeGiven makes the row of the values that the Go driver has given.
func (m *rowMemory) takeGiven() {
	for i, given := range m.given {
		v := value{}
		switch given := given.(type) {
		case int64:
			v = value{form: formInteger, number: uint64(given)}
		case uint64:
			v = integer(given)
		case float64:
			v = value{form: formFloat, number: math.Float64bits(given)}
		case float32:
			v = value{form: formFloat, number: math.Float64bits(float64(given))}
		case []byte:
			v = value{form: formBytes, bytes: given}
			if m.columns[i].kind == kindInteger { // above the greatest int64
				if n, err := strconv.ParseUint(string(given), 10, 64); err == nil {
					v = integer(n)
				}
			}
		}
		m.values[i] = v
	}
}

func integer(n uint64) value {
	if n > math.MaxInt64 {
		return value{form: formHuge, number: n}
	}
	return value{form: formInteger, number: n}
}
