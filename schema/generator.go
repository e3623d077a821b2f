package schema

// OwnSequence returns the sequence that the column declares, or nil where that
// is optional and the database generates the key by itself.
func (c *Column) OwnSequence() *Sequence {
	if c.Sequence == nil || c.Sequence.Optional && c.Table.AutoincrementColumn() == c {
		return nil
	}
	return c.Sequence
}

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
