package gosqldriver

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/sqltype"
)

const benchColumns = "id BIGINT PRIMARY KEY, a BIGINT NOT NULL, b BIGINT NOT NULL, f DOUBLE NOT NULL, g DOUBLE NOT NULL, " +
	"s VARCHAR(40) NOT NULL, u VARCHAR(40) NOT NULL, t VARCHAR(40) NOT NULL, d DATETIME(6) NOT NULL, k BOOLEAN NOT NULL"

type benchRow struct {
	id, a, b int64
	f, g     float64
	s, u, t  string
	d        int64
	k        bool
}

func benchTable(b *testing.B, rows string) *conn {
	c := open(b)
	name := "gsd_bench_" + strings.ToLower(strings.ReplaceAll(b.Name(), "/", "_"))
	table(b, c, name, benchColumns)
	exec(b, c, "INSERT INTO "+name+" SELECT seq, seq*7, seq*1000003, seq/3, seq/7, CONCAT('name ', seq), CONCAT('street and number ', seq), "+
		"'a text that is the same', '2026-11-22 01:02:03.000004', seq%2 FROM seq_1_to_"+rows)
	return c
}

func benchDB(b *testing.B) *sql.DB {
	k := testConnector(b, "").(*connector)
	m, err := k.cfg.native()
	if err != nil {
		b.Fatal(err)
	}
	m.ParseTime = true
	db, err := sql.Open("mysql", m.FormatDSN())
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { db.Close() })
	return db
}

func BenchmarkPoint(b *testing.B) {
	benchTable(b, "1000")
	query := "SELECT id, s, d FROM gsd_bench_benchmarkpoint WHERE id = ?"
	b.Run("sql", func(b *testing.B) {
		st, err := benchDB(b).Prepare(query)
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		b.ReportAllocs()
		for i := range b.N {
			var r benchRow
			var d sql.RawBytes
			rows, err := st.QueryContext(ctx, int64(i%1000+1))
			if err != nil {
				b.Fatal(err)
			}
			rows.Next()
			if err := rows.Scan(&r.id, &r.s, &d); err != nil {
				b.Fatal(err)
			}
			rows.Close()
		}
	})
	for name, done := range map[string]bool{"driver": false, "driver_cancellable": true} {
		b.Run(name, func(b *testing.B) {
			st := prepare(b, open(b), query, 1)
			ctx := context.Background()
			if done {
				c, cancel := context.WithCancel(ctx)
				defer cancel()
				ctx = c
			}
			args := make([]sqltype.Value, 1)
			b.ReportAllocs()
			for i := range b.N {
				var r benchRow
				args[0] = sqltype.Int64Value(int64(i%1000 + 1))
				rows, err := st.Query(ctx, args)
				if err != nil {
					b.Fatal(err)
				}
				rows.Next()
				r.id, r.s, r.d = rows.Int64(0), string(rows.Text(1)), rows.DateTime(2).Unix()
				if err := rows.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRead10000(b *testing.B) {
	benchTable(b, "10000")
	query := "SELECT id, a, b, f, g, s, u, t, d, k FROM gsd_bench_benchmarkread10000"
	b.Run("sql", func(b *testing.B) {
		st, err := benchDB(b).Prepare(query)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for range b.N {
			rows, err := st.Query()
			if err != nil {
				b.Fatal(err)
			}
			all := make([]benchRow, 0, 10000)
			for rows.Next() {
				var r benchRow
				var d sql.NullTime
				if err := rows.Scan(&r.id, &r.a, &r.b, &r.f, &r.g, &r.s, &r.u, &r.t, &d, &r.k); err != nil {
					b.Fatal(err)
				}
				r.d = d.Time.Unix()
				all = append(all, r)
			}
			if rows.Close(); len(all) != 10000 {
				b.Fatal(len(all))
			}
		}
	})
	b.Run("driver", func(b *testing.B) {
		st := prepare(b, open(b), query, 0)
		b.ReportAllocs()
		for range b.N {
			rows, err := st.Query(context.Background(), nil)
			if err != nil {
				b.Fatal(err)
			}
			all := make([]benchRow, 0, 10000)
			for rows.Next() {
				all = append(all, benchRow{
					rows.Int64(0), rows.Int64(1), rows.Int64(2), rows.Float64(3), rows.Float64(4),
					string(rows.Text(5)), string(rows.Text(6)), string(rows.Text(7)), rows.DateTime(8).Unix(), rows.Bool(9),
				})
			}
			if err := rows.Close(); err != nil || len(all) != 10000 {
				b.Fatal(err, len(all))
			}
		}
	})
}
