package orm

import (
	"math"
	"reflect"
	"time"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// nextVersion returns the version after that of a snapshot.
func (a *attr) nextVersion(snap mem.Pointer) (reflect.Value, error) {
	old := reflect.NewAt(a.codec.Go, a.at(snap)).Elem()
	next := reflect.New(a.codec.Go).Elem()
	if f := a.col.Version.Next; f != nil {
		v, err := f(old)
		if err == nil {
			next.Set(v)
		}
		return next, err
	}
	switch was := old.Interface().(type) {
	case time.Time:
		next.Set(reflect.ValueOf(a.timeAfter(was)))
	default:
		if old.CanUint() {
			next.SetUint(old.Uint() + 1)
		} else {
			next.SetInt(old.Int() + 1)
		}
	}
	return next, nil
}

// timeAfter returns the time now, or the first after was that the column tells
// from it.
func (a *attr) timeAfter(was time.Time) time.Time {
	now := time.Now().UTC()
	if a.codec.Round != nil {
		a.codec.Round(mem.Pointer(&now))
	}
	if now.After(was) {
		return now
	}
	return was.Add(tick(a.col.Type))
}

// tick is the shortest time that a column tells from none.
func tick(t sqltype.Type) time.Duration {
	if d, ok := t.(sqltype.DateTime); ok {
		return time.Duration(math.Pow10(9 - min(d.Precision, 9)))
	}
	return time.Microsecond
}
