package orm

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Selection is a SELECT of columns, entities or both, whose rows are R. It is a
// value: each method returns a changed copy.
type Selection[R any] struct {
	columns []expr.Expression
	from    []Joined
	clauses
	group    []expr.Expression
	having   []expr.Predicate
	distinct bool
	free     bool // of criteria
}

// SelectAs returns the query of columns. An R that is a struct takes each column
// by the field of its name, as engine.Collect does, and the nth Whole entity of a type
// T by the nth field of type *T; any other R takes the one column. Without From
// the tables are those of the columns.
func SelectAs[R any](columns ...expr.Expression) Selection[R] { return Selection[R]{columns: columns} }

// Whole is an entity among the columns of SelectAs and GroupBy. It is the
// object that the session has for its row, and nil in a row of an outer join
// without a partner.
func Whole[T any](src Source[T]) expr.Expression {
	m, from, err := mapperFrom(src, nil)
	return &entityColumns{m: m, from: from, err: err}
}

// entityColumns stands for the columns of an entity.
type entityColumns struct {
	m    *mapper
	from expr.Source
	err  error
}

// SQLType implements expr.Expression.
func (e *entityColumns) SQLType() sqltype.Type { return sqltype.Null{} }

// AppendKey implements expr.Node.
func (e *entityColumns) AppendKey(k *expr.Key) {
	k.Fail(errors.New("orm: a Whole entity stands where one value is meant; it is for the columns of SelectAs and for GroupBy"))
}

// From adds tables to FROM.
func (q Selection[R]) From(tables ...Joined) Selection[R] {
	q.from = append(slices.Clip(q.from), tables...)
	return q
}

// Join joins another table, or the one at the other end of a relationship.
func (q Selection[R]) Join(to Joined, on ...expr.Predicate) Selection[R] {
	q.clauses = q.joined(expr.InnerJoin, to, on)
	return q
}

// LeftJoin is Join that keeps rows which have no partner.
func (q Selection[R]) LeftJoin(to Joined, on ...expr.Predicate) Selection[R] {
	q.clauses = q.joined(expr.LeftJoin, to, on)
	return q
}

// Where adds conditions, all of which must hold.
func (q Selection[R]) Where(ps ...expr.Predicate) Selection[R] {
	q.where = append(slices.Clip(q.where), ps...)
	return q
}

// GroupBy adds terms to GROUP BY.
func (q Selection[R]) GroupBy(xs ...expr.Expression) Selection[R] {
	q.group = append(slices.Clip(q.group), xs...)
	return q
}

// Having adds conditions on groups.
func (q Selection[R]) Having(ps ...expr.Predicate) Selection[R] {
	q.having = append(slices.Clip(q.having), ps...)
	return q
}

// OrderBy adds terms to the order.
func (q Selection[R]) OrderBy(os ...expr.Order) Selection[R] {
	q.order = append(slices.Clip(q.order), os...)
	return q
}

// Limit reads at most n rows.
func (q Selection[R]) Limit(n int) Selection[R] { q.limit = &n; return q }

// Offset skips n rows.
func (q Selection[R]) Offset(n int) Selection[R] { q.offset = &n; return q }

// Distinct drops rows that are there already.
func (q Selection[R]) Distinct() Selection[R] { q.distinct = true; return q }

// Unrestricted has the query see all rows, whatever the models and the session
// say.
func (q Selection[R]) Unrestricted() Selection[R] { q.free = true; return q }

// Statement returns the SELECT that the query sends.
func (q Selection[R]) Statement() (*expr.Select, error) {
	columns, err := flattened(q.columns)
	if err != nil {
		return nil, err
	}
	group, err := flattened(q.group)
	if err := errors.Join(q.wrong, err); err != nil {
		return nil, err
	}
	s := expr.NewSelect(columns...)
	for _, from := range q.from {
		j, err := from.joined()
		if err != nil {
			return nil, err
		}
		s = s.From(j.to)
	}
	s = q.onto(s).GroupBy(unlabelled(group)...).Having(q.having...)
	if q.distinct {
		s = s.Distinct()
	}
	return s, nil
}

// flattened puts its columns in the place of each entity.
func flattened(xs []expr.Expression) ([]expr.Expression, error) {
	var out []expr.Expression
	for _, x := range xs {
		e, ok := x.(*entityColumns)
		if !ok {
			out = append(out, x)
			continue
		}
		if e.err != nil {
			return nil, e.err
		}
		out = append(out, e.m.columnsOf(e.from)...)
	}
	return out, nil
}

// All returns the rows. The session flushes first.
func (q Selection[R]) All(ctx context.Context, s *Session) ([]R, error) {
	stmt, err := q.Statement()
	if err != nil {
		return nil, err
	}
	if err := s.ready(); err != nil {
		return nil, err
	}
	defer s.leave()
	if err := s.autoflush(ctx); err != nil {
		return nil, err
	}
	defer s.freely(q.free)()
	if stmt, err = s.checkedAndRestricted(stmt); err != nil {
		return nil, err
	}
	back, err := s.overStatement(stmt)
	defer back()
	if err != nil {
		return nil, err
	}
	tx, err := s.transaction(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, stmt)
	if err != nil {
		return nil, s.fail(err)
	}
	if !slices.ContainsFunc(q.columns, isEntity) {
		return q.plain(s, rows)
	}
	return q.read(ctx, s, rows)
}

func isEntity(x expr.Expression) bool {
	_, ok := x.(*entityColumns)
	return ok
}

func (q Selection[R]) plain(s *Session, rows *engine.Result) ([]R, error) {
	var out []R
	for r, err := range engine.Rows[R](rows) {
		if err != nil {
			return nil, s.fail(err)
		}
		out = append(out, r)
	}
	return out, nil
}

// read reads rows that have entities.
func (q Selection[R]) read(ctx context.Context, s *Session, rows *engine.Result) ([]R, error) {
	portions, err := q.portions(s)
	if err != nil {
		rows.Close()
		return nil, err
	}
	var out []R
	for rows.Next() {
		var r R
		for _, c := range portions {
			if err := c.read(rows.Row(), mem.Pointer(&r)); err != nil {
				rows.Close()
				return nil, err
			}
		}
		out = append(out, r)
	}
	if err := rows.Close(); err != nil {
		return nil, s.fail(err)
	}
	for _, c := range portions {
		if c.loader != nil {
			if err := c.loader.complete(ctx); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// portion is one column, or one entity, of a row.
type portion struct {
	at     int // its first column in the result
	offset uintptr
	codec  *sqltype.Codec
	loader *loader // nil: a value
}

func (c portion) read(row sqltype.Row, into mem.Pointer) error {
	to := mem.Add(into, c.offset)
	if c.loader == nil {
		return c.codec.Decode(row, c.at, to)
	}
	p, err := c.loader.entityAt(row, c.at)
	*(*mem.Pointer)(to) = p
	return err
}

// portions finds the field of each column and of each entity.
func (q Selection[R]) portions(s *Session) ([]portion, error) {
	t := reflect.TypeFor[R]()
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("orm: a row of entities and columns is read into a struct, which %s is not; give it a field of type *T for each Whole entity, and one for each column", t)
	}
	fields, taken, at := reflect.VisibleFields(t), map[string]bool{}, 0
	var out []portion
	for _, x := range q.columns {
		e, isEntity := x.(*entityColumns)
		i := slices.IndexFunc(fields, func(f reflect.StructField) bool {
			if !f.IsExported() || taken[f.Name] || len(f.Index) != 1 {
				return false
			}
			if isEntity {
				return f.Type == reflect.PointerTo(e.m.goType)
			}
			return nameOf(f) == expr.OutputName(x)
		})
		if i < 0 {
			return nil, noField(t, x)
		}
		taken[fields[i].Name] = true
		c := portion{at: at, offset: fields[i].Offset}
		if isEntity {
			c.loader = s.loaderOf(e.m)
			at += c.loader.n
		} else {
			var err error
			if c.codec, err = sqltype.CodecFor(x.SQLType(), fields[i].Type); err != nil {
				return nil, fmt.Errorf("orm: %s.%s: %w", t, fields[i].Name, err)
			}
			at++
		}
		out = append(out, c)
	}
	return out, nil
}

// nameOf is the column that a field takes.
func nameOf(f reflect.StructField) string {
	if name := f.Tag.Get("db"); name != "" {
		return name
	}
	return snakeCase(f.Name)
}

func noField(t reflect.Type, x expr.Expression) error {
	if e, ok := x.(*entityColumns); ok {
		return fmt.Errorf("orm: %s has no field of type *%s for that Whole entity; add one for each", t, e.m.goType)
	}
	if name := expr.OutputName(x); name != "" {
		return fmt.Errorf("orm: %s has no field for the column %q; add one, or leave the column out", t, name)
	}
	return fmt.Errorf("orm: a column has no name by which %s could take it; give it one by As", t)
}

// One returns the only row. None is sqlerr.ErrNoRows, more than one is
// sqlerr.ErrMultipleRows.
func (q Selection[R]) One(ctx context.Context, s *Session) (R, error) {
	var none R
	if q.limit == nil {
		q = q.Limit(2)
	}
	rows, err := q.All(ctx, s)
	switch {
	case err != nil:
		return none, err
	case len(rows) == 0:
		return none, fmt.Errorf("orm: %w", sqlerr.ErrNoRows)
	case len(rows) > 1:
		return none, fmt.Errorf("orm: %w", sqlerr.ErrMultipleRows)
	}
	return rows[0], nil
}

// First returns the first row of the order, and whether there is one.
func (q Selection[R]) First(ctx context.Context, s *Session) (row R, found bool, err error) {
	rows, err := q.Limit(1).All(ctx, s)
	if err != nil || len(rows) == 0 {
		return row, false, err
	}
	return rows[0], true, nil
}
