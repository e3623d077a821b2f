package orm

import (
	"errors"
	"fmt"
	"time"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// EntityError is a value of an entity that can't be written or read, or that a
// validator refuses. It names the field, never the value.
type EntityError struct {
	Entity, Field string
	Err           error
}

// Error names the entity and the field.
func (e *EntityError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("orm: %s: %v", e.Entity, e.Err)
	}
	return fmt.Sprintf("orm: %s.%s: %v", e.Entity, e.Field, e.Err)
}

// Unwrap returns the cause: a *sqlerr.ValueError, or what a validator said.
func (e *EntityError) Unwrap() error { return e.Err }

func (m *mapper) valueError(_ mem.Pointer, a *attr, err error) error {
	return &EntityError{Entity: m.goType.String(), Field: a.name, Err: err}
}

var errKind = errors.New("the value is of another kind than its column")

// valueRow is a row of values that are at hand.
type valueRow struct {
	values []sqltype.Value
	err    error
}

func (r *valueRow) want(i int, k sqltype.Kind) sqltype.Value {
	v := r.values[i]
	if v.Kind() != k && r.err == nil {
		r.err = errKind
	}
	return v
}

func (r *valueRow) IsNull(i int) bool     { return r.values[i].IsNull() }
func (r *valueRow) Int64(i int) int64     { return r.want(i, sqltype.KindInt64).Int64() }
func (r *valueRow) Uint64(i int) uint64   { return r.values[i].Uint64() }
func (r *valueRow) Float64(i int) float64 { return r.want(i, sqltype.KindFloat64).Float64() }
func (r *valueRow) Bool(i int) bool       { return r.want(i, sqltype.KindBool).Bool() }
func (r *valueRow) Text(i int) []byte     { return r.values[i].Bytes() }
func (r *valueRow) Bytes(i int) []byte    { return r.want(i, sqltype.KindBytes).Bytes() }
func (r *valueRow) UUID(i int) [16]byte   { return [16]byte(r.want(i, sqltype.KindUUID).Bytes()) }
func (r *valueRow) Date(i int) time.Time  { return r.want(i, sqltype.KindDate).Time() }
func (r *valueRow) TimeOfDay(i int) time.Duration {
	return r.want(i, sqltype.KindTimeOfDay).TimeOfDay()
}
func (r *valueRow) DateTime(i int) time.Time { return r.want(i, sqltype.KindDateTime).Time() }
func (r *valueRow) Instant(i int) time.Time  { return r.want(i, sqltype.KindInstant).Time() }
func (r *valueRow) Raw(i int) sqltype.Raw {
	return sqltype.Raw{Format: sqltype.FormatNative, Value: r.values[i]}
}
func (r *valueRow) Err() error { return r.err }
