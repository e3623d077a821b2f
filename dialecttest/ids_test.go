package dialecttest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	"github.com/alkahest-go/alkahest/dialecttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/internal/testdb"
)

// likeMySQL is MariaDB without what MySQL does not have.
type likeMySQL struct{ dialect.Dialect }

func (d likeMySQL) Probe(ctx context.Context, q dialect.Querier) (dialect.Capabilities, error) {
	c, err := d.Dialect.Probe(ctx, q)
	c.Keys, c.Sequences, c.SequencesByName = dialect.KeysByLastInsertID, false, false
	return c, err
}

func (d likeMySQL) Rules(c dialect.Capabilities) *compile.Rules {
	r := *d.Dialect.Rules(c)
	r.Returning.Insert = false
	return &r
}

// openLikeMySQL opens a URL of MariaDB without RETURNING.
func openLikeMySQL(t *testing.T, raw string, o engine.Options) *engine.Engine {
	t.Helper()
	u, err := engine.ParseURL(raw)
	if err != nil {
		t.Fatal(err)
	}
	c, err := gosqldriver.New(gosqldriver.Config{
		User: u.User(), Password: gosqldriver.Secret(u.Password()), Host: u.Host().Name, Port: u.Host().Port, Database: u.Database(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return closing(t, engine.New(likeMySQL{mysql.Dialect}, c, o))
}

// inSteps has each connection count its ids by a step.
func inSteps(step int, connect func(t *testing.T, u string, o engine.Options) *engine.Engine) func(t *testing.T, u string, o engine.Options) *engine.Engine {
	return func(t *testing.T, u string, o engine.Options) *engine.Engine {
		t.Helper()
		o.AfterConnect = func(ctx context.Context, c *engine.Conn) error {
			_, err := c.Exec(ctx, sql(fmt.Sprintf("SET SESSION auto_increment_increment = %d", step)))
			return err
		}
		return connect(t, u, o)
	}
}

// ids runs what inserts of a target.
func ids(t *testing.T, target dialecttest.Target, batches int) {
	t.Helper()
	target.Only, target.Effort = []string{"insert", "ids"}, effort(t, batches)
	dialecttest.Run(t, target)
}

func TestMySQLOnMariaDB(t *testing.T) {
	t.Parallel()
	ids(t, mariadb(t, "mysql-on-mariadb", testdb.MariaDB(t), "", openLikeMySQL), 10_000)
}

func TestIDsInSteps(t *testing.T) {
	t.Parallel()
	for _, step := range []int{2, 3} {
		for name, connect := range map[string]func(t *testing.T, u string, o engine.Options) *engine.Engine{
			"mariadb": open, "mysql on mariadb": openLikeMySQL,
		} {
			t.Run(fmt.Sprintf("%s by %d", name, step), func(t *testing.T) {
				target := mariadb(t, name, testdb.MariaDB(t), "", inSteps(step, connect))
				wantStep(t, target, step)
				ids(t, target, 1_500)
			})
		}
	}
}

func TestRowsOfReturningAreShuffled(t *testing.T) {
	t.Parallel()
	proxied := func(server func(testing.TB) string, target func(t *testing.T, name, server, via string) dialecttest.Target) func(*testing.T) (shuffles, dialecttest.Target) {
		return func(t *testing.T) (shuffles, dialecttest.Target) {
			p := proxy.Start(t, server(t))
			p.Shuffle(soak.Seed(t))
			return p, target(t, "shuffled", server(t), p.URL())
		}
	}
	maria := func(t *testing.T, name, server, via string) dialecttest.Target {
		return mariadb(t, name, server, via, open)
	}
	for name, start := range map[string]func(t *testing.T) (shuffles, dialecttest.Target){
		"postgres15": proxied(testdb.PG15, postgres),
		"postgres18": proxied(testdb.PG18, postgres),
		"mariadb":    proxied(testdb.MariaDB, maria),
		"sqlite":     func(t *testing.T) (shuffles, dialecttest.Target) { return shuffledSQLite(t, soak.Seed(t)) },
	} {
		t.Run(name, func(t *testing.T) {
			s, target := start(t)
			ids(t, target, 3_000)
			// SQLite's rows go one by one, so that few batches have several to
			// shuffle; that it shuffles is shown by TestShuffledRowsAreSeen.
			if s.Shuffled() == 0 && name != "sqlite" {
				t.Error("no result came in another order")
			}
		})
	}
}

// wantStep checks that the ids of a table are as far apart as they should be.
func wantStep(t *testing.T, target dialecttest.Target, step int) {
	t.Helper()
	e := target.Open(t, engine.Options{})
	exec(t, e, "CREATE TABLE dt_step (id BIGINT AUTO_INCREMENT PRIMARY KEY, n INT)")
	exec(t, e, "INSERT INTO dt_step (n) VALUES (1), (2), (3)")
	got, err := engine.Collect[int64](t.Context(), e, sql("SELECT id FROM dt_step ORDER BY n"))
	if err != nil || len(got) != 3 || got[1]-got[0] != int64(step) || got[2]-got[1] != int64(step) {
		t.Errorf("got ids %v, %v, want them %d apart", got, err, step)
	}
}

// shuffles is what changes the order of rows.
type shuffles interface{ Shuffled() int }

// A statement of the program's own shows that rows come in another order.
func TestShuffledRowsAreSeen(t *testing.T) {
	_, target := shuffledSQLite(t, 1)
	e := target.Open(t, engine.Options{})
	exec(t, e, "CREATE TABLE dt_order (id INTEGER PRIMARY KEY)")
	const n = 30
	got, err := engine.Collect[int64](t.Context(), e, sql("INSERT INTO dt_order VALUES "+strings.Repeat("(NULL), ", n-1)+"(NULL) RETURNING id"))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != n || slices.IsSorted(got) {
		t.Errorf("got %v, want %d rows in another order", got, n)
	}
}

func TestManyObjects(t *testing.T) { // not in parallel: memory is measured
	for name, target := range map[string]func(t *testing.T) dialecttest.Target{
		"memory": func(t *testing.T) dialecttest.Target {
			return sqliteTarget(func() string { return "sqlite:///:memory:" })
		},
		"file":       func(t *testing.T) dialecttest.Target { return sqliteTarget(func() string { return fileURL(t) }) },
		"postgres15": func(t *testing.T) dialecttest.Target { return postgres(t, "", testdb.PG15(t), "") },
		"postgres18": func(t *testing.T) dialecttest.Target { return postgres(t, "", testdb.PG18(t), "") },
		"mariadb":    func(t *testing.T) dialecttest.Target { return mariadb(t, "", testdb.MariaDB(t), "", open) },
		"mysql":      func(t *testing.T) dialecttest.Target { return mariadb(t, "", testdb.MariaDB(t), "", openLikeMySQL) },
	} {
		t.Run(name, func(t *testing.T) {
			x := target(t)
			x.Only, x.Effort = []string{"ids/many objects"}, effort(t, 1)
			x.Effort.Objects, x.Effort.Alone = soak.Count(1_000_000), true
			dialecttest.Run(t, x)
		})
	}
}
