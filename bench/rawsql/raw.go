package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/alkahest-go/alkahest"
)

// raw is hand-written database/sql.
type raw struct {
	db        *sql.DB
	product   product
	insert    *sql.Stmt // of one row
	selectAll *sql.Stmt
	many      map[string]*sql.Stmt // of many rows, by their text
}

// product is what a programmer knows about the database.
type product struct {
	driver    string
	numbered  bool     // parameters are $1, $2, … instead of ?
	returning bool     // one row is inserted with RETURNING
	empty     []string // makes the table empty, with as little as possible left to do
}

var (
	sqliteProduct = product{driver: "sqlite", empty: []string{"DELETE FROM bench_rows", "PRAGMA wal_checkpoint(TRUNCATE)"}}
	mysqlProduct  = product{driver: "mysql", empty: []string{"TRUNCATE TABLE bench_rows"}}
	pgProduct     = product{driver: "pgx", numbered: true, returning: true, empty: []string{"TRUNCATE TABLE bench_rows"}}
)

var columns = []string{"name", "email", "note", "score", "weight", "active", "created", "payload", "count"}

// open makes the table and returns both sides.
func open(ctx context.Context, dbURL string) (*raw, *session, error) {
	db, err := alkahest.Open(ctx, dbURL)
	if err != nil {
		return nil, nil, err
	}
	if err := firstError(db.DropAll(ctx, base.MetaData), db.CreateAll(ctx, base.MetaData)); err != nil {
		return nil, nil, err
	}
	r, err := openRaw(ctx, dbURL)
	return r, &session{db: db}, err
}

func openRaw(ctx context.Context, dbURL string) (*raw, error) {
	r := &raw{many: map[string]*sql.Stmt{}}
	dsn := dbURL
	switch scheme, rest, _ := strings.Cut(dbURL, "://"); scheme {
	case "sqlite":
		// What the library sets, too.
		r.product = sqliteProduct
		dsn = "file:" + strings.TrimPrefix(rest, "/") + "?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"
	case "mariadb", "mysql":
		r.product = mysqlProduct
		u, err := url.Parse(dbURL)
		if err != nil {
			return nil, err
		}
		password, _ := u.User.Password()
		dsn = fmt.Sprintf("%s:%s@tcp(%s)%s?parseTime=true", u.User.Username(), password, u.Host, u.Path)
	default:
		r.product = pgProduct
	}
	var err error
	if r.db, err = sql.Open(r.product.driver, dsn); err != nil {
		return nil, err
	}
	r.db.SetMaxOpenConns(1)
	text := r.product.insertText(1)
	if r.product.returning {
		text += " RETURNING id"
	}
	if r.insert, err = r.db.PrepareContext(ctx, text); err != nil {
		return nil, err
	}
	r.selectAll, err = r.db.PrepareContext(ctx, "SELECT id, "+strings.Join(columns, ", ")+" FROM bench_rows")
	return r, err
}

// insertText is an INSERT of n rows.
func (p product) insertText(n int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO bench_rows (" + strings.Join(columns, ", ") + ") VALUES ")
	for i := range n * len(columns) {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%len(columns) == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		if p.numbered {
			fmt.Fprintf(&b, "$%d", i+1)
		} else {
			b.WriteString("?")
		}
	}
	return b.String() + ")"
}

func appendArgs(args []any, r *Row) []any {
	return append(args, r.Name, r.Email, r.Note, r.Score, r.Weight, r.Active, r.Created, r.Payload, r.Count)
}

func (c *raw) insertRow(ctx context.Context, stmt *sql.Stmt, r *Row) error {
	args := appendArgs(nil, r)
	if c.product.returning {
		return stmt.QueryRowContext(ctx, args...).Scan(&r.ID)
	}
	res, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return err
	}
	r.ID, err = res.LastInsertId()
	return err
}

func (c *raw) insertOne(ctx context.Context, n int) (cost, []*Row, error) {
	list := newRows(n)
	took, err := spend(func() error {
		for _, r := range list {
			if err := c.insertRow(ctx, c.insert, r); err != nil {
				return err
			}
		}
		return nil
	})
	return took, list, err
}

// insertMany inserts by single-row statements in one transaction.
func (c *raw) insertMany(ctx context.Context, n int) (cost, []*Row, error) {
	list := newRows(n)
	took, err := spend(func() error {
		tx, err := c.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		stmt := tx.StmtContext(ctx, c.insert)
		for _, r := range list {
			if err := c.insertRow(ctx, stmt, r); err != nil {
				return err
			}
		}
		return tx.Commit()
	})
	return took, list, err
}

func (c *raw) read(ctx context.Context, n int) (cost, []*Row, error) {
	var list []*Row
	took, err := spend(func() error {
		res, err := c.selectAll.QueryContext(ctx)
		if err != nil {
			return err
		}
		defer res.Close()
		for res.Next() {
			r := &Row{}
			if err := res.Scan(&r.ID, &r.Name, &r.Email, &r.Note, &r.Score, &r.Weight, &r.Active, &r.Created, &r.Payload, &r.Count); err != nil {
				return err
			}
			list = append(list, r)
		}
		return res.Err()
	})
	return took, list, err
}

func (c *raw) empty(ctx context.Context) error {
	for _, text := range c.product.empty {
		if _, err := c.db.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// check compares what a way has at hand with what the database says: every
// object has the id of its own row.
func (c *raw) check(ctx context.Context, list []*Row, n int) error {
	res, err := c.db.QueryContext(ctx, "SELECT id, name FROM bench_rows")
	if err != nil {
		return err
	}
	defer res.Close()
	ids := make(map[string]int64, n)
	for res.Next() {
		var id int64
		var name string
		if err := res.Scan(&id, &name); err != nil {
			return err
		}
		ids[name] = id
	}
	if err := res.Err(); err != nil {
		return err
	}
	if len(ids) != n || len(list) != n {
		return fmt.Errorf("%d rows in the database and %d objects, want %d", len(ids), len(list), n)
	}
	for i, r := range list {
		if r.ID == 0 || r.ID != ids[r.Name] {
			return fmt.Errorf("%q has the id %d, its row %d", r.Name, r.ID, ids[r.Name])
		}
		if !r.is(newRow(i)) {
			return fmt.Errorf("row %d is not what was written", i)
		}
	}
	return nil
}

func (c *raw) close() error { return c.db.Close() }
