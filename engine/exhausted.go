package engine

import (
	"context"
	"errors"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// generatorsLeft returns the columns of a table whose values an INSERT of the
// others leaves to generators.
func generatorsLeft(t *schema.Table, sends func(c *schema.Column) bool) []*schema.Column {
	var left []*schema.Column
	for _, c := range t.Columns() {
		if (c.Generated() || c.DefaultSequence() != nil) && !sends(c) {
			left = append(left, c)
		}
	}
	return left
}

// sequenceOf returns the sequence that fills the column, nil where its own
// generator does.
func (s *server) sequenceOf(c *schema.Column) *schema.Sequence {
	if seq := s.dialect.SequenceFor(s.caps, c); seq != nil {
		return seq
	}
	return c.DefaultSequence()
}

// optionsOf returns the options of what fills the column.
func (s *server) optionsOf(c *schema.Column) *schema.SequenceOptions {
	if seq := s.sequenceOf(c); seq != nil {
		return &seq.SequenceOptions
	}
	if c.Identity != nil {
		return &c.Identity.SequenceOptions
	}
	return &schema.SequenceOptions{}
}

// end is the last value that the column's generator can give it.
func (s *server) end(c *schema.Column) int64 {
	o := s.optionsOf(c)
	low, high := o.Limits(c.Type)
	typeLow, typeHigh := (&schema.SequenceOptions{Increment: o.Increment}).Limits(c.Type)
	if o.IncrementValue() < 0 {
		return max(low, typeLow)
	}
	return min(high, typeHigh)
}

func (s *server) exhaustedError(c *schema.Column, err error) error {
	e := &sqlerr.IDExhaustedError{Table: c.Table.FullName(), Column: c.Name, Limit: s.end(c), Err: err}
	if seq := s.sequenceOf(c); seq != nil {
		e.Generator = seq.FullName()
	} else if seq := c.OwnSequence(); seq != nil { // which the column's own generator carries
		e.Generator = seq.FullName()
	}
	return e
}

// past returns what reports whether a generated value lies beyond the end of
// its column.
func (s *server) past(c *schema.Column) func(id int64) bool {
	end := s.end(c)
	if s.optionsOf(c).IncrementValue() < 0 {
		return func(id int64) bool { return id < end }
	}
	return func(id int64) bool { return id > end }
}

// exhausted recognizes that a generator has come to its end by what databases
// say of that, and names it. Where they say no more than that some number was
// too large, or that the last id is there already, the generator is asked where
// it stands.
func (l *link) exhausted(ctx context.Context, err error) error {
	left := l.target.left
	var broken *sqlerr.ConstraintError
	switch {
	case len(left) == 0:
		return err
	case errors.Is(err, sqlerr.ErrIDExhausted):
		if len(left) > 1 {
			return err
		}
		return l.server.exhaustedError(left[0], err)
	case errors.As(err, &broken) && broken.Kind == sqlerr.Check:
		for _, c := range left {
			if broken.Name == c.EndCheckName() {
				return l.server.exhaustedError(c, err)
			}
		}
	case errors.Is(err, sqlerr.ErrOutOfRange), broken != nil && broken.Kind == sqlerr.PrimaryKey && l.target.generated():
		for _, c := range left {
			if l.ended(ctx, c) {
				return l.server.exhaustedError(c, err)
			}
		}
	}
	return err
}

// ended asks the column's generator, outside of a transaction that has failed,
// whether it has come to the end of the column.
func (l *link) ended(ctx context.Context, c *schema.Column) (ended bool) {
	mover, ok := l.engine.dialect.(dialect.Mover)
	if !ok || l.pool == nil || l.server.caps.SingleWriter || l.server.caps.OneConnection {
		return false
	}
	g := mover.Generator(l.server.caps, c, l.server.sequenceOf(c))
	if g == nil {
		return false
	}
	err := l.engine.onService(ctx, func(service *link) error {
		var err error
		ended, err = g.Ended(ctx, (&Conn{l: service}).Querier(), l.server.end(c))
		return err
	})
	return err == nil && ended // of what can't be told, the first error tells most
}

func isSent(columns []expr.Expression) func(c *schema.Column) bool {
	return func(c *schema.Column) bool {
		for _, x := range columns {
			if isColumn(x, c) {
				return true
			}
		}
		return false
	}
}
