package docs

import (
	"context"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
)

// onServers runs what a page shows on the servers too, and compares what it
// prints.
func onServers(t *testing.T, want string, page func(ctx context.Context, db *alkahest.Engine) error) {
	for name, open := range map[string]func(t *testing.T) *alkahest.Engine{
		"postgresql 15": func(t *testing.T) *alkahest.Engine { return onPostgres(t, testdb.PG15(t)) },
		"postgresql 18": func(t *testing.T) *alkahest.Engine { return onPostgres(t, testdb.PG18(t)) },
		"mariadb":       onMariaDB,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, db := t.Context(), open(t)
			if err := db.CreateAll(ctx, Base.MetaData); err != nil {
				t.Fatal(err)
			}
			got := printed(t, func() error { return page(ctx, db) })
			if diff := cmp.Diff(got, want); diff != "" {
				t.Errorf("got, then want:\n%s", diff)
			}
		})
	}
}

// printed returns what f writes to the standard output.
func printed(t *testing.T, f func() error) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	text := make(chan string)
	go func() {
		all, _ := io.ReadAll(r)
		text <- string(all)
	}()
	stdout := os.Stdout
	os.Stdout = w
	err = f()
	os.Stdout = stdout
	w.Close()
	if err != nil {
		t.Error(err)
	}
	return <-text
}

func onPostgres(t *testing.T, server string) *alkahest.Engine {
	u, err := engine.ParseURL(server)
	if err != nil {
		t.Fatal(err)
	}
	return inSchema(t, server, u.WithOption("search_path", "docs_pages"), expr.SQL("DROP SCHEMA IF EXISTS docs_pages CASCADE"))
}

func onMariaDB(t *testing.T) *alkahest.Engine {
	server := testdb.MariaDB(t)
	u, err := engine.ParseURL(server)
	if err != nil {
		t.Fatal(err)
	}
	return inSchema(t, server, u.WithDatabase("docs_pages"), expr.SQL("DROP SCHEMA IF EXISTS docs_pages"))
}

// inSchema returns an engine whose tables are in a schema of their own.
func inSchema(t *testing.T, server string, inside *engine.URL, drop *expr.Text) *alkahest.Engine {
	t.Helper()
	admin, err := alkahest.Open(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*expr.Text{drop, expr.SQL("CREATE SCHEMA docs_pages")} {
		if _, err := admin.Exec(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	db, err := engine.OpenURL(inside)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx := context.Background()
		db.Close(ctx)
		if _, err := admin.Exec(ctx, drop); err != nil {
			t.Error(err)
		}
		admin.Close(ctx)
	})
	return db
}

func TestGettingStartedOnServers(t *testing.T) {
	onServers(t, "1 2\n2 Hello again []\n1 Hello [first]\ntrue\n2\n1\n[Alicia]\n1\nAlice\n", started)
}

func TestSessionsOnServers(t *testing.T) {
	onServers(t, "2\n[changed in place]\ntrue\n0\nnot added\n", func(ctx context.Context, db *alkahest.Engine) error {
		if err := fill(ctx, db); err != nil {
			return err
		}
		for _, page := range []func(ctx context.Context, db *alkahest.Engine) error{changes, rollbacks, transact} {
			if err := page(ctx, db); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestEngineOnServers(t *testing.T) {
	onServers(t, "1 Alice\n1\nit happened\n", func(ctx context.Context, db *alkahest.Engine) error {
		if err := fill(ctx, db); err != nil {
			return err
		}
		if err := statements(ctx, db); err != nil {
			return err
		}
		return transactions(ctx, db)
	})
}

func TestSchemaOnServers(t *testing.T) {
	onServers(t, "100 105 1000 1001\n", func(ctx context.Context, db *alkahest.Engine) error {
		if err := shop(ctx, db, sell); err != nil {
			return err
		}
		return generators(ctx, db)
	})
}

func TestErrorsOnServers(t *testing.T) {
	onServers(t, "unique\n", func(ctx context.Context, db *alkahest.Engine) error {
		if err := fill(ctx, db); err != nil {
			return err
		}
		return violateUnique(ctx, db)
	})
}

func TestTagsOnServers(t *testing.T) { onServers(t, "1 buy milk\n", tags) }

func TestNestedSavepointsOnServers(t *testing.T) {
	onServers(t, "[Alice Kept too]\n", func(ctx context.Context, db *alkahest.Engine) error {
		if err := fill(ctx, db); err != nil {
			return err
		}
		return nested(ctx, db)
	})
}
