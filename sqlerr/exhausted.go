package sqlerr

import "strconv"

// IDExhaustedError is ErrIDExhausted of a generator that is known: errors.Is
// finds that in it. Err is the driver's own error, nil where nothing was sent.
type IDExhaustedError struct {
	Table, Column string
	Generator     string // the sequence, or "" where the column has its own generator
	Limit         int64  // the last value that the generator, or the column, can have
	Err           error
}

// Error names the column, the generator and its end, and says what to do.
func (e *IDExhaustedError) Error() string {
	s := "the ids of " + e.Table + "." + e.Column + " are exhausted: "
	if e.Generator != "" {
		s += "sequence " + e.Generator
	} else {
		s += "its generator"
	}
	return s + " has no value left up to " + strconv.FormatInt(e.Limit, 10) + "; give the column and what generates it a wider type, or raise the Max that was set"
}

// Unwrap returns ErrIDExhausted and the driver's own error.
func (e *IDExhaustedError) Unwrap() []error {
	if e.Err == nil {
		return []error{ErrIDExhausted}
	}
	return []error{ErrIDExhausted, e.Err}
}
