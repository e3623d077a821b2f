package schema

import "github.com/alkahest-go/alkahest/expr"

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

// ImpliedSequence returns a sequence with the options of the column's Identity,
// named after the table and the column as PostgreSQL names them, for products
// that carry identities so. It is nil for a column without an Identity.
func (c *Column) ImpliedSequence() *Sequence {
	if c.Identity == nil {
		return nil
	}
	return &Sequence{
		Name: c.Table.Name + "_" + c.Name + "_seq", Schema: c.Table.Schema, Type: c.Type,
		SequenceOptions: c.Identity.SequenceOptions,
	}
}

// SharesSequence reports whether another column of the MetaData draws from the
// column's sequence.
func (c *Column) SharesSequence() bool {
	if c.Sequence == nil {
		return false
	}
	for _, t := range c.Table.meta.Tables() {
		for _, other := range t.columns {
			if other != c && other.Sequence != nil && other.Sequence.FullName() == c.Sequence.FullName() {
				return true
			}
		}
	}
	return false
}
