package engine

import (
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// sequenceUse is a sequence with the column that it fills, nil for one that
// stands alone, and whether the column's own generator carries it.
type sequenceUse struct {
	sequence *schema.Sequence
	column   *schema.Column
	carrier  bool
}

// sequences are those that have to exist, each once, in order.
func (p *ddlPlan) sequences() []sequenceUse {
	var uses []sequenceUse
	attached, seen := map[string]bool{}, map[string]bool{}
	add := func(u sequenceUse) {
		if name := u.sequence.FullName(); !seen[name] {
			seen[name] = true
			uses = append(uses, u)
		}
	}
	for _, t := range p.options.tables {
		for _, c := range t.Columns() {
			if c.Sequence != nil {
				attached[c.Sequence.FullName()] = true
			}
			switch s := p.dialect.SequenceFor(p.server.caps, c); {
			case s != nil:
				add(sequenceUse{sequence: s, column: c})
			case c.OwnSequence() != nil && p.carried != nil:
				add(sequenceUse{sequence: c.Sequence, column: c, carrier: true})
			}
		}
	}
	for _, s := range p.meta.Sequences() {
		if p.options.some && !s.Alone() {
			continue
		}
		if !attached[s.FullName()] || s.Alone() {
			add(sequenceUse{sequence: s})
		}
	}
	return uses
}

func (p *ddlPlan) createSequences() {
	uses := p.sequences()
	created := p.carried == nil
	for _, u := range uses {
		name, want := u.sequence.FullName(), u.sequence.IncrementValue()
		if is, there := p.sequenceThere(name, want); there {
			if is != want {
				p.fail(incrementError(name, is, want))
			}
			continue
		}
		if p.carried == nil {
			p.add(schema.CreateSequence{Sequence: u.sequence, Column: u.column})
			continue
		}
		if !created {
			p.steps = append(p.steps, ddlStep{sql: p.carried.Create})
			created = true
		}
		p.steps = append(p.steps, ddlStep{sql: p.carried.Define, params: defineParams, args: u.define(p.server.rules.Sequence(u.sequence).FullName())})
	}
}

// ownSequences has new sequences belong to the columns that own them, which are
// there now.
func (p *ddlPlan) ownSequences() {
	for _, u := range p.sequences() {
		_, there := p.sequenceThere(u.sequence.FullName(), 0)
		if u.sequence.Owner() != nil && !u.carrier && !there {
			p.add(schema.OwnSequence{Sequence: u.sequence})
		}
	}
}

var defineParams = []sqltype.Type{
	sqltype.Text{},
	sqltype.Integer{Bits: 64},
	sqltype.Integer{Bits: 64},
	sqltype.Integer{Bits: 64},
	sqltype.Integer{Bits: 64},
	sqltype.Integer{Bits: 64},
	sqltype.Text{},
}

// define returns what describes the sequence: name, start, increment, smallest,
// largest, cycle, carrier.
func (u sequenceUse) define(name string) []sqltype.Value {
	s := u.sequence
	start := s.StartValue()
	low, high := s.Limits(s.ValueType(u.column))
	if s.Min == nil {
		low = min(low, start)
	}
	if s.Max == nil {
		high = max(high, start)
	}
	cycle, carrier := int64(0), ""
	if s.Cycles() {
		cycle = 1
	}
	if u.carrier {
		carrier = u.column.FullName()
	}
	return []sqltype.Value{
		sqltype.TextValue(name), sqltype.Int64Value(start), sqltype.Int64Value(s.IncrementValue()),
		sqltype.Int64Value(low), sqltype.Int64Value(high), sqltype.Int64Value(cycle), sqltype.TextValue(carrier),
	}
}

func (p *ddlPlan) dropSequences() {
	for _, u := range p.sequences() {
		name := u.sequence.FullName()
		if _, there := p.sequenceThere(name, 0); !there || p.goesWithOwner(u.sequence) {
			continue
		}
		if p.carried == nil {
			p.add(schema.DropSequence{Sequence: u.sequence})
			continue
		}
		name = p.server.rules.Sequence(u.sequence).FullName()
		p.service.forget(name)
		p.steps = append(p.steps, ddlStep{sql: p.carried.Drop, params: nameParams, args: []sqltype.Value{sqltype.TextValue(name)}})
	}
}

// goesWithOwner reports whether the sequence is dropped with a table.
func (p *ddlPlan) goesWithOwner(s *schema.Sequence) bool {
	owner := s.Owner()
	return owner != nil && p.server.rules.DDL.SequenceOwner && p.there(owner.Table)
}
