package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mssql"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/oracle"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
)

// A dry run prints, for each product, what would be sent, and needs none.
func TestDryRunPrints(t *testing.T) {
	for _, c := range []struct {
		name   string
		d      dialect.Dialect
		caps   dialect.Capabilities
		quotes string
		values string
		begin  string
	}{
		{"SQLite", sqlite.Dialect, sqlite.Assume(dialect.Version{3, 45}), `""`, "?", "BEGIN IMMEDIATE;"},
		{"PostgreSQL", postgres.Dialect, postgres.Assume(dialect.Version{17}), `""`, "$1", "BEGIN;"},
		{"MySQL", mysql.Dialect, mysql.Assume(dialect.Version{8, 4}), "``", "?", "START TRANSACTION;"},
		{"MariaDB", mysql.Dialect, mysql.AssumeMariaDB(dialect.Version{11, 4}), "``", "?", "START TRANSACTION;"},
		{
			"SQL Server", mssql.Dialect, mssql.Assume(dialect.Version{16}), "[]", "@p1", "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN TRANSACTION;",
		},
		{
			"Oracle", oracle.Dialect, oracle.Assume(dialect.Version{19}), `""`, ":1", "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			quote := strings.NewReplacer("<", c.quotes[:1], ">", c.quotes[1:]).Replace
			var script strings.Builder
			e := engine.DryRun(c.d, c.caps, engine.WriteStatements(&script), engine.Options{})
			defer e.Close(t.Context())
			table := words(t, "dry")
			if err := e.CreateAll(t.Context(), table.MetaData()); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(script.String(), quote("CREATE TABLE <dry> (")) {
				t.Errorf("got the script\n%s\nwant %s", &script, quote("CREATE TABLE <dry> ("))
			}
			script.Reset()
			tx := begin(t, e, engine.TxOptions{})
			exec(t, tx, addWord(table, "secret"))
			if err := tx.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := []string{c.begin, quote("INSERT INTO <dry> (<word>) VALUES (" + c.values + `); -- "secret"`), "COMMIT;"}
			if diff := cmp.Diff(strings.Split(strings.TrimSpace(script.String()), "\n"), want); diff != "" {
				t.Errorf("a transaction (-got +want):\n%s", diff)
			}
			script.Reset()
			if got, err := engine.Collect[string](t.Context(), e, expr.NewSelect(table.C("word")).From(table)); len(got) != 0 || err != nil {
				t.Errorf("a query: got %q, %v, want no rows", got, err)
			}
			if err := e.DropAll(t.Context(), table.MetaData(), engine.WithoutLooking()); err != nil || !strings.Contains(script.String(), quote("DROP TABLE <dry>")) {
				t.Errorf("DropAll: got %v and\n%s", err, &script)
			}
			script.Reset()
		})
	}
}

func TestDryRunRefusesWhatTheDatabaseWould(t *testing.T) {
	var script strings.Builder
	e := engine.DryRun(sqlite.Dialect, sqlite.Assume(dialect.Version{3, 45}), engine.WriteStatements(&script), engine.Options{})
	defer e.Close(t.Context())
	var unsupported *compile.UnsupportedError
	if _, err := e.BeginTwoPhase(t.Context(), "a", engine.TxOptions{}); !errors.As(err, &unsupported) || script.Len() > 0 {
		t.Errorf("got %v and %q", err, &script)
	}
}
