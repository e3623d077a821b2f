package expr

import "slices"

// Select is SELECT. It is immutable: each method returns a changed copy.
type Select struct {
	columns  []Expression
	from     []Source
	implied  bool // from is what the columns brought, and joins of that
	where    []Expression
	groupBy  []Expression
	having   []Expression
	orderBy  []Order
	limit    Expression
	offset   Expression
	distinct bool
	lock     Lock
	rare     *rareClauses // nil: none
}

// Lock is a locking clause of a SELECT.
type Lock struct {
	Strength LockStrength
	Wait     LockWait
	Of       []Source // empty: all
	// AtLeast locks the rows of all tables where a product can't lock those of some
	// alone, instead of refusing the statement.
	AtLeast bool
	// Optional leaves the clause out where a product has no row locks, instead
	// of refusing the statement.
	Optional bool
}

// LockStrength is how strongly the rows are locked.
type LockStrength uint8

// The strengths.
const (
	NoLock LockStrength = iota
	ForShare
	ForUpdate
	ForKeyShare    // PostgreSQL alone
	ForNoKeyUpdate // PostgreSQL alone
)

// LockWait says what to do about rows that are locked.
type LockWait uint8

// What to do about locked rows.
const (
	Wait LockWait = iota
	NoWait
	SkipLocked
)

// NewSelect returns SELECT of the columns. Without From it selects from the
// sources that the columns belong to.
func NewSelect(columns ...Expression) *Select { return &Select{columns: unwrapAll(columns)} }

func (s *Select) with(change func(c *Select)) *Select {
	c := *s
	change(&c)
	return &c
}

// Columns returns the statement with other columns.
func (s *Select) Columns(columns ...Expression) *Select {
	return s.with(func(c *Select) { c.columns = unwrapAll(columns) })
}

// From adds sources to FROM.
func (s *Select) From(from ...Source) *Select {
	return s.with(func(c *Select) { c.from, c.implied = append(slices.Clip(c.from), from...), false })
}

// Where adds conditions, all of which must hold.
func (s *Select) Where(ps ...Predicate) *Select {
	return s.with(func(c *Select) { c.where = appendUnwrapped(c.where, ps) })
}

// GroupBy adds terms to GROUP BY.
func (s *Select) GroupBy(xs ...Expression) *Select {
	return s.with(func(c *Select) { c.groupBy = appendUnwrapped(c.groupBy, xs) })
}

// Having adds conditions on groups.
func (s *Select) Having(ps ...Predicate) *Select {
	return s.with(func(c *Select) { c.having = appendUnwrapped(c.having, ps) })
}

// OrderBy adds terms to ORDER BY.
func (s *Select) OrderBy(os ...Order) *Select {
	return s.with(func(c *Select) { c.orderBy = append(slices.Clip(c.orderBy), os...) })
}

// Unordered returns the statement without ORDER BY.
func (s *Select) Unordered() *Select { return s.with(func(c *Select) { c.orderBy = nil }) }

// Limit returns at most n rows. An n below zero is refused when the statement
// is compiled.
func (s *Select) Limit(n int) *Select {
	return s.with(func(c *Select) { c.limit = rowCount("LIMIT", n) })
}

// Offset skips n rows.
func (s *Select) Offset(n int) *Select {
	return s.with(func(c *Select) { c.offset = rowCount("OFFSET", n) })
}

// Distinct drops rows that are there already.
func (s *Select) Distinct() *Select { return s.with(func(c *Select) { c.distinct = true }) }

// Locking locks the rows that are returned.
func (s *Select) Locking(l Lock) *Select { return s.with(func(c *Select) { c.lock = l }) }

// Parts are the clauses of a Select, for compilers. They must not be changed.
type Parts struct {
	Columns       []Expression
	From          []Source
	Where, Having []Expression
	GroupBy       []Expression
	OrderBy       []Order
	Limit, Offset Expression // nil: none
	Distinct      bool
	Lock          Lock
	RareParts
}

// Parts returns the clauses.
func (s *Select) Parts() Parts {
	p := Parts{
		Columns: s.columns, From: s.Sources(), Where: s.where, Having: s.having, GroupBy: s.groupBy,
		OrderBy: s.orderBy, Limit: s.limit, Offset: s.offset, Distinct: s.distinct, Lock: s.lock,
	}
	if s.rare != nil {
		p.RareParts = s.rare.RareParts
	}
	return p
}

// Width is how many columns the statement has.
func (s *Select) Width() int { return len(s.columns) }

// Sources returns FROM: what From and Join said, or else the sources of the
// columns in their order, without those that Correlate names.
func (s *Select) Sources() []Source {
	if len(s.from) > 0 {
		return s.from
	}
	var from []Source
	for _, x := range s.columns {
		from = appendSources(from, x)
	}
	if s.rare != nil {
		return s.rare.own(from)
	}
	return from
}

// Verb implements Statement.
func (s *Select) Verb() Verb { return VerbSelect }

// AppendKey implements Node.
func (s *Select) AppendKey(k *Key) {
	k.Tag(tagSelect)
	if s.rare != nil {
		keyWith(k, s, s.rare.With)
	}
	k.Bool(s.distinct)
	keyNodes(k, s.columns)
	keyNodes(k, s.from)
	keyNodes(k, s.where)
	keyNodes(k, s.groupBy)
	keyNodes(k, s.having)
	keyOrders(k, s.orderBy)
	k.rows("LIMIT", s.limit)
	k.rows("OFFSET", s.offset)
	k.Tag(byte(s.lock.Strength))
	k.Tag(byte(s.lock.Wait))
	keyNodes(k, s.lock.Of)
	k.Bool(s.lock.Optional)
	k.Bool(s.lock.AtLeast)
	k.Bool(s.rare != nil)
	if s.rare != nil {
		s.rare.appendKey(k)
	}
}
