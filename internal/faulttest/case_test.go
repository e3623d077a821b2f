package faulttest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"testing"
	"time"

	_ "github.com/alkahest-go/alkahest/dialect/mysql/gosqldriver"
	_ "github.com/alkahest-go/alkahest/dialect/postgres/pgx"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// servers are what the faults are tried on.
var servers = []struct {
	name    string
	url     func(testing.TB) string
	option  string
	product product
}{
	{"PostgreSQL 15", testdb.PG15, "", postgresql},
	{"PostgreSQL 15 without session state", testdb.PG15, "pgbouncer", postgresql},
	{"PostgreSQL 18", testdb.PG18, "", postgresql},
	{"PgBouncer", testdb.PgBouncer, "pgbouncer", postgresql},
	{"MariaDB", testdb.MariaDB, "", mariadb},
}

// product is what a kind of work may need.
type product uint8

const (
	whatever product = iota
	postgresql
	mariadb
)

// entity is a row of the table that the work is done on.
type entity struct {
	ID   int64
	Note string
	N    int64
}

type entityTable struct {
	orm.Table[entity]
	ID   schema.Int64
	Note schema.Text
	N    schema.Int64
}

// lab is one server with its table, a way to it that can be broken, and one
// that can't.
type lab struct {
	t      *testing.T
	ctx    context.Context
	proxy  *proxy.Proxy
	url    string
	direct *engine.Engine
	rows   *entityTable
	engine *engine.Engine // through the proxy

	unknown int // how often the outcome was
}

// rows is the number of rows of a bulk insert.
const bulk = 60

// variant is how the work is done.
type variant struct {
	warm   bool // its statements were prepared before
	unkept bool // prepared statements are not kept
	cut    bool // the request is kept from the server, instead of the reply from the client
	k      int  // which request; 0 breaks nothing
	work   *work
}

func (v variant) String() string {
	fault := "reply eaten"
	if v.cut {
		fault = "request cut"
	}
	return fmt.Sprintf("%s, %s %d, warm %v, kept %v", v.work.name, fault, v.k, v.warm, !v.unkept)
}

// matrix returns all variants for one server.
func matrix(p product) []variant {
	var all []variant
	for i := range works {
		if !works[i].runsOn(p) {
			continue
		}
		for _, warm := range []bool{false, true} {
			for _, unkept := range []bool{false, true} {
				for _, cut := range []bool{false, true} {
					for k := range 9 {
						all = append(all, variant{warm: warm, unkept: unkept, cut: cut, k: k, work: &works[i]})
					}
				}
			}
		}
	}
	return all
}

// sampled is the part of the matrix that runs without ALKAHEST_SOAK: one in so
// many, so that each kind of work is among them.
const sampled = 16

// Whatever request of whatever work a connection breaks at, nothing is done
// twice, no success is false, and the error says what is known.
func TestBrokenConnections(t *testing.T) {
	seed := soak.Seed(t)
	for i, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, s.url(t), s.option, fmt.Sprintf("faulttest_%d_%d", seed%1000000, i))
			random := rand.New(rand.NewPCG(seed, uint64(i)))
			all := matrix(s.product)
			full := len(all)
			random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			all = all[:max(soak.Count(len(all)), len(all)/sampled)]
			tried, struck, wrong := 0, 0, 0
			defer func() {
				t.Logf("%d cases of %d, %d of them broken", tried, full, struck)
				soak.Report(t, t.Name(), tried, wrong, seed)
			}()
			for _, v := range all {
				tried, wrong = tried+1, 1 // until it is known
				if l.try(v) {
					struck++
				}
				if t.Failed() {
					break
				}
				wrong = 0
			}
		})
	}
}

func newLab(t *testing.T, serverURL, option, table string) *lab {
	l := &lab{t: t, ctx: t.Context(), proxy: proxy.Start(t, serverURL)}
	l.direct = l.open(serverURL, option, engine.Options{})
	l.url = withOption(t, l.proxy.URL(), option)
	base := orm.NewBase()
	l.rows = orm.Declare(base, table, entityTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Note: schema.String(40), N: schema.BigInteger(),
	})
	if err := l.direct.CreateAll(l.ctx, base.MetaData); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := l.direct.DropAll(ctx, base.MetaData); err != nil {
			t.Error(err)
		}
	})
	return l
}

func withOption(t *testing.T, server, option string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	if option != "" {
		q := u.Query()
		q.Set(option, "true")
		u.RawQuery = q.Encode()
	}
	return u.String()
}

func (l *lab) open(server, option string, o engine.Options) *engine.Engine {
	l.t.Helper()
	e, err := engine.Open(l.ctx, withOption(l.t, server, option), engine.WithOptions(o))
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { l.close(e) })
	return e
}

func (l *lab) close(e *engine.Engine) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := e.Close(ctx); err != nil {
		l.t.Error(err)
	}
}

func (l *lab) table() *schema.Table { return l.rows.Schema() }

// must stops the test for an error of the way that can't be broken.
func (l *lab) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// reset leaves one row: the note "base" and 0.
func (l *lab) reset(w *work) {
	l.t.Helper()
	if w.undo != nil {
		w.undo(l)
	}
	t := l.rows
	_, err := l.direct.Exec(l.ctx, expr.NewDelete(l.table()).Where(expr.All()))
	l.must(err)
	_, err = l.direct.Exec(l.ctx, expr.NewInsert(l.table()).Values(t.Note.Set("base"), t.N.Set(0)))
	l.must(err)
}

// try does the work of a variant, and reports whether the connection broke.
func (l *lab) try(v variant) bool {
	l.t.Helper()
	o := engine.Options{PoolSize: 1, Overflow: -1}
	if v.unkept {
		o.PreparedCacheSize = -1
	}
	var err error
	l.engine, err = engine.Open(l.ctx, l.url, engine.WithOptions(o))
	l.must(err)
	defer l.close(l.engine)
	l.proxy.Disarm()
	l.must(l.engine.Ping(l.ctx))
	l.reset(v.work)
	if v.warm {
		l.must(v.work.run(l))
		l.reset(v.work)
	}
	defer l.reset(v.work)
	l.proxy.Disarm()
	switch {
	case v.k > 0 && v.cut:
		l.proxy.CutBefore(v.k)
	case v.k > 0:
		l.proxy.EatReply(v.k)
	}
	err = v.work.run(l)
	struck := l.proxy.Struck()
	l.judge(v, err, struck)
	l.proxy.Disarm()
	if err := l.engine.Ping(l.ctx); err != nil {
		l.t.Errorf("%s: afterwards: %v", v, err)
	}
	if n, err := engine.Scalar[int64](l.ctx, l.engine, expr.NewSelect(expr.CountAll()).From(l.table())); err != nil || n < 0 {
		l.t.Errorf("%s: afterwards: %v", v, err)
	}
	return struck
}

// judge compares the error with what the database holds.
func (l *lab) judge(v variant, err error, struck bool) {
	l.t.Helper()
	done := v.work.done(l)
	if errors.Is(err, sqlerr.ErrOutcomeUnknown) {
		l.unknown++
	}
	lost, unknown := errors.Is(err, sqlerr.ErrConnectionLost), errors.Is(err, sqlerr.ErrOutcomeUnknown)
	bad := func(what string) {
		l.t.Helper()
		l.t.Errorf("%s: %s: the work is done %d times, error %v, the server executed %q", v, what, done, err, l.proxy.Executed())
	}
	sent := l.proxy.Count(v.work.durable)
	switch {
	case done != 0 && done != 1:
		bad("done twice or in part")
	case err == nil && done == 0:
		bad("a false success")
	case err == nil:
	case !struck:
		bad("an error without a fault")
	case lost == unknown:
		bad("neither lost nor unknown, or both")
	case lost && done != 0 && !v.work.reads:
		bad("lost, but it is there")
	case v.cut && done != 0 && !v.work.reads:
		bad("kept from the server, but it is there")
	case !v.cut && sent > 0 && !v.work.reads && !unknown:
		bad("what was executed is not called unknown")
	case !v.cut && sent == 0 && unknown && !v.work.opaque:
		bad("what was not executed is called unknown")
	case v.work.reads && unknown:
		bad("a read is called unknown")
	}
	if !v.work.replays && !v.work.reads && sent > v.work.most {
		bad(fmt.Sprintf("%s was sent %d times", v.work.durable, sent))
	}
}
