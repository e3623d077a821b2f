package orm_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

type inner = engine.Engine

// database is one that a scenario runs on: empty, of its own.
type database struct {
	*inner
	name string
	url  string

	mu    sync.Mutex
	sent  []sent
	reads []string // the columns of each SELECT
}

// sent is a statement that was sent, in a way that all products share, such as
// "insert users(name)".
type sent struct {
	text  string
	times int
}

// products are the databases that each scenario runs on.
var products = []string{"memory", "file", "postgres15", "postgres18", "mariadb"}

// everywhere runs a scenario on each database, with the tables of the base.
func everywhere(t *testing.T, base *orm.Base, f func(t *testing.T, db *database)) {
	t.Helper()
	on(t, products, base, f)
}

func on(t *testing.T, names []string, base *orm.Base, f func(t *testing.T, db *database)) {
	t.Helper()
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			db := open(t, name)
			if base != nil {
				must(t, db.CreateAll(t.Context(), base.MetaData))
			}
			db.forget()
			f(t, db)
		})
	}
}

func open(t testing.TB, name string) *database {
	t.Helper()
	db := &database{name: name}
	switch name {
	case "memory":
		db.url = "sqlite:///:memory:"
	case "file":
		db.url = "sqlite:///" + filepath.Join(t.TempDir(), "test.db")
	case "postgres15":
		db.url = freshSchema(t, testdb.PG15(t))
	case "postgres18":
		db.url = freshSchema(t, testdb.PG18(t))
	case "mariadb":
		db.url = freshDatabase(t, testdb.MariaDB(t))
	default:
		t.Fatalf("no database %q", name)
	}
	db.inner = connect(t, db.url, func(o *engine.Options) {
		o.Events = append(o.Events, &engine.Events{Before: db.record})
	})
	return db
}

// connect opens a URL and closes it with the test.
func connect(t testing.TB, url string, opts ...engine.Option) *engine.Engine {
	t.Helper()
	e, err := engine.Open(context.Background(), url, opts...)
	must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := e.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

var lastName atomic.Int64

func uniqueName() string { return fmt.Sprintf("orm_%d_%d", os.Getpid(), lastName.Add(1)) }

func freshSchema(t testing.TB, url string) string {
	t.Helper()
	name := uniqueName()
	admin := connect(t, url)
	run(t, admin, "CREATE SCHEMA "+name)
	t.Cleanup(func() { run(t, admin, "DROP SCHEMA "+name+" CASCADE") })
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithOption("search_path", name).Reveal()
}

func freshDatabase(t testing.TB, url string) string {
	t.Helper()
	name := uniqueName()
	admin := connect(t, url)
	run(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { run(t, admin, "DROP DATABASE "+name) })
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithDatabase(name).Reveal()
}

// sqlText is a statement whose text a test has made. Programs have expr.SQL,
// which takes constants only.
func sqlText(text string) expr.Statement {
	f := reflect.ValueOf(expr.SQL)
	v := reflect.ValueOf(text).Convert(f.Type().In(0))
	return f.Call([]reflect.Value{v})[0].Interface().(expr.Statement)
}

func run(t testing.TB, x engine.Executor, sql string) {
	t.Helper()
	_, err := x.Exec(context.Background(), sqlText(sql))
	must(t, err)
}

func (db *database) record(_ context.Context, x *engine.Execution) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if asks.MatchString(x.SQL) {
		return nil
	}
	if m := selectText.FindStringSubmatch(unquote.Replace(x.SQL)); m != nil {
		db.reads = append(db.reads, tableOf.ReplaceAllString(m[1], ""))
	}
	next := short(x)
	if n := len(db.sent); n > 0 && strings.HasPrefix(next.text, "insert ") && db.sent[n-1].text == next.text {
		db.sent[n-1].times += next.times // a batch may be sent row by row
		return nil
	}
	db.sent = append(db.sent, next)
	return nil
}

func (db *database) forget() {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.sent, db.reads = nil, nil
}

// statements returns what was sent since the last call, in short.
func (db *database) statements() []string {
	db.mu.Lock()
	defer db.mu.Unlock()
	var out []string
	for _, x := range db.sent {
		if x.times > 1 {
			x.text += fmt.Sprintf(" x%d", x.times)
		}
		out = append(out, x.text)
	}
	db.sent = nil
	return out
}

// wantRead checks the columns of each SELECT since the last look.
func (db *database) wantRead(t testing.TB, want ...string) {
	t.Helper()
	db.mu.Lock()
	defer db.mu.Unlock()
	if diff := gocmp.Diff(db.reads, want); diff != "" {
		t.Errorf("columns read (-got +want):\n%s", diff)
	}
	db.reads = nil
}

// wantSent checks what was sent since the last look.
func (db *database) wantSent(t testing.TB, want ...string) {
	t.Helper()
	if diff := gocmp.Diff(db.statements(), want); diff != "" {
		t.Errorf("statements (-got +want):\n%s", diff)
	}
}

func (db *database) isSQLite() bool { return db.name == "memory" || db.name == "file" }
func (db *database) isPostgres() bool {
	return db.name == "postgres15" || db.name == "postgres18"
}

var (
	// asks is what the engine asks the server for itself.
	asks       = regexp.MustCompile(`information_schema|pg_catalog|pg_trigger|@@auto_increment|nextval\(|alkahest_sequences|PRAGMA schema_version|pragma_table_list`)
	insertText = regexp.MustCompile(`^INSERT INTO (\w+) \(([^)]*)\)`)
	updateText = regexp.MustCompile(`^UPDATE (\w+)(, \(SELECT .*\) AS sent)? SET (.*?) WHERE`)
	setColumn  = regexp.MustCompile(`(\w+) = `)
	otherText  = regexp.MustCompile(`^(DELETE FROM|SELECT .* FROM|INSERT INTO) (\w+)`)
	selectText = regexp.MustCompile(`^SELECT (.*?) FROM`)
	tableOf    = regexp.MustCompile(`\b\w+\.`)
	unquote    = strings.NewReplacer("`", "", `"`, "")
)

func short(x *engine.Execution) sent {
	sql, times := unquote.Replace(x.SQL), max(x.Times, 1)
	if m := insertText.FindStringSubmatch(sql); m != nil {
		return sent{fmt.Sprintf("insert %s(%s)", m[1], strings.ReplaceAll(m[2], ", ", ",")), max(times, strings.Count(sql[strings.Index(sql, ")")+1:], "("))}
	}
	if m := updateText.FindStringSubmatch(sql); m != nil {
		var set []string
		for _, c := range setColumn.FindAllStringSubmatch(m[3], -1) {
			set = append(set, c[1])
		}
		times = max(times, strings.Count(m[2], "SELECT ")) // rows of one statement
		return sent{fmt.Sprintf("update %s(%s)", m[1], strings.Join(set, ",")), times}
	}
	if m := otherText.FindStringSubmatch(sql); m != nil {
		verb, _, _ := strings.Cut(strings.ToLower(m[1]), " ")
		return sent{verb + " " + m[2], times}
	}
	return sent{sql, times}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// session returns a session that is closed with the test.
func session(t testing.TB, db orm.Beginner, opts ...orm.SessionOption) *orm.Session {
	t.Helper()
	s := orm.NewSession(db, opts...)
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("close the session: %v", err)
		}
	})
	return s
}

// another closes a session and opens the next, with nothing sent.
func another(t *testing.T, db *database, s *orm.Session) *orm.Session {
	t.Helper()
	must(t, s.Close(t.Context()))
	db.forget()
	return session(t, db)
}

// rows reads a whole table as text, in the order of its first column.
func rows(t testing.TB, x engine.Executor, table *schema.Table) []string {
	t.Helper()
	var list []expr.Expression
	for _, c := range table.Columns() {
		list = append(list, c.Ref())
	}
	res, err := x.Query(context.Background(), expr.NewSelect(list...).From(table).OrderBy(expr.Order{X: list[0]}))
	must(t, err)
	defer res.Close()
	var out []string
	for res.Next() {
		var row []string
		for i, c := range table.Columns() {
			row = append(row, cell(res.Row(), i, c.Type))
		}
		out = append(out, strings.Join(row, " "))
	}
	must(t, res.Close())
	return out
}

func cell(r sqltype.Row, i int, typ sqltype.Type) string {
	if r.IsNull(i) {
		return "NULL"
	}
	switch typ.Kind() {
	case sqltype.KindInt64:
		return fmt.Sprint(r.Int64(i))
	case sqltype.KindBool:
		return fmt.Sprint(r.Bool(i))
	case sqltype.KindFloat64:
		return fmt.Sprint(r.Float64(i))
	case sqltype.KindBytes:
		return fmt.Sprintf("%x", r.Bytes(i))
	case sqltype.KindInstant:
		return r.Instant(i).Format(time.RFC3339Nano)
	case sqltype.KindDateTime:
		return r.DateTime(i).Format("2006-01-02T15:04:05.999999")
	case sqltype.KindDate:
		return r.Date(i).Format(time.DateOnly)
	case sqltype.KindUUID:
		return fmt.Sprintf("%x", r.UUID(i))
	}
	return string(r.Text(i))
}

func wantRows(t testing.TB, x engine.Executor, table *schema.Table, want ...string) {
	t.Helper()
	if diff := gocmp.Diff(rows(t, x, table), want); diff != "" {
		t.Errorf("rows of %s (-got +want):\n%s", table.Name, diff)
	}
}

func same[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if diff := diff(got, want); diff != "" {
		t.Errorf("%s (-got +want):\n%s", what, diff)
	}
}

func columnsWithoutID(table *schema.Table) string {
	var names []string
	for _, c := range table.Columns()[1:] {
		names = append(names, c.Name)
	}
	return strings.Join(names, ",")
}

// diff compares values, decimals by what they are worth.
func diff[T any](got, want T) string {
	return gocmp.Diff(got, want, gocmp.Comparer(func(a, b sqltype.Decimal) bool { return a.Cmp(b) == 0 }))
}
