package alkahesttest

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/ids"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Fixture is a row that tests begin with.
type Fixture struct {
	// Table is the table's name, with its schema where it has one.
	Table string
	// Label is the row's name among those of its table, for references; it may be
	// empty.
	Label string
	// Values are by the names of columns. Columns that are left out get their
	// defaults and generated ids.
	Values Values
}

// Values are those of one row, of any Go types that JSON turns into the column's:
// numbers, texts, truth values, nil, time.Time and texts of times, Ref.
type Values map[string]any

// Ref is, as the value of a column that references a table, the row of that table
// with this label: its id need not be known.
type Ref string

// Loaded are rows of fixtures in a database.
type Loaded struct{ rows map[rowKey]*fixtureRow }

type rowKey struct{ table, label string }

// LoadFixtures inserts the rows in the order in which they reference each other,
// whatever order they are given in, in one transaction. Rows that reference
// each other in a circle are inserted with NULL there, and updated. Generators of ids are
// moved on beyond ids that are given (see package ids). Tables, columns and labels that are
// not there, and values that no column holds, are told by name before anything is written.
//
// What fails ends the test. Fixtures with ids of their own belong into the database that
// sandboxes are made of: beside each other they would wait for the same ids.
func LoadFixtures(t testing.TB, db *engine.Engine, m *schema.MetaData, rows ...[]Fixture) *Loaded {
	t.Helper()
	l, err := InsertFixtures(t.Context(), db, m, rows...)
	if err != nil {
		t.Fatalf("alkahesttest: %v", err)
	}
	return l
}

// InsertFixtures is LoadFixtures outside of a test, such as in what builds a
// Template.
func InsertFixtures(ctx context.Context, db *engine.Engine, m *schema.MetaData, rows ...[]Fixture) (*Loaded, error) {
	p, err := newPlan(m, rows)
	if err != nil {
		return nil, fmt.Errorf("fixtures: %w", err)
	}
	err = db.Transact(ctx, engine.TxOptions{}, func(tx *engine.Tx) error { return p.insert(ctx, tx) })
	if err != nil {
		return nil, fmt.Errorf("fixtures: %w", err)
	}
	if err := p.moveOn(ctx, db); err != nil {
		return nil, fmt.Errorf("fixtures: %w", err)
	}
	return &Loaded{rows: p.labels}, nil
}

// LoadEntities inserts entities that a test has written down, with all that
// belongs to them, in a session of its own, which commits. Ids that are not zero
// are sent, and generators moved on beyond them.
func LoadEntities(t testing.TB, db *engine.Engine, m *schema.MetaData, entities ...any) {
	t.Helper()
	err := orm.Transact(t.Context(), db, func(s *orm.Session) error {
		for _, e := range entities {
			s.Add(e)
		}
		return nil
	})
	if err == nil {
		_, err = ids.AdvanceAll(t.Context(), db, m)
	}
	if err != nil {
		t.Fatalf("alkahesttest: %v", err)
	}
}

// ID returns the primary key of a row, of one whole number.
func (l *Loaded) ID(t testing.TB, table, label string) int64 {
	t.Helper()
	row := l.rows[rowKey{table, label}]
	if row == nil {
		t.Fatalf("alkahesttest: no fixture of %s is called %q", table, label)
	}
	pk := row.table.PrimaryKey
	if pk == nil || len(pk.Columns) != 1 || row.known[pk.Columns[0]].Kind() != sqltype.KindInt64 {
		t.Fatalf("alkahesttest: the primary key of %s is not one whole number", table)
	}
	return row.known[pk.Columns[0]].Int64()
}

// LoadJSON is LoadFixtures of a file of JSONFixtures.
func LoadJSON(t testing.TB, db *engine.Engine, m *schema.MetaData, path string) *Loaded {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("alkahesttest: %v", err)
	}
	rows, err := JSONFixtures(text)
	if err != nil {
		t.Fatalf("alkahesttest: %s: %v", path, err)
	}
	return LoadFixtures(t, db, m, rows)
}

// insert writes the rows, and then what closes circles.
func (p *plan) insert(ctx context.Context, tx *engine.Tx) error {
	for _, r := range p.order {
		for col := range r.wanted { // of an attempt before this one
			if !slices.Contains(r.given, col) {
				delete(r.known, col)
			}
		}
		if err := r.insert(ctx, tx); err != nil {
			return fmt.Errorf("%s: %w", r.name(), err)
		}
	}
	for _, r := range p.order {
		if err := r.close(ctx, tx); err != nil {
			return fmt.Errorf("%s: %w", r.name(), err)
		}
	}
	return nil
}

// insert sends the row. What it references has its id by now, but for what is
// put off.
func (r *fixtureRow) insert(ctx context.Context, tx *engine.Tx) error {
	b := engine.InsertBatch{Table: r.table, N: 1}
	var values []sqltype.Value
	for _, col := range r.table.Columns() {
		v, given := r.value(col)
		switch {
		case given:
			b.Columns, b.Exprs = append(b.Columns, col), append(b.Exprs, nil)
			values = append(values, v)
		case col.Default != nil:
			b.Columns, b.Exprs = append(b.Columns, col), append(b.Exprs, col.Default.Expression(col))
		case r.wanted[col]:
			b.Returning = append(b.Returning, col)
		}
	}
	b.Bind = func(_ int, dst []sqltype.Value) ([]sqltype.Value, error) { return append(dst, values...), nil }
	b.Store = func(_ int, row sqltype.Row) error {
		for i, col := range b.Returning {
			v, err := read(row, i, col)
			if err != nil {
				return err
			}
			r.known[col] = v
		}
		return row.Err()
	}
	return tx.Insert(ctx, &b)
}

// value returns what is sent for a column.
func (r *fixtureRow) value(col *schema.Column) (v sqltype.Value, given bool) {
	if target := r.refs[col]; target != nil {
		if r.later[col] {
			return sqltype.NullValue(), true
		}
		return target.row.known[target.col], true
	}
	v, given = r.known[col]
	return v, given
}

// close updates what was put off.
func (r *fixtureRow) close(ctx context.Context, tx *engine.Tx) error {
	if len(r.later) == 0 {
		return nil
	}
	var set []expr.Assignment
	for col := range r.later {
		target := r.refs[col]
		set = append(set, expr.Assignment{Target: col.Ref(), Value: expr.BindValue(col.Type, target.row.known[target.col])})
	}
	q := expr.NewUpdate(r.table).Set(set...)
	for _, col := range r.table.PrimaryKey.Columns {
		v := r.known[col]
		if target := r.refs[col]; target != nil {
			v = target.row.known[target.col]
		}
		q = q.Where(expr.NewPred(&expr.Binary{Op: expr.OpEq, L: col.Ref(), R: expr.BindValue(col.Type, v)}))
	}
	_, err := tx.Exec(ctx, q)
	return err
}

// read returns a value that the database has filled in, such as an id.
func read(row sqltype.Row, i int, col *schema.Column) (sqltype.Value, error) {
	codec, err := sqltype.CodecFor(col.Type, goType(col))
	if err != nil {
		return sqltype.Value{}, err
	}
	p := reflect.New(codec.Go)
	at := mem.Pointer(p.Pointer())
	if err := codec.Decode(row, i, at); err != nil {
		return sqltype.Value{}, err
	}
	return codec.Encode(at)
}

// moveOn moves the generators on that would meet an id which was given.
func (p *plan) moveOn(ctx context.Context, db *engine.Engine) error {
	mover, ok := db.Dialect().(dialect.Mover)
	if !ok {
		return nil
	}
	caps, err := db.Capabilities(ctx)
	if err != nil {
		return err
	}
	for col, highest := range p.highest() {
		gen := mover.Generator(caps, col, db.Dialect().SequenceFor(caps, col))
		if gen == nil {
			continue
		}
		beyond, err := ended(ctx, db, gen, highest)
		if err == nil && !beyond {
			_, err = ids.AdvanceColumn(ctx, db, col)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ended looks without a lock, which would hold up the other sandboxes.
func ended(ctx context.Context, db *engine.Engine, gen dialect.Generator, highest int64) (beyond bool, err error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	beyond, err = gen.Ended(ctx, c.Querier(), highest)
	if closed := c.Close(); err == nil {
		err = closed
	}
	return beyond, err
}
