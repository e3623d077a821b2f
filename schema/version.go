package schema

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// VersionRule says how the versions of a row follow each other.
type VersionRule struct {
	// Next returns the version after another, of the same Go type. It is nil where
	// the column's type or the database says which.
	Next func(old reflect.Value) (reflect.Value, error)
}

// Version makes the column the version of its row: an object that is updated or
// deleted must still have the version that it was read with, so that nobody's
// change is lost. An integer counts from 1; a time is that of the change, and
// later than the one before; a value that the database makes (System, Computed,
// or Fetched with FetchedOnUpdate, such as PostgreSQL's xmin) is only compared.
// An UPDATE statement that does not set it changes a counter or time too. The
// column is NOT NULL.
func Version() Option {
	return optionFunc(func(c *Column) { c.setVersion(&VersionRule{}) })
}

// VersionFunc is Version by a function of the program: it is given the row's
// version, the zero value for a new row, and returns another. It must be safe for
// use by several goroutines. An UPDATE statement has to set the column itself.
func VersionFunc[T any](next func(old T) T) Option {
	return optionFunc(func(c *Column) {
		var none T
		c.setDefault(defaultOf(c, func() T { return next(none) }))
		c.setVersion(&VersionRule{Next: func(old reflect.Value) (reflect.Value, error) {
			was, ok := old.Interface().(T)
			if !ok {
				return old, fmt.Errorf("the function of its versions is for %T, and the field is a %s; give both the same type", none, old.Type())
			}
			return reflect.ValueOf(next(was)), nil
		}})
	})
}

func (c *Column) setVersion(r *VersionRule) {
	if c.Version != nil {
		c.errs = append(c.errs, errors.New("is a version twice; keep one"))
	}
	c.Version = r
}

// VersionedByDatabase reports whether the column is a version that the database
// makes.
func (c *Column) VersionedByDatabase() bool {
	return c.Version != nil && (c.System || c.Computed != nil || c.Fetched && c.FetchedOnUpdate)
}

// finishVersion gives a version that the client makes its first value, and what
// an UPDATE statement makes of it.
func (c *Column) finishVersion() error {
	if c.Version == nil || c.VersionedByDatabase() {
		return nil
	}
	if c.Zero == ZeroByType {
		c.Zero = ZeroUnset
	}
	switch kind := c.Type.Kind(); {
	case c.Nullable:
		return errors.New("is a version and may be NULL, which is equal to nothing; make it NOT NULL")
	case c.Version.Next != nil:
	case kind == sqltype.KindInt64:
		c.firstVersion(&Default{Value: func() (sqltype.Value, error) { return sqltype.Int64Value(1), nil }})
		c.OnUpdate = &Default{Expr: &expr.Binary{Op: expr.OpAdd, L: c.ref, R: expr.BindValue(c.Type, sqltype.Int64Value(1)), Type: c.Type}}
	case kind == sqltype.KindInstant || kind == sqltype.KindDateTime:
		now := defaultOf(c, func() time.Time { return time.Now().UTC() })
		c.firstVersion(now)
		c.OnUpdate = now
	default:
		return fmt.Errorf("is a version of type %s, which does not say what comes after another; use schema.VersionFunc", c.Type)
	}
	return nil
}

func (c *Column) firstVersion(d *Default) {
	if c.Default == nil {
		c.Default = d
	}
}
