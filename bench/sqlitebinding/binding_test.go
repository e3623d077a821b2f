//go:build unix

// Package sqlitebinding compares three ways to the same pure-Go SQLite:
// this library's binding, zombiezen.com/go/sqlite, and database/sql with the
// engine's own driver. All three use one file in WAL mode with
// synchronous=NORMAL, one connection and prepared statements.
//
//	for i in 1 2 3 4 5 6 7; do go test -run '^$' -bench . -benchmem; done
//
// The metric cpu-ns/op is the processor time of the whole process, garbage
// collection included, and depends less on what else the machine does.
package sqlitebinding

import (
	"context"
	"database/sql"
	"math"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite"
	"zombiezen.com/go/sqlite"

	"github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

const (
	rowCount = 10_000
	create   = `CREATE TABLE r (id INTEGER PRIMARY KEY, a BIGINT NOT NULL, b BIGINT NOT NULL, price REAL NOT NULL, ok BOOLEAN NOT NULL,
		name TEXT NOT NULL, email TEXT NOT NULL, note TEXT, created DATETIME NOT NULL, updated DATETIME NOT NULL)`
	insert = `INSERT INTO r (a, b, price, ok, name, email, note, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	read   = `SELECT id, a, b, price, ok, name, email, note, created, updated FROM r`
	get    = read + ` WHERE id = ?`
	wipe   = `DELETE FROM r`
)

type record struct {
	ID, A, B         int64
	Price            float64
	OK               bool
	Name, Email      string
	Note             *string
	Created, Updated time.Time
}

func records() []record {
	start := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	list := make([]record, rowCount)
	for i := range list {
		n := strconv.Itoa(i)
		list[i] = record{
			A: int64(i), B: int64(i) << 30, Price: float64(i) * 1.25, OK: i%2 == 0,
			Name: "name of row " + n, Email: "somebody" + n + "@example.org",
			Created: start.Add(time.Duration(i) * time.Second), Updated: start.Add(time.Duration(i) * time.Minute),
		}
		if i%3 != 0 {
			note := "a note on row " + n
			list[i].Note = &note
		}
	}
	return list
}

func checkAll(b *testing.B, got []record) {
	b.Helper()
	want := records()
	if len(got) != len(want) {
		b.Fatalf("got %d rows, want %d", len(got), len(want))
	}
	for i := range want {
		g, w := got[i], want[i]
		sameNote := (g.Note == nil) == (w.Note == nil) && (g.Note == nil || *g.Note == *w.Note)
		g.ID, g.Note, w.Note = 0, nil, nil
		g.Created, g.Updated = g.Created.UTC(), g.Updated.UTC()
		if !sameNote || g != w {
			b.Fatalf("row %d: got %+v, want %+v", i, g, w)
		}
	}
}

func must(b *testing.B, err error) {
	if err != nil {
		b.Helper()
		b.Fatal(err)
	}
}

// cpu returns the processor time that the process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// reportCPU adds the metric cpu-ns/op.
func reportCPU(b *testing.B, used time.Duration) {
	b.ReportMetric(float64(used)/float64(b.N), "cpu-ns/op")
}

// Alkahest's binding.

type own struct {
	c                      driver.Conn
	insert, read, get, del driver.Stmt
	args                   []sqltype.Value
}

var ctx = context.Background()

func openOwn(b *testing.B) *own {
	c, err := modernc.New(modernc.Config{Path: filepath.Join(b.TempDir(), "own.db")}).Connect(ctx, driver.ReadWrite)
	must(b, err)
	b.Cleanup(func() { c.Close(ctx) })
	_, err = c.Exec(ctx, create)
	must(b, err)
	o := &own{c: c, args: make([]sqltype.Value, 9)}
	for text, s := range map[string]*driver.Stmt{insert: &o.insert, read: &o.read, get: &o.get, wipe: &o.del} {
		*s, err = c.Prepare(ctx, text, nil)
		must(b, err)
	}
	return o
}

func (o *own) exec(b *testing.B, text string) {
	_, err := o.c.Exec(ctx, text)
	must(b, err)
}

func (o *own) insertAll(b *testing.B, list []record) {
	o.exec(b, "BEGIN IMMEDIATE")
	for i := range list {
		r := &list[i]
		note := sqltype.NullValue()
		if r.Note != nil {
			note = sqltype.TextValue(*r.Note)
		}
		o.args = append(o.args[:0], sqltype.Int64Value(r.A), sqltype.Int64Value(r.B), sqltype.Float64Value(r.Price),
			sqltype.BoolValue(r.OK), sqltype.TextValue(r.Name), sqltype.TextValue(r.Email), note,
			sqltype.InstantValue(r.Created), sqltype.InstantValue(r.Updated))
		res, err := o.insert.Exec(ctx, o.args)
		must(b, err)
		r.ID = int64(res.LastInsertID)
	}
	o.exec(b, "COMMIT")
}

func scanOwn(rows driver.Rows, r *record) {
	r.ID, r.A, r.B = rows.Int64(0), rows.Int64(1), rows.Int64(2)
	r.Price, r.OK = rows.Float64(3), rows.Bool(4)
	r.Name, r.Email = string(rows.Text(5)), string(rows.Text(6))
	if !rows.IsNull(7) {
		note := string(rows.Text(7))
		r.Note = &note
	}
	r.Created, r.Updated = rows.Instant(8), rows.Instant(9)
}

func (o *own) readAll(b *testing.B, ctx context.Context) []record {
	list := make([]record, 0, rowCount)
	rows, err := o.read.Query(ctx, nil)
	must(b, err)
	for rows.Next() {
		list = append(list, record{})
		scanOwn(rows, &list[len(list)-1])
	}
	must(b, rows.Close())
	return list
}

func (o *own) getOne(b *testing.B, id int64) (r record) {
	o.args = append(o.args[:0], sqltype.Int64Value(id))
	rows, err := o.get.Query(ctx, o.args)
	must(b, err)
	if rows.Next() {
		scanOwn(rows, &r)
	}
	must(b, rows.Close())
	return r
}

// database/sql with modernc.org/sqlite.

type std struct {
	db                     *sql.DB
	insert, read, get, del *sql.Stmt
}

func openStd(b *testing.B) *std {
	path := filepath.Join(b.TempDir(), "std.db")
	db, err := sql.Open("sqlite", path+"?_pragma=journal_mode(wal)&_pragma=synchronous(normal)&_pragma=foreign_keys(1)&_time_format=sqlite")
	must(b, err)
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { db.Close() })
	_, err = db.Exec(create)
	must(b, err)
	s := &std{db: db}
	for text, p := range map[string]**sql.Stmt{insert: &s.insert, read: &s.read, get: &s.get, wipe: &s.del} {
		*p, err = db.Prepare(text)
		must(b, err)
	}
	return s
}

func (s *std) insertAll(b *testing.B, list []record) {
	tx, err := s.db.Begin()
	must(b, err)
	stmt := tx.Stmt(s.insert)
	for i := range list {
		r := &list[i]
		res, err := stmt.Exec(r.A, r.B, r.Price, r.OK, r.Name, r.Email, r.Note, r.Created, r.Updated)
		must(b, err)
		r.ID, err = res.LastInsertId()
		must(b, err)
	}
	must(b, tx.Commit())
}

type scanner interface{ Scan(dest ...any) error }

func scanStd(rows scanner, r *record) error {
	return rows.Scan(&r.ID, &r.A, &r.B, &r.Price, &r.OK, &r.Name, &r.Email, &r.Note, &r.Created, &r.Updated)
}

func (s *std) readAll(b *testing.B, ctx context.Context) []record {
	list := make([]record, 0, rowCount)
	rows, err := s.read.QueryContext(ctx)
	must(b, err)
	defer rows.Close()
	for rows.Next() {
		list = append(list, record{})
		must(b, scanStd(rows, &list[len(list)-1]))
	}
	must(b, rows.Err())
	return list
}

// zombiezen.com/go/sqlite, which has no times: they are text here too.

type zombie struct {
	c                      *sqlite.Conn
	insert, read, get, del *sqlite.Stmt
}

const layout = "2006-01-02 15:04:05.000000Z"

func openZombie(b *testing.B) *zombie {
	c, err := sqlite.OpenConn(filepath.Join(b.TempDir(), "zombie.db"), sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenWAL)
	must(b, err)
	b.Cleanup(func() { c.Close() })
	z := &zombie{c: c}
	for _, text := range []string{create, "PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = 1"} {
		z.exec(b, text)
	}
	for text, p := range map[string]**sqlite.Stmt{insert: &z.insert, read: &z.read, get: &z.get, wipe: &z.del} {
		*p, err = c.Prepare(text)
		must(b, err)
	}
	return z
}

func (z *zombie) exec(b *testing.B, text string) {
	s, err := z.c.Prepare(text)
	must(b, err)
	_, err = s.Step()
	must(b, err)
	must(b, s.Reset())
}

func (z *zombie) insertAll(b *testing.B, list []record) {
	z.exec(b, "BEGIN IMMEDIATE")
	for i := range list {
		r, s := &list[i], z.insert
		s.BindInt64(1, r.A)
		s.BindInt64(2, r.B)
		s.BindFloat(3, r.Price)
		s.BindBool(4, r.OK)
		s.BindText(5, r.Name)
		s.BindText(6, r.Email)
		if r.Note != nil {
			s.BindText(7, *r.Note)
		} else {
			s.BindNull(7)
		}
		s.BindText(8, r.Created.UTC().Format(layout))
		s.BindText(9, r.Updated.UTC().Format(layout))
		_, err := s.Step()
		must(b, err)
		must(b, s.Reset())
		r.ID = z.c.LastInsertRowID()
	}
	z.exec(b, "COMMIT")
}

func scanZombie(b *testing.B, s *sqlite.Stmt, r *record) {
	r.ID, r.A, r.B = s.ColumnInt64(0), s.ColumnInt64(1), s.ColumnInt64(2)
	r.Price, r.OK = s.ColumnFloat(3), s.ColumnBool(4)
	r.Name, r.Email = s.ColumnText(5), s.ColumnText(6)
	if !s.ColumnIsNull(7) {
		note := s.ColumnText(7)
		r.Note = &note
	}
	var err error
	r.Created, err = time.Parse(layout, s.ColumnText(8))
	must(b, err)
	r.Updated, err = time.Parse(layout, s.ColumnText(9))
	must(b, err)
}

func (z *zombie) readAll(b *testing.B, ctx context.Context) []record {
	z.c.SetInterrupt(ctx.Done())
	list := make([]record, 0, rowCount)
	for {
		more, err := z.read.Step()
		must(b, err)
		if !more {
			break
		}
		list = append(list, record{})
		scanZombie(b, z.read, &list[len(list)-1])
	}
	must(b, z.read.Reset())
	return list
}

func BenchmarkRead10kx10(b *testing.B) {
	cancellable, cancel := context.WithCancel(ctx)
	defer cancel()
	benchmark := func(name string, ctx context.Context, readAll func(*testing.B, context.Context) []record) {
		b.Run(name, func(b *testing.B) {
			checkAll(b, readAll(b, ctx))
			b.ReportAllocs()
			start := cpu()
			for b.Loop() {
				readAll(b, ctx)
			}
			reportCPU(b, cpu()-start)
		})
	}
	o, s, z := openOwn(b), openStd(b), openZombie(b)
	o.insertAll(b, records())
	s.insertAll(b, records())
	z.insertAll(b, records())
	benchmark("databasesql", ctx, s.readAll)
	benchmark("zombiezen", ctx, z.readAll)
	benchmark("alkahest", ctx, o.readAll)
	benchmark("databasesql-cancellable", cancellable, s.readAll)
	benchmark("zombiezen-cancellable", cancellable, z.readAll)
	benchmark("alkahest-cancellable", cancellable, o.readAll)
}

func BenchmarkInsert10k(b *testing.B) {
	o, s, z := openOwn(b), openStd(b), openZombie(b)
	benchmark := func(name string, insertAll func(*testing.B, []record), clear func()) {
		b.Run(name, func(b *testing.B) {
			list := records()
			b.ReportAllocs()
			var used time.Duration
			for b.Loop() {
				start := cpu()
				insertAll(b, list)
				used += cpu() - start
				b.StopTimer()
				for i := range list {
					if list[i].ID != int64(i+1) {
						b.Fatalf("row %d: got id %d", i, list[i].ID)
					}
				}
				clear()
				b.StartTimer()
			}
			reportCPU(b, used)
		})
	}
	benchmark("databasesql", s.insertAll, func() { _, err := s.del.Exec(); must(b, err) })
	benchmark("zombiezen", z.insertAll, func() { z.exec(b, wipe) })
	benchmark("alkahest", o.insertAll, func() { _, err := o.del.Exec(ctx, nil); must(b, err) })
}

func BenchmarkGet(b *testing.B) {
	o, s, z := openOwn(b), openStd(b), openZombie(b)
	o.insertAll(b, records())
	s.insertAll(b, records())
	z.insertAll(b, records())
	benchmark := func(name string, get func(id int64) record) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			id := int64(0)
			start := cpu()
			for b.Loop() {
				id = id%rowCount + 1
				if got := get(id); got.ID != id || math.IsNaN(got.Price) {
					b.Fatalf("got %+v, want id %d", got, id)
				}
			}
			reportCPU(b, cpu()-start)
		})
	}
	benchmark("databasesql", func(id int64) (r record) {
		must(b, scanStd(s.get.QueryRow(id), &r))
		return r
	})
	benchmark("zombiezen", func(id int64) (r record) {
		z.get.BindInt64(1, id)
		if more, err := z.get.Step(); err == nil && more {
			scanZombie(b, z.get, &r)
		}
		must(b, z.get.Reset())
		return r
	})
	benchmark("alkahest", func(id int64) record { return o.getOne(b, id) })
}
