package stdsql_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	sqldriver "database/sql/driver"

	"github.com/google/go-cmp/cmp"
	"modernc.org/sqlite"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/driver/stdsql"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func native(t *testing.T) sqldriver.Conn {
	t.Helper()
	k, err := sqlite.NewConnector(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	c, err := k.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func exec(t *testing.T, c driver.Conn, text string) {
	t.Helper()
	if _, err := c.Exec(context.Background(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func insert(c driver.Conn, text string, v sqltype.Value) (driver.Result, error) {
	st, err := c.Prepare(context.Background(), text, []sqltype.Type{sqltype.Null{}})
	if err != nil {
		return driver.Result{}, err
	}
	res, err := st.Exec(context.Background(), []sqltype.Value{v})
	return res, errors.Join(err, st.Close(context.Background()))
}

func numbers(t *testing.T, c driver.Conn, text string) (all []int64) {
	t.Helper()
	st, err := c.Prepare(context.Background(), text, nil)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := st.Query(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		all = append(all, rows.Int64(0))
	}
	if err := errors.Join(rows.Close(), st.Close(context.Background())); err != nil {
		t.Fatal(err)
	}
	return all
}

// oldConn has the methods of Go 1.0 alone, and so have its statements.
type oldConn struct{ c sqldriver.Conn }

func (o oldConn) Prepare(text string) (sqldriver.Stmt, error) {
	st, err := o.c.Prepare(text)
	return oldStmt{st}, err
}

func (o oldConn) Close() error { return o.c.Close() }

func (o oldConn) Begin() (sqldriver.Tx, error) { return nil, errors.New("not used") }

type oldStmt struct{ st sqldriver.Stmt }

func (o oldStmt) Close() error  { return o.st.Close() }
func (o oldStmt) NumInput() int { return o.st.NumInput() }

func (o oldStmt) Exec(args []sqldriver.Value) (sqldriver.Result, error) {
	return o.st.(sqldriver.StmtExecContext).ExecContext(context.Background(), named(args))
}

func (o oldStmt) Query(args []sqldriver.Value) (sqldriver.Rows, error) {
	return o.st.(sqldriver.StmtQueryContext).QueryContext(context.Background(), named(args))
}

func named(args []sqldriver.Value) []sqldriver.NamedValue {
	out := make([]sqldriver.NamedValue, len(args))
	for i, v := range args {
		out[i] = sqldriver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return out
}

// ColumnConverter makes every argument text, to show that it is asked.
func (oldStmt) ColumnConverter(int) sqldriver.ValueConverter { return sqldriver.String }

func TestDriverWithoutContexts(t *testing.T) {
	c := stdsql.Wrap(oldConn{native(t)}, stdsql.Options{})
	exec(t, c, "CREATE TABLE t (v)")
	if _, err := insert(c, "INSERT INTO t VALUES (?)", sqltype.Int64Value(5)); err != nil {
		t.Fatal(err)
	}
	got := numbers(t, c, "SELECT count(*) FROM t WHERE v = '5' AND typeof(v) = 'text'")
	if diff := cmp.Diff(got, []int64{1}); diff != "" {
		t.Errorf("got -, want +\n%s", diff)
	}
}

// liar does what it is asked to and then says that it did nothing.
type liar struct {
	sqldriver.Conn
	calls int
}

func (l *liar) ExecContext(ctx context.Context, text string, args []sqldriver.NamedValue) (sqldriver.Result, error) {
	l.calls++
	if _, err := l.Conn.(sqldriver.ExecerContext).ExecContext(ctx, text, args); err != nil {
		return nil, err
	}
	return nil, sqldriver.ErrBadConn
}

func TestBadConnIsNeverSentAgain(t *testing.T) {
	raw := native(t)
	exec(t, stdsql.Wrap(raw, stdsql.Options{}), "CREATE TABLE t (v)")
	l := &liar{Conn: raw}
	c := stdsql.Wrap(l, stdsql.Options{})
	_, err := c.Exec(context.Background(), "INSERT INTO t VALUES (1)")
	var lost *driver.ConnError
	if !errors.As(err, &lost) || !lost.Sent || !c.Broken() {
		t.Errorf("got %v, broken %v, want a ConnError whose request was sent", err, c.Broken())
	}
	if _, err := c.Exec(context.Background(), "INSERT INTO t VALUES (1)"); !errors.As(err, &lost) || lost.Sent || l.calls != 1 {
		t.Errorf("got %v after %d calls, want a ConnError with nothing sent after 1", err, l.calls)
	}
	if got := numbers(t, stdsql.Wrap(raw, stdsql.Options{}), "SELECT count(*) FROM t"); got[0] != 1 {
		t.Errorf("got %d rows, want 1", got[0])
	}
}

func database(t *testing.T) *sql.DB {
	t.Helper()
	k, err := sqlite.NewConnector(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(k)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec("CREATE TABLE t (v)"); err != nil {
		t.Fatal(err)
	}
	return db
}

func TestCallersTransaction(t *testing.T) {
	db := database(t)
	ctx := context.Background()
	for _, commit := range []bool{false, true} {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		c := stdsql.WrapTx(tx, stdsql.Options{})
		if !c.InTx() {
			t.Error("not in a transaction")
		}
		if _, err := insert(c, "INSERT INTO t VALUES (?)", sqltype.Int64Value(7)); err != nil {
			t.Fatal(err)
		}
		exec(t, c, "SAVEPOINT a")
		exec(t, c, "INSERT INTO t VALUES (8)")
		exec(t, c, "ROLLBACK TO a")
		for _, text := range []string{"BEGIN", "COMMIT", "ROLLBACK"} {
			if _, err := c.Exec(ctx, text); err == nil {
				t.Errorf("%s was executed", text)
			}
		}
		if diff := cmp.Diff(numbers(t, c, "SELECT v FROM t"), []int64{7}); diff != "" {
			t.Errorf("got -, want +\n%s", diff)
		}
		if err := c.Close(ctx); err != nil {
			t.Error(err)
		}
		end := tx.Rollback
		if commit {
			end = tx.Commit
		}
		if err := end(); err != nil {
			t.Errorf("the caller's transaction was touched: %v", err)
		}
	}
	var n int
	if err := db.QueryRow("SELECT count(*) FROM t").Scan(&n); err != nil || n != 1 {
		t.Errorf("got %d rows, %v, want 1", n, err)
	}
}

func TestCallersTransactionThatIsOver(t *testing.T) {
	tx, err := database(t).Begin()
	if err != nil {
		t.Fatal(err)
	}
	c := stdsql.WrapTx(tx, stdsql.Options{})
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Exec(context.Background(), "INSERT INTO t VALUES (1)"); !errors.Is(err, sqlerr.ErrClosed) || !c.Broken() {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func TestCallersConnection(t *testing.T) {
	db := database(t)
	ctx := context.Background()
	raw, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c := stdsql.WrapConn(raw, stdsql.Options{})
	exec(t, c, "BEGIN")
	exec(t, c, "INSERT INTO t VALUES (1)")
	if !c.InTx() {
		t.Error("not in a transaction after BEGIN")
	}
	exec(t, c, "ROLLBACK")
	if got := numbers(t, c, "SELECT count(*) FROM t"); c.InTx() || got[0] != 0 {
		t.Errorf("got %d rows and in a transaction %v", got[0], c.InTx())
	}
	if err := errors.Join(c.Ping(ctx), c.Close(ctx), raw.PingContext(ctx), raw.Close()); err != nil {
		t.Error(err)
	}
}
