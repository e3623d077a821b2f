package schema

import (
	"fmt"
	"strings"

	"github.com/alkahest-go/alkahest/sqltype"
)

// SequenceOption is an option of a Sequence.
type SequenceOption interface{ applySequence(s *Sequence) }

// IdentityOption is an option of an Identity.
type IdentityOption interface{ applyIdentity(i *Identity) }

// GeneratorOption is an option that a Sequence and an Identity have in common.
type GeneratorOption func(o *SequenceOptions)

func (f GeneratorOption) applySequence(s *Sequence) { f(&s.SequenceOptions) }
func (f GeneratorOption) applyIdentity(i *Identity) { f(&i.SequenceOptions) }

// GeneratorOptions are several options as one.
func GeneratorOptions(opts ...GeneratorOption) GeneratorOption {
	return func(o *SequenceOptions) {
		for _, f := range opts {
			f(o)
		}
	}
}

// Start is the first value.
func Start(n int64) GeneratorOption { return func(o *SequenceOptions) { o.Start = &n } }

// Increment is the step, which may be negative but not 0.
func Increment(n int64) GeneratorOption { return func(o *SequenceOptions) { o.Increment = &n } }

// Min is the smallest value.
func Min(n int64) GeneratorOption { return func(o *SequenceOptions) { o.Min = &n } }

// Max is the largest value.
func Max(n int64) GeneratorOption { return func(o *SequenceOptions) { o.Max = &n } }

// NoMin is NO MINVALUE: the smallest value is the default's.
func NoMin() GeneratorOption { return func(o *SequenceOptions) { o.NoMin = true } }

// NoMax is NO MAXVALUE: the largest value is the default's.
func NoMax() GeneratorOption { return func(o *SequenceOptions) { o.NoMax = true } }

// Cycle says whether to start again after the last value.
func Cycle(yes bool) GeneratorOption { return func(o *SequenceOptions) { o.Cycle = &yes } }

// Cache is how many values are taken at once, by a connection or by the server.
// It is a matter of speed: products whose generators keep none go without.
func Cache(n int64) GeneratorOption { return func(o *SequenceOptions) { o.Cache = &n } }

// InOrder asks that the values ascend in the order of the requests, whichever
// connection makes them. Products whose generators do that anyway are told
// nothing; one whose connections keep a Cache of their own refuses it.
func InOrder(yes bool) GeneratorOption { return func(o *SequenceOptions) { o.Order = &yes } }

type sequenceOptionFunc func(s *Sequence)

func (f sequenceOptionFunc) applySequence(s *Sequence) { f(s) }

type identityOptionFunc func(i *Identity)

func (f identityOptionFunc) applyIdentity(i *Identity) { f(i) }

// OfType is the integer type of a sequence's values; without it, that of the
// column which the sequence alone fills, else the database's own.
func OfType(t sqltype.Type) SequenceOption {
	return sequenceOptionFunc(func(s *Sequence) { s.Type = t })
}

// Optional leaves the sequence of a key out where the database generates the
// key by itself.
func Optional() SequenceOption {
	return sequenceOptionFunc(func(s *Sequence) { s.Optional = true })
}

// OwnedBy has the sequence dropped with a column, told as "table.column" or
// "schema.table.column".
func OwnedBy(column string) SequenceOption {
	return sequenceOptionFunc(func(s *Sequence) { s.owner = column })
}

// OnNull has an identity generate a value where a row is given an explicit NULL.
func OnNull() IdentityOption {
	return identityOptionFunc(func(i *Identity) { i.OnNull = true })
}

// SchemaName is the name of a schema, as an item of a table and as an option of
// a sequence. InSchema makes it.
type SchemaName string

// InSchema puts a table or a sequence into a schema. On SQL Server a name with a
// dot is that of a schema in another database: "sales.dbo".
func InSchema(name string) SchemaName { return SchemaName(name) }

func (n SchemaName) addTo(t *Table) error {
	t.Schema = string(n)
	return nil
}

func (n SchemaName) applySequence(s *Sequence) { s.Schema = string(n) }

// Owner returns the column that owns the sequence, or nil. It is known once the
// MetaData is resolved.
func (s *Sequence) Owner() *Column { return s.owned }

// Alone reports whether the sequence was added to its MetaData by itself.
func (s *Sequence) Alone() bool { return s.alone }

// resolveOwner finds the column that owns the sequence.
func (s *Sequence) resolveOwner() error {
	i := strings.LastIndexByte(s.owner, '.')
	if i < 0 {
		return fmt.Errorf("schema: sequence %q is owned by %q; write it as \"table.column\"", s.FullName(), s.owner)
	}
	if t := s.meta.Table(s.owner[:i]); t != nil {
		s.owned = t.Column(s.owner[i+1:])
	}
	if s.owned == nil {
		return fmt.Errorf("schema: sequence %q is owned by column %q, which is not declared in the same MetaData", s.FullName(), s.owner)
	}
	return nil
}
