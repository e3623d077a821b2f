package proxy_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/internal/testdb"
)

const returned = 40

// insertReturning is an INSERT of many rows, with the returned column first.
func insertReturning(table string) string {
	var rows []string
	for i := range returned {
		rows = append(rows, fmt.Sprintf("(%d, 's')", i))
	}
	return "INSERT INTO " + table + " VALUES " + strings.Join(rows, ", ") + " RETURNING id, s"
}

// asker runs a query through a proxy and returns the first column of its rows.
type asker struct {
	name string
	ask  func(t *testing.T, serverURL, query string) []int64
}

func askers(g target) []asker {
	if strings.HasPrefix(g.url, "postgres") {
		return []asker{
			{"extended", func(t *testing.T, u, query string) []int64 { return askPostgres(t, u, query, nil) }},
			{"simple", func(t *testing.T, u, query string) []int64 {
				return askPostgres(t, u, query, []any{pgx.QueryExecModeSimpleProtocol})
			}},
			{"batch", askInBatch},
		}
	}
	return []asker{
		{"text", func(t *testing.T, u, query string) []int64 { return askMySQL(t, u, query, false) }},
		{"prepared", func(t *testing.T, u, query string) []int64 { return askMySQL(t, u, query, true) }},
	}
}

func askPostgres(t *testing.T, u, query string, args []any) []int64 {
	t.Helper()
	c := connectPostgres(t, u)
	rows, err := c.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	return firstColumn(t, rows)
}

// askInBatch has other statements with rows before and after the query.
func askInBatch(t *testing.T, u, query string) (ids []int64) {
	t.Helper()
	var b pgx.Batch
	ascends := func(rows pgx.Rows) error {
		if got := firstColumn(t, rows); !slices.Equal(got, []int64{1, 2, 3}) {
			t.Errorf("got %v from a SELECT, want its order", got)
		}
		return nil
	}
	const other = "SELECT CAST(n AS bigint), '' FROM generate_series(1, 3) n"
	b.Queue(other).Query(ascends)
	b.Queue(query).Query(func(rows pgx.Rows) error { ids = firstColumn(t, rows); return nil })
	b.Queue(other).Query(ascends)
	if err := connectPostgres(t, u).SendBatch(t.Context(), &b).Close(); err != nil {
		t.Fatal(err)
	}
	return ids
}

func connectPostgres(t *testing.T, u string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func firstColumn(t *testing.T, rows pgx.Rows) []int64 {
	t.Helper()
	var ids []int64
	var s string
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id, &s); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return ids
}

// askMySQL uses the connection afterwards, so that a miscount of packets shows.
func askMySQL(t *testing.T, u, query string, prepared bool) []int64 {
	t.Helper()
	c := openMySQL(t, u)
	var rows *sql.Rows
	var err error
	if prepared {
		st, perr := c.PrepareContext(t.Context(), query)
		if perr != nil {
			t.Fatal(perr)
		}
		defer st.Close()
		rows, err = st.QueryContext(t.Context())
	} else {
		rows, err = c.QueryContext(t.Context(), query)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		var s string
		if err := rows.Scan(&id, &s); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	return ids
}

// onEach runs f with a proxy for each kind of query of each server.
func onEach(t *testing.T, f func(t *testing.T, p *proxy.Proxy, table string, ask func(query string) []int64)) {
	t.Helper()
	for name, start := range targets(t) {
		t.Run(name, func(t *testing.T) {
			g := start(t)
			for _, a := range askers(g) {
				t.Run(a.name, func(t *testing.T) {
					table := g.table(t)
					p := proxy.Start(t, g.url)
					f(t, p, table, func(query string) []int64 { return a.ask(t, p.URL(), query) })
				})
			}
		})
	}
}

func TestShuffleChangesTheOrderOfReturnedRows(t *testing.T) {
	want := make([]int64, returned)
	for i := range want {
		want[i] = int64(i)
	}
	onEach(t, func(t *testing.T, p *proxy.Proxy, table string, ask func(query string) []int64) {
		if got := ask(insertReturning(table)); !slices.Equal(got, want) {
			t.Fatalf("got %v before, want the order of VALUES", got)
		}
		ask("SELECT id, s FROM " + table + " WHERE 1 = 0")
		p.Shuffle(1)
		if got := ask("SELECT id, s FROM " + table + " ORDER BY id"); !slices.Equal(got, want) {
			t.Errorf("got %v from a SELECT, want its order", got)
		}
		got := ask(strings.ReplaceAll(insertReturning(table), "(", "(100 + "))
		if slices.IsSorted(got) || len(got) != returned || p.Shuffled() != 1 {
			t.Errorf("got %v, %d results shuffled, want %d rows in another order, 1", got, p.Shuffled(), returned)
		}
		slices.Sort(got)
		if got[0] != 100 || got[returned-1] != 100+returned-1 || len(slices.Compact(got)) != returned {
			t.Errorf("got the rows %v, want each once", got)
		}
	})
}

func TestShuffleChangesTheOrderOfReservedValues(t *testing.T) {
	p := proxy.Start(t, testdb.PG15(t))
	p.Shuffle(1)
	c := connectPostgres(t, p.URL())
	if _, err := c.Exec(t.Context(), "CREATE TEMPORARY SEQUENCE proxy_shuffled"); err != nil {
		t.Fatal(err)
	}
	rows, err := c.Query(t.Context(), "SELECT nextval('proxy_shuffled'), '' FROM generate_series(1, $1)", returned)
	if err != nil {
		t.Fatal(err)
	}
	if got := firstColumn(t, rows); slices.IsSorted(got) || len(got) != returned {
		t.Errorf("got %v, want %d values in another order", got, returned)
	}
}

func TestTamperChangesOneRow(t *testing.T) {
	for name, c := range map[string]struct {
		how  proxy.Tampering
		want func(all []int64) bool
	}{
		"drop":   {proxy.DropRow, func(all []int64) bool { return len(all) == returned-1 && !slices.Contains(all, 20) }},
		"double": {proxy.DoubleRow, func(all []int64) bool { return len(all) == returned+1 && all[20] == 20 && all[21] == 20 }},
		"alter":  {proxy.AlterRow, func(all []int64) bool { return len(all) == returned && all[20] != 20 && all[21] == 21 }},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, func(t *testing.T, p *proxy.Proxy, table string, ask func(query string) []int64) {
				p.Tamper(c.how, returned+1)
				ask(insertReturning(table))
				if p.Tampered() {
					t.Error("a result with too few rows was tampered with")
				}
				p.Tamper(c.how, 2)
				ask("SELECT id, s FROM " + table)
				got := ask(strings.ReplaceAll(insertReturning(table), "(", "(100 + "))
				for i := range got {
					got[i] -= 100
				}
				if !p.Tampered() || !c.want(got) {
					t.Errorf("got %v, tampered %v", got, p.Tampered())
				}
			})
		})
	}
}
