package docs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialect/sqlite/moderncsql"
	"github.com/alkahest-go/alkahest/dialect/sqlite/storage"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func Example_engine() {
	ctx := context.Background()
	db := newDatabase(ctx)
	defer db.Close(ctx)
	must(statements(ctx, db))
	must(transactions(ctx, db))
	names, err := engine.Collect[string](ctx, db, expr.NewSelect(Users.Name).OrderBy(Users.ID.Asc()))
	must(err)
	fmt.Println(names)
	// Output:
	// 1 Alice
	// 1
	// it happened
	// [Alice Bob Carol]
}

func statements(ctx context.Context, db *alkahest.Engine) error {
	res, err := db.Query(ctx, expr.NewSelect(Users.ID, Users.Name).Where(Users.Name.Like("A%")))
	if err != nil {
		return err
	}
	defer res.Close()
	for res.Next() {
		fmt.Println(res.Row().Int64(0), string(res.Row().Text(1)))
	}
	if err := res.Err(); err != nil {
		return err
	}

	n, err := engine.Scalar[int64](ctx, db, expr.NewSelect(expr.CountAll()).From(Users.Schema()))
	if err != nil {
		return err
	}
	fmt.Println(n)

	ins := expr.NewInsert(Users.Schema()).
		Values(Users.Name.Set("Bob")).
		Values(Users.Name.Set("Carol"))
	if _, err := db.Exec(ctx, ins); err != nil {
		return err
	}
	if _, err := db.Exec(ctx, expr.NewDelete(Posts.Schema()).Where(expr.All())); err != nil {
		return err
	}
	return nil
}

func transactions(ctx context.Context, db *alkahest.Engine) error {
	tx, err := db.Begin(ctx, engine.TxOptions{Isolation: engine.Serializable})
	if err != nil {
		return err
	}
	defer tx.Rollback(ctx) // does nothing after Commit
	if _, err := tx.Exec(ctx, expr.NewUpdate(Users.Schema()).Set(Users.Name.Set("Dave")).Where(Users.Name.Eq("Bob"))); err != nil {
		return err
	}
	sp, err := tx.Savepoint(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, expr.NewDelete(Users.Schema()).Where(expr.All())); err != nil {
		return err
	}
	if err := sp.Rollback(ctx); err != nil { // the users are back
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}

	err = db.Transact(ctx, engine.TxOptions{}, func(tx *engine.Tx) error {
		_, err := tx.Exec(ctx, expr.NewUpdate(Users.Schema()).Set(Users.Name.Set("Bob")).Where(Users.Name.Eq("Dave")))
		return err
	})
	outcome(err)
	return err
}

func outcome(err error) {
	switch {
	case err == nil:
		fmt.Println("it happened")
	case errors.Is(err, sqlerr.ErrOutcomeUnknown):
		fmt.Println("look")
	case sqlerr.Retryable(err):
		fmt.Println("again")
	}
}

func TestOutcomesAreToldApart(t *testing.T) {
	kinds := func(err error) string {
		switch {
		case err == nil:
		case errors.Is(err, sqlerr.ErrOutcomeUnknown):
			// It may have happened. Read the rows that it would have written.
			return "unknown"
		case sqlerr.Retryable(err):
			// It did not happen. Do it again from the start.
			return "again"
		}
		return ""
	}
	both := fmt.Errorf("%w: %w", sqlerr.ErrOutcomeUnknown, sqlerr.ErrConnectionLost)
	got := []string{kinds(nil), kinds(both), kinds(sqlerr.ErrConnectionLost), kinds(sqlerr.ErrPoolTimeout)}
	if diff := cmp.Diff(got, []string{"", "unknown", "again", ""}); diff != "" {
		t.Errorf("got, then want:\n%s", diff)
	}
}

func TestEveryOptionIsInThePage(t *testing.T) {
	page, err := os.ReadFile("engine.md")
	if err != nil {
		t.Fatal(err)
	}
	options := reflect.TypeFor[engine.Options]()
	for i := range options.NumField() {
		if name := options.Field(i).Name; !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("engine.md does not tell of the option %s", name)
		}
	}
}

func TestOptionsOfThePage(t *testing.T) {
	ctx, url := t.Context(), "sqlite:///"+filepath.Join(t.TempDir(), "o.db")
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	db, err := alkahest.Open(ctx, url,
		engine.Pool(10, 20),
		engine.Echo(slog.Default()),
		func(o *engine.Options) {
			o.PoolTimeout = 5 * time.Second
			o.Recycle = time.Hour
			o.PrePing = true
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	if err := db.Ping(ctx); err != nil {
		t.Error(err)
	}
}

func TestBeforeConnectOfThePage(t *testing.T) {
	ctx := t.Context()
	stop := errors.New("the vault is shut")
	issueToken := func(context.Context) (string, error) { return "", stop }
	rotating := func(o *engine.Options) {
		o.BeforeConnect = func(ctx context.Context, u *engine.URL) (*engine.URL, error) {
			token, err := issueToken(ctx)
			if err != nil {
				return nil, err
			}
			return u.WithUser("app", token), nil
		}
	}
	db, err := alkahest.Open(ctx, "sqlite://", rotating)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	if err := db.Ping(ctx); !errors.Is(err, stop) {
		t.Errorf("got %v, want %v", err, stop)
	}
}

func TestEventsOfThePage(t *testing.T) {
	ctx, url := t.Context(), "sqlite://"
	slow := &engine.Events{After: func(ctx context.Context, x *engine.Execution) {
		if x.Duration > time.Second {
			slog.WarnContext(ctx, "slow statement", "sql", x.SQL, "took", x.Duration)
		}
	}}
	db, err := alkahest.Open(ctx, url, engine.WithEvents(slow))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	if _, err := engine.Scalar[int64](ctx, db, expr.SQL("SELECT 1")); err != nil {
		t.Error(err)
	}
}

func TestSessionOverTheCallersTransaction(t *testing.T) {
	ctx, file := t.Context(), filepath.Join(t.TempDir(), "own.db")
	stdDB, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer stdDB.Close()
	if err := overOwnTx(ctx, file, stdDB); err != nil {
		t.Fatal(err)
	}
	var name string
	if err := stdDB.QueryRowContext(ctx, "SELECT name FROM users").Scan(&name); err != nil || name != "Erin" {
		t.Errorf("got %q and the error %v, want Erin", name, err)
	}
}

func overOwnTx(ctx context.Context, file string, stdDB *sql.DB) error {
	connector, err := moderncsql.New(storage.Config{Path: file})
	if err != nil {
		return err
	}
	db := engine.New(sqlite.Dialect, connector, engine.Options{})
	defer db.Close(ctx)
	if err := db.CreateAll(ctx, Base.MetaData); err != nil {
		return err
	}

	own, err := stdDB.BeginTx(ctx, nil) // a *sql.Tx
	if err != nil {
		return err
	}
	defer own.Rollback()
	tx, err := moderncsql.OverSQLTx(ctx, db, own, engine.JoinSavepoint)
	if err != nil {
		return err
	}
	s := orm.NewSession(tx)
	s.Add(&User{Name: "Erin"})
	if err := s.Commit(ctx); err != nil { // releases the savepoint
		return err
	}
	if err := tx.Commit(ctx); err != nil { // ends the use of the transaction
		return err
	}
	return own.Commit()
}
