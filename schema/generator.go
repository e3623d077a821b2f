package schema

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Generated reports whether the database, or a sequence, fills the column
// where an INSERT leaves it out and it is a key or an identity.
func (c *Column) Generated() bool {
	return c.Sequence != nil || c.Identity != nil || c.Table != nil && c.Table.AutoincrementColumn() == c
}

// AutoincrementColumn returns the column of the primary key that the database
// generates, or nil: the one that says AutoincrementYes, or the only column of
// the key where it is an integer and nothing else fills it.
func (t *Table) AutoincrementColumn() *Column {
	if t.PrimaryKey == nil || t.Selected != nil {
		return nil
	}
	for _, c := range t.PrimaryKey.Columns {
		if c.Autoincrement == AutoincrementYes {
			return c
		}
	}
	if len(t.PrimaryKey.Columns) != 1 {
		return nil
	}
	c := t.PrimaryKey.Columns[0]
	_, integer := IntegerType(c.Type)
	switch {
	case !integer, c.Autoincrement == AutoincrementNo, c.Default != nil, c.ServerDefault != nil, c.Computed != nil, c.Fetched,
		c.Autoincrement == AutoincrementAuto && t.isForeign(c):
		return nil
	}
	return c
}

func (t *Table) isForeign(c *Column) bool {
	if len(c.foreign) > 0 {
		return true
	}
	for _, fk := range t.ForeignKeys {
		for _, f := range fk.Columns {
			if f == c {
				return true
			}
		}
	}
	return false
}

// OwnSequence returns the sequence that the column declares, or nil where that
// is optional and the database generates the key by itself.
func (c *Column) OwnSequence() *Sequence {
	if c.Sequence == nil || c.Sequence.Optional && c.Table.AutoincrementColumn() == c {
		return nil
	}
	return c.Sequence
}

// DefaultSequence returns the sequence from which the column's server default
// draws, or nil.
func (c *Column) DefaultSequence() *Sequence { return sequenceIn(c.ServerDefault) }

// ClientSequence returns the sequence whose next value is the column's client
// default, or nil.
func (c *Column) ClientSequence() *Sequence {
	if c.Default == nil {
		return nil
	}
	return sequenceIn(c.Default.Expr)
}

func sequenceIn(x expr.Expression) *Sequence {
	next, ok := expr.Unwrap(x).(*expr.NextValue)
	if !ok {
		return nil
	}
	s, _ := next.Sequence.(*Sequence)
	return s
}

// EndCheckName is the name of the CHECK that ends the generated values of the
// column where its type does, in products whose integers have one width.
func (c *Column) EndCheckName() string { return c.Table.Name + "_" + c.Name + "_end" }

// ImpliedSequence returns a sequence that does what the column's Identity, or
// the generator of its key, is asked for, named after the table and the column
// as PostgreSQL names them, for products whose own generators can't. It is nil
// for a column that is not generated.
func (c *Column) ImpliedSequence() *Sequence {
	s := &Sequence{Name: c.Table.Name + "_" + c.Name + "_seq", Schema: c.Table.Schema, Type: c.Type}
	switch {
	case c.Identity != nil:
		s.SequenceOptions = c.Identity.SequenceOptions
	case c.Table.AutoincrementColumn() != c:
		return nil
	}
	return s
}

// SharesSequence reports whether anything but the column draws from its
// sequence: another column of the MetaData, as generator or in a default, or
// the program, where the sequence was added to the MetaData by itself.
func (c *Column) SharesSequence() bool {
	if c.Sequence == nil {
		return false
	}
	if c.Sequence.alone {
		return true
	}
	for _, t := range c.Table.meta.Tables() {
		for _, other := range t.columns {
			if other != c && other.draws(c.Sequence) {
				return true
			}
		}
	}
	return false
}

func (c *Column) draws(s *Sequence) bool {
	if c.Sequence != nil && c.Sequence.FullName() == s.FullName() {
		return true
	}
	next := c.ClientSequence()
	return next != nil && next.FullName() == s.FullName()
}

// ValueType returns the type of a sequence's values: its own, or that of the
// column which it alone fills, or nil for the database's own. column may be nil.
func (s *Sequence) ValueType(column *Column) sqltype.Type {
	if s.Type == nil && column != nil && !column.SharesSequence() {
		return column.Type
	}
	return s.Type
}
