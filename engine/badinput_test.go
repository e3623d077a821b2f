package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mssql"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/oracle"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// badStatement is one that is refused on every database: in words that hold
// what is wrong, and what to do.
type badStatement struct {
	name       string
	stmt       expr.Statement
	wrong, way string
}

// badTables are two tables that no foreign key links.
type badTables struct {
	a, b     *schema.Table
	id       expr.Num[int64]
	other    expr.Num[int64]
	selectID *expr.Select
}

func newBadTables(t *testing.T) badTables {
	x := badTables{a: words(t, "engine_bad"), b: words(t, "engine_other")}
	x.id, x.other = expr.NumColumn[int64](x.a, "id"), expr.NumColumn[int64](x.b, "id")
	x.selectID = expr.NewSelect(x.id)
	return x
}

func (x badTables) set(column string, v expr.Of[string]) expr.Assignment {
	return expr.Assignment{Target: x.a.C(column), Value: expr.Unwrap(v)}
}

func (x badTables) foreign() []badStatement {
	const wrong, way = "column engine_other.id is used, but engine_other is not in FROM", "join it or select from it"
	set := x.set("word", expr.Value("x"))
	return []badStatement{
		{"a foreign column", expr.NewSelect(x.id, x.other).From(x.a), wrong, way},
		{"a foreign column in WHERE", x.selectID.From(x.a).Where(x.other.Eq(1)), wrong, way},
		{"a foreign column in ORDER BY", x.selectID.From(x.a).OrderBy(x.other.Asc()), wrong, way},
		{"a foreign column in UPDATE", expr.NewUpdate(x.a).Set(set).Where(x.other.Eq(1)), wrong, way},
		{"a foreign column in DELETE", expr.NewDelete(x.a).Where(x.other.Eq(1)), wrong, way},
		{"a foreign column in a subquery", expr.NewSelect(expr.CountAll()).From(expr.NewDerived("d", x.selectID.From(x.a).Where(x.other.Eq(1)))), wrong, way},
	}
}

func (x badTables) limits() []badStatement {
	const way = "leave the clause out for no limit"
	most := expr.NewParameter[int64]("most")
	return []badStatement{
		{"a LIMIT below zero", x.selectID.Limit(-1), "LIMIT -1 is below zero", way},
		{"an OFFSET below zero", x.selectID.Limit(1).Offset(-2), "OFFSET -2 is below zero", way},
		{"a LIMIT by a value", x.selectID.LimitExpr(expr.Value(int64(-3))), "LIMIT -3 is below zero", way},
		{"a LIMIT by a parameter", engine.Fill(x.selectID.LimitExpr(most), most.Is(-4)), "LIMIT -4 is below zero", way},
		{"an OFFSET by a parameter", engine.Fill(x.selectID.Limit(1).OffsetExpr(most), most.Is(-5)), "OFFSET -5 is below zero", way},
		{"a LIMIT of a UNION", x.selectID.Union(x.selectID).Limit(-6), "LIMIT -6 is below zero", way},
		{"a LIMIT of a DELETE", expr.NewDelete(x.a).Where(expr.All()).Limit(-7), "LIMIT -7 is below zero", way},
		{"a LIMIT of an UPDATE", expr.NewUpdate(x.a).Set(x.set("word", expr.Value("x"))).Where(expr.All()).Limit(-8), "LIMIT -8 is below zero", way},
	}
}

func (x badTables) values() []badStatement {
	long := expr.NewBind(sqltype.CodecOf[string](sqltype.String{Length: 3}), "long")
	wide := expr.NewBind(sqltype.CodecOf[int64](sqltype.Integer{Bits: 16}), int64(40_000))
	from := expr.NewParameter[int64]("from")
	return []badStatement{
		{"text that is too long", expr.NewInsert(x.a).Values(expr.Assignment{Target: x.a.C("word"), Value: long}), "longer than 3 characters", "use a longer type"},
		{"a number that is too large", expr.NewUpdate(x.a).Set(expr.Assignment{Target: x.a.C("made"), Value: wide}).Where(expr.All()), "overflows SMALLINT", "use a type that holds it"},
		{"a parameter without a value", x.selectID.Where(x.id.EqExpr(from)), `the parameter "from" has no value`, "engine.Fill"},
		{"raw SQL without a value", expr.SQL("SELECT :n"), "raw SQL has no value for :n", "expr.Named"},
		{"raw SQL with a value too many", expr.SQL("SELECT 1", expr.Named("n", int64(1))), "raw SQL has no place :n", "leave the value out"},
	}
}

func (x badTables) empty() []badStatement {
	row := expr.NewInsert(x.a).Values(x.set("word", expr.Value("x")))
	return []badStatement{
		{"an empty SET", expr.NewUpdate(x.a).Where(x.id.Eq(1)), "an UPDATE sets nothing", "call Set"},
		{"an empty DoUpdate", row.OnConflict(expr.OnConflict(x.a.C("id")).DoUpdate()), "DoUpdate sets nothing", "use DoNothing"},
		{"columns without rows", expr.NewInsert(x.a).Rows([]expr.Expression{x.a.C("word")}), "names columns and has no rows", "give it rows"},
		{"VALUES without rows", expr.NewSelect(expr.CountAll()).From(expr.NewValues("v", []string{"n"})), `VALUES "v" has no rows`, "a table of none is a SELECT"},
		{"no columns", expr.NewSelect().From(x.a), "a SELECT has no columns", "give it some"},
	}
}

func (x badTables) names() []badStatement {
	aimless := expr.Recursive("aimless", x.selectID, func(*expr.CTE) expr.Query { return x.selectID })
	twice := expr.NewSelect(x.id.As("x"), expr.AsText(expr.Value("y")).As("x"))
	return []badStatement{
		{"a label twice", twice, `two columns of a SELECT are labelled "x"`, "give one another name"},
		{"a label twice in a UNION", twice.Union(twice), `two columns of a SELECT are labelled "x"`, "give one another name"},
		{"a recursive CTE without itself", expr.NewSelect(x.id.Of(aimless)), `the recursive CTE "aimless" does not select from itself`, "or NewCTE"},
	}
}

func (x badTables) products() []badStatement {
	const wrong, way = "nothing links the rows of engine_", "say CrossJoin"
	return []badStatement{
		{"a cartesian product", expr.NewSelect(x.id, x.other), wrong, way},
		{"a cartesian product in a subquery", x.selectID.Where(expr.Exists(expr.NewSelect(x.other).From(x.b, expr.NewAlias(x.b, "engine_third")))), wrong, way},
		{"a cartesian product of an UPDATE", expr.NewUpdate(x.a).Set(x.set("word", expr.Value("x"))).From(x.b).Where(x.id.Eq(1)), wrong, way},
		{"a cartesian product of a DELETE", expr.NewDelete(x.a).Using(x.b).Where(x.other.Eq(1)), wrong, way},
	}
}

// onDryRuns runs a test on every product, as what would be sent is counted.
func onDryRuns(t *testing.T, o engine.Options, f func(t *testing.T, e *engine.Engine, sent *int)) {
	for name, p := range map[string]struct {
		d    dialect.Dialect
		caps dialect.Capabilities
	}{
		"SQLite":     {sqlite.Dialect, sqlite.Assume(dialect.Version{3, 45})},
		"PostgreSQL": {postgres.Dialect, postgres.Assume(dialect.Version{17})},
		"MySQL":      {mysql.Dialect, mysql.Assume(dialect.Version{8, 4})},
		"MariaDB":    {mysql.Dialect, mysql.AssumeMariaDB(dialect.Version{11, 4})},
		"SQL Server": {mssql.Dialect, mssql.Assume(dialect.Version{16})},
		"Oracle":     {oracle.Dialect, oracle.Assume(dialect.Version{19})},
	} {
		t.Run(name, func(t *testing.T) {
			sent := 0
			e := engine.DryRun(p.d, p.caps, func(string, []sqltype.Value) { sent++ }, o)
			defer e.Close(t.Context())
			if _, err := e.Exec(t.Context(), expr.NewSelect(expr.Value(int64(1)))); err != nil || sent == 0 {
				t.Fatalf("a good statement: got %v and %d texts, want one that is sent", err, sent)
			}
			f(t, e, &sent)
		})
	}
}

func wantRefused(t *testing.T, e *engine.Engine, sent *int, bad badStatement) {
	t.Helper()
	before := *sent
	_, err := e.Exec(t.Context(), bad.stmt)
	if err == nil || !strings.Contains(err.Error(), bad.wrong) || !strings.Contains(err.Error(), bad.way) {
		t.Errorf("%s: got %v, want an error with %q and %q", bad.name, err, bad.wrong, bad.way)
	}
	if *sent != before {
		t.Errorf("%s: %d texts were sent, want none", bad.name, *sent-before)
	}
}

// TestBadInputIsRefusedBeforeItIsSent holds what no statement may have, on every
// product.
func TestBadInputIsRefusedBeforeItIsSent(t *testing.T) {
	onDryRuns(t, engine.Options{Cartesian: engine.RefuseCartesian}, func(t *testing.T, e *engine.Engine, sent *int) {
		x := newBadTables(t)
		for _, list := range [][]badStatement{x.foreign(), x.limits(), x.values(), x.empty(), x.names(), x.products()} {
			for _, bad := range list {
				wantRefused(t, e, sent, bad)
			}
		}
	})
}

// TestBadInputOnDatabases holds that a database gets none of it.
func TestBadInputOnDatabases(t *testing.T) {
	urls(t, func(t *testing.T, url string) {
		sent := 0
		events := &engine.Events{Before: func(context.Context, *engine.Execution) error { sent++; return nil }}
		e := open(t, url, engine.WithEvents(events), func(o *engine.Options) { o.Cartesian = engine.RefuseCartesian })
		exec(t, e, selectWord("good"))
		if sent != 1 {
			t.Fatalf("%d statements were told of, want one", sent)
		}
		x := newBadTables(t)
		for _, list := range [][]badStatement{x.foreign(), x.limits(), x.values(), x.empty(), x.names(), x.products()} {
			for _, bad := range list {
				wantRefused(t, e, &sent, bad)
			}
		}
	})
}

// TestUnsupportedConstructsNameTheDialect asks each product for what it lacks.
func TestUnsupportedConstructsNameTheDialect(t *testing.T) {
	x := newBadTables(t)
	once := expr.NewInsert(x.a).Values(x.set("word", expr.Value("x")))
	lacked := map[string][]struct {
		construct string
		stmt      expr.Statement
	}{
		"SQLite":     {{"row locks", x.selectID.Locking(expr.Lock{Strength: expr.ForUpdate})}},
		"PostgreSQL": {{"ON DUPLICATE KEY UPDATE", once.OnConflict(mysql.OnDuplicateKeyUpdate(x.set("word", expr.Value("y"))))}},
		"MySQL":      {{"INSERT … RETURNING", once.Returning(x.id)}, {"DISTINCT ON", x.selectID.DistinctOn(x.id)}},
		"MariaDB":    {{"UPDATE … RETURNING", expr.NewUpdate(x.a).Set(x.set("word", expr.Value("y"))).Where(expr.All()).Returning(x.id)}},
		"SQL Server": {{"DISTINCT ON", x.selectID.DistinctOn(x.id)}},
		"Oracle":     {{"FOR SHARE", x.selectID.Locking(expr.Lock{Strength: expr.ForShare})}},
	}
	dialects := map[string]string{"SQLite": "sqlite", "PostgreSQL": "postgresql", "MySQL": "mysql", "MariaDB": "mariadb", "SQL Server": "mssql", "Oracle": "oracle"}
	onDryRuns(t, engine.Options{}, func(t *testing.T, e *engine.Engine, sent *int) {
		name := t.Name()[strings.LastIndexByte(t.Name(), '/')+1:]
		name = strings.ReplaceAll(name, "_", " ")
		before := *sent
		for _, c := range lacked[name] {
			_, err := e.Exec(t.Context(), c.stmt)
			var u *compile.UnsupportedError
			if !errors.As(err, &u) || u.Dialect != dialects[name] || !strings.Contains(u.Construct, c.construct) || u.Instead == "" {
				t.Errorf("got %v, want that %s does not have %s, with a way out", err, dialects[name], c.construct)
			}
		}
		if *sent != before || len(lacked[name]) == 0 {
			t.Errorf("%d texts were sent for %d constructs, want none", *sent-before, len(lacked[name]))
		}
	})
}
