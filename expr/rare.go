package expr

import "slices"

// rareClauses are the clauses that few SELECTs have, apart so that the others
// need not copy them.
type rareClauses struct {
	RareParts
	correlated []Source
}

// RareParts are the clauses that few SELECTs have.
type RareParts struct {
	With       []*CTE
	DistinctOn []Expression
	Windows    []NamedWindow
	Prefixes   []Hint
	Suffixes   []Hint
	TableHints []TableHint
	Extensions []Extension
	Ties       bool // LIMIT keeps rows that are equal to the last one
	Percent    bool // LIMIT is a percentage
}

// NamedWindow is a window of a WINDOW clause.
type NamedWindow struct {
	Name   string
	Window Window
}

// Hint is text between the words of a SELECT, for the products that are named;
// for all where none is.
type Hint struct {
	Text     string
	Products []string
}

// TableHint is text behind a source of FROM.
type TableHint struct {
	Of Source
	Hint
}

func (s *Select) rarely(change func(r *rareClauses)) *Select {
	return s.with(func(c *Select) {
		r := rareClauses{}
		if c.rare != nil {
			r = *c.rare
		}
		change(&r)
		c.rare = &r
	})
}

// With puts CTEs into the WITH of this SELECT: those that nothing refers to,
// such as a DELETE beside it, and those that a subquery keeps for itself.
func (s *Select) With(ctes ...*CTE) *Select {
	return s.rarely(func(r *rareClauses) { r.With = append(slices.Clip(r.With), ctes...) })
}

// DistinctOn keeps the first of the rows whose terms are equal, in the order of
// OrderBy, which must begin with the same terms.
func (s *Select) DistinctOn(xs ...Expression) *Select {
	return s.rarely(func(r *rareClauses) { r.DistinctOn = unwrapAll(xs) })
}

// Correlate says that sources are those of the statement around, not of this
// subquery, where FROM is taken from the columns.
func (s *Select) Correlate(from ...Source) *Select {
	return s.rarely(func(r *rareClauses) { r.correlated = append(slices.Clip(r.correlated), from...) })
}

// Window names a window for WindowNamed.
func (s *Select) Window(name string, w Window) *Select {
	return s.rarely(func(r *rareClauses) { r.Windows = append(slices.Clip(r.Windows), NamedWindow{name, w}) })
}

// LimitWithTies returns at most n rows, and those that OrderBy makes equal to
// the last of them. It takes the place of Limit.
func (s *Select) LimitWithTies(n int) *Select {
	return s.Limit(n).rarely(func(r *rareClauses) { r.Ties = true })
}

// LimitPercent returns at most n percent of the rows. It takes the place of
// Limit.
func (s *Select) LimitPercent(n int) *Select {
	return s.Limit(n).rarely(func(r *rareClauses) { r.Percent = true })
}

// LimitExpr is Limit by an expression without columns, which some products
// refuse.
func (s *Select) LimitExpr(n Of[int64]) *Select {
	return s.with(func(c *Select) { c.limit = Unwrap(n) })
}

// OffsetExpr is Offset by an expression without columns, which some products
// refuse.
func (s *Select) OffsetExpr(n Of[int64]) *Select {
	return s.with(func(c *Select) { c.offset = Unwrap(n) })
}

// Prefix writes text between SELECT and its columns: a hint or a word of one
// product. It is text of the program; no other compiles. With products it is
// left out for all but these.
func (s *Select) Prefix(text constant, products ...string) *Select {
	return s.rarely(func(r *rareClauses) { r.Prefixes = append(slices.Clip(r.Prefixes), Hint{string(text), products}) })
}

// Suffix writes text behind the statement. It is text of the program; no other
// compiles. With products it is left out for all but these.
func (s *Select) Suffix(text constant, products ...string) *Select {
	return s.rarely(func(r *rareClauses) { r.Suffixes = append(slices.Clip(r.Suffixes), Hint{string(text), products}) })
}

// HintOn writes text behind a source of FROM: USE INDEX (…), WITH (NOLOCK). It
// is text of the program; no other compiles. With products it is left out for
// all but these.
func (s *Select) HintOn(of Source, text constant, products ...string) *Select {
	return s.rarely(func(r *rareClauses) {
		r.TableHints = append(slices.Clip(r.TableHints), TableHint{of, Hint{string(text), products}})
	})
}

// AddColumns adds columns to those that there are.
func (s *Select) AddColumns(columns ...Expression) *Select {
	return s.with(func(c *Select) { c.columns = append(slices.Clip(c.columns), unwrapAll(columns)...) })
}

// own returns the sources that Correlate does not name.
func (r *rareClauses) own(from []Source) []Source {
	return slices.DeleteFunc(from, func(f Source) bool {
		return slices.ContainsFunc(r.correlated, func(c Source) bool { return c.Provides(f) })
	})
}

func (r *rareClauses) appendKey(k *Key) {
	keyNodes(k, r.DistinctOn)
	keyNodes(k, r.correlated)
	k.Int(len(r.Windows))
	for _, w := range r.Windows {
		k.String(w.Name)
		w.Window.appendKey(k)
	}
	keyNodes(k, r.Prefixes)
	keyNodes(k, r.Suffixes)
	k.Int(len(r.TableHints))
	for _, h := range r.TableHints {
		k.Node(h.Of)
		k.Node(h.Hint)
	}
	k.Int(len(r.Extensions))
	for _, x := range r.Extensions {
		k.Tag(byte(x.At))
		k.Node(x.Node)
	}
	k.Bool(r.Ties)
	k.Bool(r.Percent)
}

// AppendKey implements Node.
func (h Hint) AppendKey(k *Key) {
	k.Tag(tagHint)
	k.String(h.Text)
	k.Int(len(h.Products))
	for _, p := range h.Products {
		k.String(p)
	}
}

// keyWith writes the CTEs of a query's own WITH.
func keyWith(k *Key, owner Query, with []*CTE) {
	k.Int(len(with))
	for _, c := range with {
		k.cte(c, owner)
	}
}
