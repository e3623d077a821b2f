package dialecttest

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	bigInt  = sqltype.Integer{Bits: 64}
	integer = sqltype.Integer{Bits: 32}
	small   = sqltype.Integer{Bits: 16}
	text    = sqltype.Text{}
)

// id declares a generated key.
func id() schema.TableItem { return schema.NewColumn("id", bigInt, schema.PrimaryKey()) }

// plainID declares a key that the program fills.
func plainID() schema.TableItem {
	return schema.NewColumn("id", bigInt, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo))
}

func column(name string, t sqltype.Type, opts ...schema.Option) schema.TableItem {
	return schema.NewColumn(name, t, opts...)
}

// table declares a table and creates it; it is dropped with the test.
func (c *T) table(name string, items ...schema.TableItem) *schema.Table {
	c.Helper()
	m := schema.NewMetaData()
	t := schema.MustTable(m, name, items...)
	c.create(m)
	return t
}

// create creates what the metadata holds, and drops it with the test.
func (c *T) create(m *schema.MetaData) {
	c.Helper()
	if err := c.engine.CreateAll(c.Context(), m); err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { c.drop(m) })
}

func (c *T) drop(m *schema.MetaData) {
	c.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.engine.DropAll(ctx, m); err != nil {
		c.Errorf("drop: %v", err)
	}
}

// exec runs a statement that must succeed.
func (c *T) exec(x engine.Executor, s expr.Statement) driver.Result {
	c.Helper()
	res, err := x.Exec(c.Context(), s)
	if err != nil {
		c.Fatal(err)
	}
	return res
}

func (c *T) execAll(all []expr.Statement) {
	c.Helper()
	for _, s := range all {
		c.exec(c.engine, s)
	}
}

// during runs the first statements now and the others when the test ends,
// before the tables that were created earlier are dropped.
func (c *T) during(begin, end []expr.Statement) {
	c.Helper()
	c.execAll(begin)
	c.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		for _, s := range end {
			if _, err := c.engine.Exec(ctx, s); err != nil {
				c.Error(err)
			}
		}
	})
}

// set assigns a value to a column of a table.
func set[V any](t *schema.Table, name string, v V) expr.Assignment {
	return expr.Assignment{Target: t.C(name), Value: bindOf(t.Column(name).Type, v)}
}

func bindOf[V any](t sqltype.Type, v V) *expr.Bind { return expr.NewBind(sqltype.CodecOf[V](t), v) }

func num(t *schema.Table, name string) expr.Num[int64] {
	return expr.NewNum[int64](t.C(name), sqltype.CodecOf[int64](t.Column(name).Type))
}

func str(t *schema.Table, name string) expr.TextOf[string] {
	return expr.NewText[string](t.C(name), sqltype.CodecOf[string](t.Column(name).Type))
}

// rows runs a query and returns its rows as text, values separated by "|".
func (c *T) rows(x engine.Executor, q expr.Statement) []string {
	c.Helper()
	r, err := x.Query(c.Context(), q)
	if err != nil {
		c.Fatal(err)
	}
	defer r.Close()
	lines := []string{}
	for r.Next() {
		lines = append(lines, line(r))
		if err := r.Row().Err(); err != nil {
			c.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		c.Fatal(err)
	}
	return lines
}

// wantRows compares the rows of a query.
func (c *T) wantRows(x engine.Executor, q expr.Statement, want ...string) {
	c.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(c.rows(x, q), want); diff != "" {
		c.Errorf("rows (-got +want):\n%s", diff)
	}
}

// count returns the number of rows of a table.
func (c *T) count(x engine.Executor, t *schema.Table) int64 {
	c.Helper()
	n, err := engine.Scalar[int64](c.Context(), x, expr.NewSelect(expr.CountAll()).From(t))
	if err != nil {
		c.Fatal(err)
	}
	return n
}

func (c *T) wantCount(x engine.Executor, t *schema.Table, want int64) {
	c.Helper()
	if got := c.count(x, t); got != want {
		c.Errorf("table %s: got %d rows, want %d", t.Name, got, want)
	}
}

func line(r *engine.Result) string {
	cols := r.ResultColumns()
	parts := make([]string, len(cols))
	for i, col := range cols {
		parts[i] = cell(r.Row(), i, col.Type)
	}
	return strings.Join(parts, "|")
}

func cell(row sqltype.Row, i int, t sqltype.Type) string {
	if row.IsNull(i) {
		return "NULL"
	}
	switch t.Kind() {
	case sqltype.KindInt64:
		return strconv.FormatInt(row.Int64(i), 10)
	case sqltype.KindUint64:
		return strconv.FormatUint(row.Uint64(i), 10)
	case sqltype.KindFloat64:
		return strconv.FormatFloat(row.Float64(i), 'g', -1, 64)
	case sqltype.KindBool:
		return strconv.FormatBool(row.Bool(i))
	case sqltype.KindBytes:
		return hex.EncodeToString(row.Bytes(i))
	case sqltype.KindDate:
		return row.Date(i).Format(time.DateOnly)
	case sqltype.KindTimeOfDay:
		return row.TimeOfDay(i).String()
	case sqltype.KindDateTime:
		return row.DateTime(i).Format("2006-01-02T15:04:05.999999")
	case sqltype.KindInstant:
		return row.Instant(i).Format(time.RFC3339Nano)
	case sqltype.KindUUID:
		return uuid.UUID(row.UUID(i)).String()
	}
	s := string(row.Text(i))
	if t.Kind() == sqltype.KindDecimal && strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".") // whether zeros are kept is the product's affair
	}
	return s
}

// statement is SQL text that a test makes.
type statement string

// AppendKey implements expr.Node.
func (s statement) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("dialecttest")
	k.String(string(s))
}

// Verb implements expr.Statement.
func (statement) Verb() expr.Verb { return expr.VerbText }

// Render implements compile.Renderer.
func (s statement) Render(c *compile.Compiler) { c.Text(string(s)) }

// sameFloat compares floats bit for bit, but for NaN, of which one is as good as
// another.
func sameFloat(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b)
}

// waitFor asks until it is so, and fails the test if that takes too long.
func (c *T) waitFor(what string, isSo func() bool) {
	c.Helper()
	for end := time.Now().Add(patience); !isSo(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			c.Fatalf("waited %s for %s", patience, what)
		}
	}
}

// number returns a name with a number.
func number(prefix string, n int) string { return fmt.Sprintf("%s%d", prefix, n) }
