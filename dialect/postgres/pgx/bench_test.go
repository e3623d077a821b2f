package pgx_test

import (
	"context"
	"database/sql"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // what is compared with

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/sqltype"
)

const benchRows = 10000

func benchDB(b *testing.B) (*sql.DB, driver.Conn) {
	b.Helper()
	url := testdb.PG15(b)
	db, err := sql.Open("pgx", url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	conn := connect(b, url)
	table(b, conn, "pgxglue_bench", "id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, n int8")
	return db, conn
}

// BenchmarkInsert inserts rows whose ids are wanted back, in the ways there are.
func BenchmarkInsert(b *testing.B) {
	db, conn := benchDB(b)
	b.Run("database_sql", func(b *testing.B) { insertOneByOne(b, db) })
	b.Run("batch", func(b *testing.B) { insertBatch(b, conn) })
	b.Run("unnest", func(b *testing.B) { insertUnnest(b, conn) })
}

func insertOneByOne(b *testing.B, db *sql.DB) {
	b.ReportAllocs()
	for b.Loop() {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		s, _ := tx.Prepare("INSERT INTO pgxglue_bench (name, n) VALUES ($1, $2) RETURNING id")
		for i := range benchRows {
			var id int64
			if err := s.QueryRow("somebody", int64(i)).Scan(&id); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Rollback(); err != nil {
			b.Fatal(err)
		}
	}
}

func insertBatch(b *testing.B, conn driver.Conn) {
	b.ReportAllocs()
	s := prepare(b, conn, "INSERT INTO pgxglue_bench (name, n) VALUES ($1, $2) RETURNING id", sqltype.Text{}, int8Type)
	items := make([]driver.Item, benchRows)
	for i := range items {
		items[i] = driver.Item{Stmt: s, Args: []sqltype.Value{sqltype.TextValue("somebody"), sqltype.Int64Value(int64(i))}}
	}
	for b.Loop() {
		exec(b, conn, "BEGIN")
		ids := 0
		err := conn.Batch(b.Context(), items, func(_ int, r driver.Rows) error {
			for r.Next() && r.Int64(0) > 0 {
				ids++
			}
			return r.Close()
		})
		if err != nil || ids != benchRows {
			b.Fatal(ids, err)
		}
		exec(b, conn, "ROLLBACK")
	}
}

func insertUnnest(b *testing.B, conn driver.Conn) {
	b.ReportAllocs()
	s := prepare(b, conn, "INSERT INTO pgxglue_bench (name, n) SELECT * FROM unnest($1, $2) RETURNING id",
		sqltype.Array{Elem: sqltype.Text{}}, sqltype.Array{Elem: int8Type})
	names, ns := make([]sqltype.Value, benchRows), make([]sqltype.Value, benchRows)
	for i := range names {
		names[i], ns[i] = sqltype.TextValue("somebody"), sqltype.Int64Value(int64(i))
	}
	for b.Loop() {
		exec(b, conn, "BEGIN")
		r, err := s.Query(b.Context(), []sqltype.Value{sqltype.ArrayValue(names), sqltype.ArrayValue(ns)})
		if err != nil {
			b.Fatal(err)
		}
		for r.Next() {
			r.Int64(0)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
		exec(b, conn, "ROLLBACK")
	}
}

// BenchmarkRead reads rows of ten columns.
func BenchmarkRead(b *testing.B) {
	db, conn := benchDB(b)
	exec(b, conn, "DROP TABLE IF EXISTS pgxglue_read")
	exec(b, conn, "CREATE TABLE pgxglue_read AS SELECT n AS a, n + 1 AS b, n + 2 AS c, n::float8 AS d, n::float8 / 3 AS e,"+
		" n % 2 = 0 AS f, 'name ' || n AS g, 'text ' || n AS h, now() AS i, now() AS j FROM generate_series(1::int8, 10000) AS n")
	b.Cleanup(func() { conn.Exec(context.Background(), "DROP TABLE pgxglue_read") })
	const query = "SELECT a, b, c, d, e, f, g, h, i, j FROM pgxglue_read"
	b.Run("database_sql", func(b *testing.B) {
		b.ReportAllocs()
		s, err := db.Prepare(query)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			rows, err := s.Query()
			if err != nil {
				b.Fatal(err)
			}
			readAll(b, rows)
		}
	})
	b.Run("glue", func(b *testing.B) {
		b.ReportAllocs()
		s := prepare(b, conn, query)
		for b.Loop() {
			r, err := s.Query(context.Background(), nil)
			if err != nil {
				b.Fatal(err)
			}
			var names, texts string
			for r.Next() {
				_, _, _ = r.Int64(0), r.Int64(1), r.Int64(2)
				_, _, _ = r.Float64(3), r.Float64(4), r.Bool(5)
				names, texts = string(r.Text(6)), string(r.Text(7))
				_, _ = r.Instant(8), r.Instant(9)
			}
			if err := r.Close(); err != nil || names == "" || texts == "" {
				b.Fatal(err)
			}
		}
	})
}

func readAll(b *testing.B, rows *sql.Rows) {
	var i1, i2, i3 int64
	var f1, f2 float64
	var ok bool
	var s1, s2 string
	var t1, t2 sql.NullTime
	for rows.Next() {
		if err := rows.Scan(&i1, &i2, &i3, &f1, &f2, &ok, &s1, &s2, &t1, &t2); err != nil {
			b.Fatal(err)
		}
	}
	if err := rows.Err(); err != nil {
		b.Fatal(err)
	}
}
