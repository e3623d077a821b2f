package schema

import (
	"errors"

	"github.com/alkahest-go/alkahest/expr"
)

// Storage says when the value of a computed column is computed.
type Storage uint8

// When a computed column is computed.
const (
	// StoredOrVirtual is Stored where the database can, else Virtual.
	StoredOrVirtual Storage = iota
	// Stored computes the value when the row is written.
	Stored
	// Virtual computes the value when the row is read.
	Virtual
)

// Computed is GENERATED ALWAYS AS (X): the database computes the column from
// others of the same row.
type Computed struct {
	X       expr.Expression
	Storage Storage
}

// ComputedAs has the database compute the column from others of the row, such
// as expr.SQL("price * quantity"). An INSERT or UPDATE sends no value for it.
func ComputedAs(x expr.Expression, s Storage) Option {
	return optionFunc(func(c *Column) {
		if c.Computed != nil {
			c.errs = append(c.errs, errors.New("is computed twice; keep one"))
		}
		c.Computed = &Computed{X: expr.Unwrap(x), Storage: s}
	})
}

// Fetched says that something in the database, such as a trigger, fills the
// column where an INSERT leaves it out. No DDL comes of it.
func Fetched() Option { return optionFunc(func(c *Column) { c.Fetched = true }) }

// FetchedOnUpdate says that something in the database, such as a trigger,
// changes the column with each UPDATE of its row. No DDL comes of it.
func FetchedOnUpdate() Option { return optionFunc(func(c *Column) { c.FetchedOnUpdate = true }) }

// ChangesOnUpdate reports whether the database may give the column another
// value with an UPDATE that does not set it.
func (c *Column) ChangesOnUpdate() bool { return c.Computed != nil || c.FetchedOnUpdate }

// checkComputed refuses what a computed column can't be beside.
func (c *Column) checkComputed() error {
	switch {
	case c.Computed == nil:
		return nil
	case c.Default != nil || c.ServerDefault != nil:
		return errors.New("is computed and has a default; keep one")
	case c.Identity != nil || c.Sequence != nil || c.Autoincrement == AutoincrementYes:
		return errors.New("is computed and has a generator; keep one")
	}
	return nil
}

// ColumnOption sets an option of the column that one product has, such as
// "sqlite.on_conflict_not_null". Products pass over the options of others.
func ColumnOption(key, value string) Option {
	return optionFunc(func(c *Column) {
		options := map[string]string{key: value}
		for k, v := range c.Options {
			if k != key {
				options[k] = v
			}
		}
		c.Options = options
	})
}
