package schema

import (
	"errors"
	"fmt"
	"math"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// SequenceOptions are the options of a Sequence or an Identity. A nil pointer
// leaves the option to its default: start 1 (or the maximum when descending),
// increment 1.
type SequenceOptions struct {
	Start, Increment *int64
	Min, Max         *int64
	NoMin, NoMax     bool
	Cycle            *bool
	Cache            *int64
	Order            *bool // Oracle
}

// Sequence is a named generator of numbers. As an option of a column it fills
// the column; databases that have no sequences carry it by other means, or
// refuse it when the tables are created.
type Sequence struct {
	Name, Schema string
	// Type is the integer type of the values; nil: the database's own, or that
	// of the column.
	Type sqltype.Type
	// Optional leaves the sequence out where the database generates integer
	// keys by itself.
	Optional bool
	SequenceOptions

	owner string  // "table.column", where it is owned
	owned *Column // what owner names, once that is resolved
	alone bool    // was added to its MetaData by itself
	meta  *MetaData
}

// Identity is GENERATED … AS IDENTITY.
type Identity struct {
	// Always refuses explicit values.
	Always bool
	// OnNull generates a value for an explicit NULL too (Oracle).
	OnNull bool
	SequenceOptions
}

// NewSequence returns a sequence. Given as an option to a column, it fills it.
// It belongs to one MetaData, whose Schema it takes where it names none.
func NewSequence(name string, opts ...SequenceOption) *Sequence {
	s := &Sequence{Name: name}
	for _, o := range opts {
		o.applySequence(s)
	}
	return s
}

// NewIdentity returns an identity, to be given as an option to a column.
func NewIdentity(opts ...IdentityOption) *Identity {
	i := &Identity{}
	for _, o := range opts {
		o.applyIdentity(i)
	}
	return i
}

// AlwaysIdentity returns an identity that refuses explicit values.
func AlwaysIdentity(opts ...IdentityOption) *Identity {
	i := NewIdentity(opts...)
	i.Always = true
	return i
}

// FullName returns the name with its schema, where it has one.
func (s *Sequence) FullName() string { return fullName(s.Schema, s.Name) }

// Next is the next value of the sequence, as an expression.
func (s *Sequence) Next() expr.Num[int64] {
	return expr.NewNum[int64](&expr.NextValue{Sequence: s, Type: int64Codec.Type}, int64Codec)
}

var int64Codec = sqltype.CodecOf[int64](sqltype.Integer{Bits: 64})

// AppendKey implements expr.Node.
func (s *Sequence) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("sequence")
	k.String(s.Schema)
	k.String(s.Name)
}

func (s *Sequence) applyColumn(c *Column) {
	if c.Sequence != nil {
		c.errs = append(c.errs, errors.New("has two sequences; keep one"))
	}
	c.Sequence = s
}

func (i *Identity) applyColumn(c *Column) {
	if c.Identity != nil {
		c.errs = append(c.errs, errors.New("has two identities; keep one"))
	}
	c.Identity = i
}

func optionsOf(s *Sequence) *SequenceOptions {
	if s == nil {
		return nil
	}
	return &s.SequenceOptions
}

func (i *Identity) optionsOrNil() *SequenceOptions {
	if i == nil {
		return nil
	}
	return &i.SequenceOptions
}

// StartValue returns the first value: Start, or else the smallest value of an
// ascending and the largest of a descending sequence.
func (o *SequenceOptions) StartValue() int64 {
	switch {
	case o.Start != nil:
		return *o.Start
	case o.IncrementValue() > 0 && o.Min != nil:
		return *o.Min
	case o.IncrementValue() > 0:
		return 1
	case o.Max != nil:
		return *o.Max
	}
	return -1
}

// IncrementValue returns the step, 1 where none was given.
func (o *SequenceOptions) IncrementValue() int64 {
	if o.Increment != nil {
		return *o.Increment
	}
	return 1
}

// Cycles reports whether the sequence starts again after its last value.
func (o *SequenceOptions) Cycles() bool { return o.Cycle != nil && *o.Cycle }

// Ordered reports whether values in the order of the requests are asked for.
func (o *SequenceOptions) Ordered() bool { return o.Order != nil && *o.Order }

// Limits returns the smallest and largest value: Min and Max, or else those of
// standard SQL for values of type t: from 1 up, or from -1 down, as far as the
// type goes. A nil t is 64 bits.
func (o *SequenceOptions) Limits(t sqltype.Type) (low, high int64) {
	typeLow, typeHigh := int64(math.MinInt64), int64(math.MaxInt64)
	if t != nil {
		if l, h, ok := integerRange(t); ok {
			typeLow, typeHigh = l, h
		}
	}
	low, high = 1, typeHigh
	if o.IncrementValue() < 0 {
		low, high = typeLow, -1
	}
	if o.Min != nil {
		low = *o.Min
	}
	if o.Max != nil {
		high = *o.Max
	}
	return low, high
}

// options renders the options for comparison.
func (s *Sequence) options() string {
	return fmt.Sprint(s.StartValue(), s.IncrementValue(), show(s.Min), show(s.Max), s.NoMin, s.NoMax, s.Cycles(), show(s.Cache),
		s.Ordered(), s.Type, s.Optional, s.owner)
}

func show(p *int64) string {
	if p == nil {
		return "-"
	}
	return fmt.Sprint(*p)
}

// check refuses options that no database can honour for a column of type t.
func (o *SequenceOptions) check(t sqltype.Type) error {
	switch {
	case o.IncrementValue() == 0:
		return errors.New("an increment of 0 gives the same value for ever; use another")
	case o.Cache != nil && *o.Cache < 1:
		return errors.New("a cache must be at least 1")
	case o.Min != nil && o.NoMin:
		return errors.New("has both Min and NoMin; keep one")
	case o.Max != nil && o.NoMax:
		return errors.New("has both Max and NoMax; keep one")
	case o.Min != nil && o.Max != nil && *o.Min > *o.Max:
		return fmt.Errorf("the smallest value %d is above the largest %d", *o.Min, *o.Max)
	}
	typeLow, typeHigh, ok := integerRange(t)
	if !ok {
		return fmt.Errorf("a sequence or identity needs an integer or whole numeric type, not %s", t)
	}
	low, high := o.Limits(t)
	if low < typeLow || high > typeHigh {
		return fmt.Errorf("the limits %d to %d are wider than the type %s", low, high, t)
	}
	if start := o.StartValue(); start < low || start > high {
		return fmt.Errorf("the start %d is outside %d to %d; set Min or Max, or use a wider type than %s", start, low, high, t)
	}
	return nil
}

// check refuses what is wrong with a sequence by itself.
func (s *Sequence) check() error {
	t := s.Type
	if t == nil {
		t = sqltype.Integer{Bits: 64}
	}
	if i, ok := IntegerType(t); !ok || i.Unsigned {
		return fmt.Errorf("sequence %q is of type %s; use a signed integer", s.FullName(), t)
	}
	if err := s.SequenceOptions.check(t); err != nil {
		return fmt.Errorf("sequence %q: %w", s.FullName(), err)
	}
	return nil
}
