package cases

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// Target is a database on which the cases are run.
type Target struct {
	// Open returns an engine over a database or schema that is empty and that no
	// other test uses. What it makes ends with t.
	Open func(t *testing.T) *engine.Engine
	// Other is a schema beside the one that is in use, empty too.
	Other string
	// Like is the product whose rows are expected, as the catalogue names it.
	Like string
	// Setup is run once the tables are filled, for tables of the product's own.
	Setup []expr.Statement
	// Except are cases that this target can't pass, and why. They are skipped with
	// that reason.
	Except map[string]string
}

// Database is a Target with the tables of the catalogue.
type Database struct {
	target *Target
	engine *engine.Engine
	rules  *compile.Rules
	schema *Schema
}

// Prepare opens the target and creates and fills the tables. They go with t.
func (target *Target) Prepare(t *testing.T) *Database {
	t.Helper()
	d := &Database{target: target, engine: target.Open(t), schema: NewSchema(target.Other)}
	caps, err := d.engine.Capabilities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.rules = d.engine.Dialect().Rules(caps)
	if err := d.engine.CreateAll(t.Context(), d.schema.MetaData); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.engine.DropAll(context.Background(), d.schema.MetaData); err != nil {
			t.Error(err)
		}
	})
	var setup []expr.Statement
	for _, s := range d.schema.Data() {
		setup = append(setup, s)
	}
	for _, s := range append(setup, target.Setup...) {
		if _, err := d.engine.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// Run runs every case as a subtest of its name.
func Run(t *testing.T, target Target) {
	d := target.Prepare(t)
	for _, c := range All() {
		t.Run(c.Name, func(t *testing.T) { d.Try(t, c) })
	}
}

// Try runs one case, in a transaction that is rolled back, or, for DDL, in an
// empty database.
func (d *Database) Try(t *testing.T, c Case) {
	t.Helper()
	if why := d.target.Except[c.Name]; why != "" {
		t.Skip(why)
	}
	all, err := expected()
	if err != nil {
		t.Fatal(err)
	}
	e := all[c.Name]
	if e == nil {
		t.Fatalf("no file of testdata/expected has the case %s", c.Name)
	}
	want := e.On[d.target.Like]
	if c.Elements != nil {
		d.elements(t, c)
		return
	}
	s := c.Statement(d.schema)
	k := &expr.Key{}
	s.AppendKey(k)
	compiled, err := compile.Statement(s, k, c.rules(d.schema, d.rules))
	if err != nil {
		d.checkRefusal(t, c, want, err)
		return
	}
	if c.Refused != "" {
		t.Errorf("the statement is not refused: %s", compiled.SQL)
	}
	d.statement(t, c, s, compiled, want)
}

// checkRefusal fails the test unless the error names what is missing, in a case
// that need not run on this product.
func (d *Database) checkRefusal(t *testing.T, c Case, want *outcome, err error) {
	t.Helper()
	var unsupported *compile.UnsupportedError
	differs := c.Differs[d.target.Like]
	switch {
	case differs.Error != "" && strings.Contains(err.Error(), differs.Error):
	case c.Refused != "":
		if !strings.Contains(err.Error(), c.Refused) {
			t.Errorf("got the error %v, want one with %q", err, c.Refused)
		}
	case !errors.As(err, &unsupported):
		t.Errorf("got the error %v, want the statement or a refusal by name", err)
	case want != nil && want.Failed != "refused":
		t.Errorf("the database has the construct, but: %v", err)
	}
}

func (d *Database) statement(t *testing.T, c Case, s expr.Statement, compiled *compile.Compiled, want *outcome) {
	t.Helper()
	tx, err := d.engine.Begin(t.Context(), engine.TxOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := tx.Rollback(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	rows, res, err := execute(t.Context(), tx, c.configured(d.schema, s), compiled.ReturnsRows)
	differs, isOther := c.Differs[d.target.Like]
	switch {
	case isOther:
		differs.check(t, rows, res, err)
	case want != nil && want.Failed == "constraint":
		var violated *sqlerr.ConstraintError
		if !errors.As(err, &violated) {
			t.Errorf("got the error %v, want that of a constraint", err)
		}
	case err != nil:
		t.Errorf("%v\n%s", err, compiled.SQL)
	case want == nil || want.Failed != "" || c.Chance:
	default:
		want.check(t, c, rows, res)
	}
	if t.Failed() {
		t.Log(compiled.SQL)
	}
}

func (d Difference) check(t *testing.T, rows []row, res driver.Result, err error) {
	t.Helper()
	if d.Why == "" {
		t.Error("a difference has no reason")
	}
	if d.Error != "" || err != nil {
		if err == nil || d.Error == "" || !strings.Contains(err.Error(), d.Error) {
			t.Errorf("got the error %v, want one with %q", err, d.Error)
		}
		return
	}
	if d.Rows == nil {
		if res.RowsAffected != d.Affected {
			t.Errorf("got %d rows changed, want %d", res.RowsAffected, d.Affected)
		}
		return
	}
	if diff := cmp.Diff(texts(rows), d.Rows); diff != "" {
		t.Errorf("rows (-got +want):\n%s", diff)
	}
}

// execute runs a statement and returns its rows, if it has any.
func execute(ctx context.Context, x engine.Executor, s expr.Statement, returns bool) ([]row, driver.Result, error) {
	if !returns {
		res, err := x.Exec(ctx, s)
		return nil, res, err
	}
	r, err := x.Query(ctx, s)
	if err != nil {
		return nil, driver.Result{}, err
	}
	defer r.Close()
	rows := []row{}
	for r.Next() {
		rows = append(rows, readRow(r))
	}
	if err := r.Row().Err(); err != nil {
		return nil, driver.Result{}, err
	}
	if err := r.Close(); err != nil {
		return nil, driver.Result{}, err
	}
	return rows, r.Done(), nil
}

// elements makes the schema elements in an empty database.
func (d *Database) elements(t *testing.T, c Case) {
	t.Helper()
	e := d.target.Open(t)
	s := NewSchema(d.target.Other)
	var list []schema.Element
	if c.Before != nil {
		list = c.Before(s)
	}
	for i, element := range append(list, c.Elements(s)...) {
		statements, err := compile.Element(element, d.rules)
		if err != nil && i >= len(list) {
			d.checkRefusal(t, c, nil, err)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range statements {
			if _, err := e.Exec(t.Context(), text(sql)); err != nil {
				differs, ok := c.Differs[d.target.Like]
				if !ok || differs.Error == "" || !strings.Contains(err.Error(), differs.Error) {
					t.Errorf("%v\n%s", err, sql)
				}
				return
			}
		}
	}
	if c.Refused != "" {
		t.Error("the elements are not refused")
	}
}

// text is a statement that is text already.
type text string

// AppendKey implements expr.Node.
func (s text) AppendKey(k *expr.Key) {
	k.Tag(expr.TagExtension)
	k.String("cases")
	k.String(string(s))
}

// Verb implements expr.Statement.
func (text) Verb() expr.Verb { return expr.VerbText }

// Render implements compile.Renderer.
func (s text) Render(c *compile.Compiler) { c.Text(string(s)) }
