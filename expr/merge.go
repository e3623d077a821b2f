package expr

import (
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/sqltype"
)

// Merge is MERGE: rows of a source are matched with those of a table, which is
// changed by what they are. It is immutable. Products without MERGE refuse it;
// OnConflict, Update.From and Insert.From do most of it everywhere.
type Merge struct {
	into      Source
	using     Source
	on        []Expression
	whens     []MergeWhen
	returning []Expression
	err       error
}

// MergeMatch says which rows a WHEN of a MERGE is for.
type MergeMatch uint8

// The rows that a WHEN may be for.
const (
	Matched            MergeMatch = iota // a row of the table with one of the source
	NotMatched                           // a row of the source without one of the table
	NotMatchedBySource                   // a row of the table without one of the source
)

// MergeAction is what a WHEN of a MERGE does.
type MergeAction uint8

// The actions.
const (
	MergeNothing MergeAction = iota
	MergeUpdate
	MergeDelete
	MergeInsert
)

// MergeWhen is a WHEN of a MERGE.
type MergeWhen struct {
	Match  MergeMatch
	Where  []Expression
	Action MergeAction
	Set    []Assignment // of an UPDATE or INSERT; none in an INSERT is a row of defaults
}

// AppendKey implements Node.
func (w MergeWhen) AppendKey(k *Key) {
	k.Tag(byte(w.Match))
	k.Tag(byte(w.Action))
	keyNodes(k, w.Where)
	keyNodes(k, w.Set)
}

// NewMerge returns MERGE INTO the table.
func NewMerge(into Source) *Merge { return &Merge{into: into} }

func (s *Merge) with(change func(c *Merge)) *Merge {
	c := *s
	change(&c)
	return &c
}

// Using says which source is matched, and by which conditions, all of which
// must hold. Two rows of the source that match one row of the table are an error
// of the database where that row would be changed twice.
func (s *Merge) Using(source Source, on ...Predicate) *Merge {
	return s.with(func(c *Merge) { c.using, c.on = source, unwrapAll(on) })
}

// WhenMatched is for a row of the table that one of the source matches, and for
// which all conditions hold. Of several WHENs that are for a row the first one
// counts.
func (s *Merge) WhenMatched(ps ...Predicate) MergeChange {
	return MergeChange{s, MergeWhen{Match: Matched, Where: unwrapAll(ps)}}
}

// WhenNotMatched is for a row of the source that matches none of the table.
func (s *Merge) WhenNotMatched(ps ...Predicate) MergeAddition {
	return MergeAddition{s, MergeWhen{Match: NotMatched, Where: unwrapAll(ps)}}
}

// WhenNotMatchedBySource is for a row of the table that none of the source
// matches.
func (s *Merge) WhenNotMatchedBySource(ps ...Predicate) MergeChange {
	return MergeChange{s, MergeWhen{Match: NotMatchedBySource, Where: unwrapAll(ps)}}
}

// MergeChange is a WHEN that has a row of the table, and waits for what is done
// with it.
type MergeChange struct {
	s *Merge
	w MergeWhen
}

// Update changes the row.
func (m MergeChange) Update(set ...Assignment) *Merge {
	m.w.Action, m.w.Set = MergeUpdate, UnwrapAssignments(set)
	out := m.s.when(m.w)
	if len(set) == 0 {
		out.err = errMergeNothingSet
	}
	return out
}

// Delete deletes the row.
func (m MergeChange) Delete() *Merge {
	m.w.Action = MergeDelete
	return m.s.when(m.w)
}

// DoNothing leaves the row as it is, whatever further WHENs say.
func (m MergeChange) DoNothing() *Merge { return m.s.when(m.w) }

// MergeAddition is a WHEN that has a row of the source, and waits for what is
// done with it.
type MergeAddition struct {
	s *Merge
	w MergeWhen
}

// Insert inserts a row, of defaults where nothing is set. The values may read
// the source.
func (m MergeAddition) Insert(set ...Assignment) *Merge {
	m.w.Action, m.w.Set = MergeInsert, UnwrapAssignments(set)
	return m.s.when(m.w)
}

// DoNothing inserts nothing, whatever further WHENs say.
func (m MergeAddition) DoNothing() *Merge { return m.s.when(m.w) }

func (s *Merge) when(w MergeWhen) *Merge {
	return s.with(func(c *Merge) { c.whens = append(slices.Clip(c.whens), w) })
}

// Returning returns columns of the rows that were inserted, changed or deleted,
// and of the source.
func (s *Merge) Returning(xs ...Expression) *Merge {
	return s.with(func(c *Merge) { c.returning = append(slices.Clip(c.returning), unwrapAll(xs)...) })
}

// MergeParts are the clauses of a Merge.
type MergeParts struct {
	Into, Using Source
	On          []Expression
	Whens       []MergeWhen
	Returning   []Expression
}

// Parts returns the clauses, which must not be changed.
func (s *Merge) Parts() MergeParts {
	return MergeParts{Into: s.into, Using: s.using, On: s.on, Whens: s.whens, Returning: s.returning}
}

// Verb implements Statement.
func (s *Merge) Verb() Verb { return VerbMerge }

var (
	errMergeNothingSet = errors.New("expr: a WHEN of a MERGE updates nothing; give it assignments, or use DoNothing")
	errMergeUsing      = errors.New("expr: a MERGE needs a source and conditions that match it; call Using")
	errMergeWhens      = errors.New("expr: a MERGE does nothing; call WhenMatched or WhenNotMatched")
)

// AppendKey implements Node.
func (s *Merge) AppendKey(k *Key) {
	switch {
	case s.err != nil:
		k.Fail(s.err)
	case s.using == nil || len(s.on) == 0:
		k.Fail(errMergeUsing)
	case len(s.whens) == 0:
		k.Fail(errMergeWhens)
	}
	k.Tag(tagMerge)
	k.Node(s.into)
	k.Node(s.using)
	keyNodes(k, s.on)
	keyNodes(k, s.whens)
	keyNodes(k, s.returning)
}

// MergedAs is, in the RETURNING of a Merge, what was done with the row, as text:
// INSERT, UPDATE or DELETE.
type MergedAs struct{}

// SQLType implements Expression.
func (MergedAs) SQLType() sqltype.Type { return sqltype.Text{} }

// AppendKey implements Node.
func (MergedAs) AppendKey(k *Key) { k.Tag(tagMergedAs) }
