package dialecttest_test

import (
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	sqldriver "database/sql/driver"

	sqlitedriver "modernc.org/sqlite"

	"github.com/alkahest-go/alkahest/dialect/sqlite"
	"github.com/alkahest-go/alkahest/dialect/sqlite/moderncsql"
	"github.com/alkahest-go/alkahest/dialect/sqlite/storage"
	"github.com/alkahest-go/alkahest/dialecttest"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/driver/stdsql"
	"github.com/alkahest-go/alkahest/engine"
)

// shuffler changes the order of rows.
type shuffler struct {
	mu       sync.Mutex
	random   *rand.Rand
	shuffled int
}

// shuffledConnector is a driver of database/sql that returns the rows of each
// INSERT … RETURNING in another order than the one behind it.
type shuffledConnector struct {
	sqldriver.Connector
	s *shuffler
}

// Connect implements database/sql/driver.Connector.
func (c shuffledConnector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	base, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return shuffledConn{base.(sqliteConn), c.s}, nil
}

// sqliteConn is what the adapter uses of the driver's connections.
type sqliteConn interface {
	sqldriver.Conn
	sqldriver.ConnPrepareContext
	sqldriver.ExecerContext
	sqldriver.Pinger
	sqldriver.SessionResetter
	sqldriver.Validator
}

type shuffledConn struct {
	sqliteConn
	s *shuffler
}

func (c shuffledConn) PrepareContext(ctx context.Context, query string) (sqldriver.Stmt, error) {
	st, err := c.sqliteConn.PrepareContext(ctx, query)
	if err != nil || !strings.HasPrefix(query, "INSERT") || !strings.Contains(query, "RETURNING") {
		return st, err
	}
	return shuffledStmt{st.(sqliteStmt), c.s}, nil
}

type sqliteStmt interface {
	sqldriver.Stmt
	sqldriver.StmtQueryContext
	sqldriver.StmtExecContext
}

type shuffledStmt struct {
	sqliteStmt
	s *shuffler
}

func (st shuffledStmt) QueryContext(ctx context.Context, args []sqldriver.NamedValue) (sqldriver.Rows, error) {
	rows, err := st.sqliteStmt.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := &shuffledRows{names: rows.Columns()}
	typed, _ := rows.(sqldriver.RowsColumnTypeDatabaseTypeName)
	for i := range out.names {
		out.types = append(out.types, typed.ColumnTypeDatabaseTypeName(i))
	}
	for {
		row := make([]sqldriver.Value, len(out.names))
		if err := rows.Next(row); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok {
				row[i] = slices.Clone(b)
			}
		}
		out.rows = append(out.rows, row)
	}
	st.s.shuffle(out.rows)
	return out, nil
}

func (s *shuffler) shuffle(rows [][]sqldriver.Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(rows) > 1 {
		s.random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		s.shuffled++
	}
}

// Shuffled returns how many results have come in another order.
func (s *shuffler) Shuffled() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shuffled
}

type shuffledRows struct {
	names, types []string
	rows         [][]sqldriver.Value
}

func (r *shuffledRows) Columns() []string                       { return r.names }
func (r *shuffledRows) ColumnTypeDatabaseTypeName(i int) string { return r.types[i] }
func (r *shuffledRows) Close() error                            { return nil }

func (r *shuffledRows) Next(dest []sqldriver.Value) error {
	if len(r.rows) == 0 {
		return io.EOF
	}
	copy(dest, r.rows[0])
	r.rows = r.rows[1:]
	return nil
}

// shuffledSQLite opens databases behind one shuffler.
func shuffledSQLite(t *testing.T, seed uint64) (*shuffler, dialecttest.Target) {
	t.Helper()
	s := &shuffler{random: rand.New(rand.NewPCG(seed, 0))}
	return s, dialecttest.Target{Name: "sqlite-shuffled", Product: sqliteProduct, Open: func(t *testing.T, o engine.Options) *engine.Engine {
		return closing(t, engine.New(sqlite.Dialect, s.connector(t), o))
	}}
}

func (s *shuffler) connector(t *testing.T) driver.Connector {
	t.Helper()
	cfg := storage.Config{Path: fileURL(t)[len("sqlite:///"):]}
	dsn, err := cfg.DSN()
	if err != nil {
		t.Fatal(err)
	}
	base, err := sqlitedriver.NewConnector(dsn)
	if err != nil {
		t.Fatal(err)
	}
	opts := moderncsql.Options()
	opts.Name, opts.SetUp = cfg.Options().Name, cfg.Options().SetUp
	return stdsql.New(shuffledConnector{base, s}, opts)
}
