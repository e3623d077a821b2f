package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// compile compiles a statement for this server. k holds the key of s.
func (s *server) compile(x expr.Statement, k *expr.Key) (*compile.Compiled, error) {
	ins, ok := x.(*expr.Insert)
	if ok {
		p := ins.Parts()
		if t, isTable := p.Into.(*schema.Table); isTable {
			if err := checkInsert(t, p); err != nil {
				return nil, err
			}
		}
	}
	if ok && s.caps.SequencesByName {
		var err error
		if x, err = s.nameSequences(ins); err != nil {
			return nil, err
		}
	}
	return compile.Statement(x, k, s.rules)
}

// nameSequences has an INSERT draw the values of columns that it leaves out
// from their sequences. It adds no values, so the key's stay in their places.
func (s *server) nameSequences(ins *expr.Insert) (*expr.Insert, error) {
	p := ins.Parts()
	t, ok := p.Into.(*schema.Table)
	if !ok {
		return ins, nil
	}
	columns, rows := slices.Clone(p.Columns), slices.Clone(p.Rows)
	if len(rows) == 0 && p.From == nil {
		rows = [][]expr.Expression{nil}
	}
	var drawn []expr.Expression
	for _, c := range t.Columns() {
		seq := s.dialect.SequenceFor(s.caps, c)
		if seq == nil {
			seq = c.DefaultSequence()
		}
		if seq == nil || slices.ContainsFunc(p.Columns, func(x expr.Expression) bool { return isColumn(x, c) }) {
			continue
		}
		columns = append(columns, c.Ref())
		drawn = append(drawn, &expr.NextValue{Sequence: seq, Type: c.Type})
		for i, row := range rows {
			rows[i] = append(slices.Clip(row), drawn[len(drawn)-1])
		}
	}
	if len(drawn) == 0 {
		return ins, nil
	}
	if p.From == nil {
		return ins.Filling(columns, rows, nil), nil
	}
	q := p.From.Parts()
	if q.Distinct || len(q.GroupBy) > 0 {
		return nil, drawnBySelect(columns[len(p.Columns)], "its SELECT has DISTINCT or GROUP BY, beside which values can't be drawn; put that SELECT into a derived table, and select from it")
	}
	return ins.Filling(columns, nil, p.From.Columns(slices.Concat(q.Columns, drawn)...)), nil
}

// drawnBySelect says why an INSERT from a SELECT can't fill a column from its
// sequence.
func drawnBySelect(column expr.Expression, why string) error {
	name := ""
	if c, ok := column.(*expr.Column); ok {
		name = c.Name
	}
	return fmt.Errorf("engine: an INSERT from a SELECT leaves column %s to its sequence, and %s", name, why)
}

func isColumn(x expr.Expression, c *schema.Column) bool {
	ref, ok := expr.Unwrap(x).(*expr.Column)
	return ok && ref.Name == c.Name
}

// withTaken gives an INSERT the values that come from the sequence table: those
// of columns that it leaves out, and those that it has as the next value of a
// sequence. It returns all other statements as they are.
func (l *link) withTaken(ctx context.Context, x expr.Statement) (expr.Statement, error) {
	if l.server.caps.Sequences {
		return x, nil
	}
	ins, ok := x.(*expr.Insert)
	if !ok {
		return x, nil
	}
	p := ins.Parts()
	t, ok := p.Into.(*schema.Table)
	if !ok {
		return x, nil
	}
	taken := l.server.takenColumns(t)
	if len(taken) == 0 && !slices.ContainsFunc(p.Rows, func(row []expr.Expression) bool { return slices.ContainsFunc(row, isNext) }) {
		return x, nil
	}
	if l.readOnly() {
		return x, nil // it will be refused
	}
	if err := l.free(); err != nil {
		return nil, err
	}
	columns, rows := slices.Clone(p.Columns), slices.Clone(p.Rows)
	if p.From != nil {
		return ins, notTakenBySelect(taken, columns)
	}
	if err := l.fillNext(ctx, t, columns, rows); err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		rows = [][]expr.Expression{nil}
	}
	for _, c := range taken {
		if err := l.fill(ctx, c, &columns, rows); err != nil {
			return nil, err
		}
	}
	return ins.Filling(columns, rows, nil), nil
}

// notTakenBySelect refuses an INSERT from a SELECT that leaves out a column
// whose values come from the sequence table: how many it needs is not known
// before.
func notTakenBySelect(taken []takenColumn, columns []expr.Expression) error {
	for _, c := range taken {
		if !slices.ContainsFunc(columns, func(x expr.Expression) bool { return isColumn(x, c.column) }) {
			return drawnBySelect(c.column.Ref(), "the database has no sequences; read the rows and insert them as values, or let the SELECT give the column")
		}
	}
	return nil
}

// fill sets the column in all rows where it is left out.
func (l *link) fill(ctx context.Context, c takenColumn, columns *[]expr.Expression, rows [][]expr.Expression) error {
	if slices.ContainsFunc(*columns, func(x expr.Expression) bool { return isColumn(x, c.column) }) {
		return nil
	}
	r, err := l.takeFor(ctx, c, len(rows))
	if err != nil {
		return err
	}
	*columns = append(*columns, c.column.Ref())
	for i, row := range rows {
		rows[i] = append(slices.Clip(row), &compile.Drawn{X: expr.BindValue(c.column.Type, sqltype.Int64Value(r.at(i)))})
	}
	return nil
}

// takenColumns returns the columns of a table whose values come from the
// sequence table.
func (s *server) takenColumns(t *schema.Table) []takenColumn {
	if known, ok := s.taken.Load(t); ok {
		return known.([]takenColumn)
	}
	var taken []takenColumn
	for _, c := range t.Columns() {
		if seq := s.dialect.SequenceFor(s.caps, c); seq != nil {
			taken = append(taken, takenColumn{column: c, sequence: seq})
		}
	}
	s.taken.Store(t, taken)
	return taken
}

// nextOf returns the sequence whose next value the expression is, or nil.
func nextOf(x expr.Expression) *schema.Sequence {
	next, ok := expr.Unwrap(x).(*expr.NextValue)
	if !ok {
		return nil
	}
	seq, _ := next.Sequence.(*schema.Sequence)
	return seq
}

func isNext(x expr.Expression) bool { return nextOf(x) != nil }

// fillNext sets the values of the rows that are the next value of a sequence,
// column by column, each in the order of the rows.
func (l *link) fillNext(ctx context.Context, t *schema.Table, columns []expr.Expression, rows [][]expr.Expression) error {
	for at, x := range columns {
		ref, ok := expr.Unwrap(x).(*expr.Column)
		if !ok || t.Column(ref.Name) == nil {
			continue // it will be refused
		}
		places := map[*schema.Sequence][]int{}
		for i, row := range rows {
			if at >= len(row) {
				continue // it will be refused
			}
			if seq := nextOf(row[at]); seq != nil {
				places[seq] = append(places[seq], i)
			}
		}
		for seq, of := range places {
			if err := l.fillPlaces(ctx, takenColumn{t.Column(ref.Name), seq}, at, of, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// fillPlaces sets the column, which is the at-th, in some of the rows.
func (l *link) fillPlaces(ctx context.Context, c takenColumn, at int, places []int, rows [][]expr.Expression) error {
	r, err := l.takeFor(ctx, c, len(places))
	if err != nil {
		return err
	}
	for k, i := range places {
		rows[i] = slices.Clone(rows[i])
		rows[i][at] = &compile.Drawn{X: expr.BindValue(c.column.Type, sqltype.Int64Value(r.at(k)))}
	}
	return nil
}
