package webload

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/examples/webapp/forum"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/orm"
)

const (
	crowd     = 64 // clients
	seedPosts = 60
)

// A crowd uses the forum, and the one that is written by hand, in turn. Every
// acknowledged write is there, with an id that nobody else got, the books balance, and
// nothing stays open. How fast both were is told, and asserted nowhere.
func TestACrowdUsesTheForum(t *testing.T) {
	for _, db := range []struct {
		name  string
		fresh func(t *testing.T) string
	}{
		{"sqlite", func(t *testing.T) string { return freshFile(t) }},
		{"postgresql", func(t *testing.T) string { return freshSchema(t, testdb.PG15(t)) }},
		{"mariadb", func(t *testing.T) string { return freshDatabase(t, testdb.MariaDB(t)) }},
	} {
		t.Run(db.name, func(t *testing.T) {
			seed := soak.Seed(t)
			before := runtime.NumGoroutine()
			ours, hand := open(t, Forum, db.fresh(t)), open(t, ByHand, db.fresh(t))
			rounds, slice := 5, time.Second
			if soak.Full() {
				rounds, slice = 12, 5*time.Second
			}
			contest := []*contender{newContender(t, ours, seed), newContender(t, hand, seed)}
			for i := range rounds { // both do the same work, so that their tables grow alike
				n := contest[i%2].run(t, During(slice))
				contest[(i+1)%2].run(t, Each((n+crowd-1)/crowd))
			}
			for _, c := range contest {
				c.transport.CloseIdleConnections()
				c.check(t)
			}
			tell(t, db.name, contest[0], contest[1], seed)
			must(t, ours.Close(context.Background()))
			must(t, hand.Close(context.Background()))
			backTo(t, before)
		})
	}
}

// contender is a site with its crowd.
type contender struct {
	site      *Site
	transport *http.Transport
	clients   []*Client
	load      Load
	rates     []float64
}

func newContender(t testing.TB, s *Site, seed uint64) *contender {
	c := &contender{site: s, transport: &http.Transport{MaxIdleConnsPerHost: crowd}}
	first, err := Visitors(t.Context(), s.URL, c.transport, "founder", 1, 1, seed)
	must(t, err)
	for range seedPosts {
		must(t, first[0].addPost(t.Context()))
	}
	for range 3 * seedPosts {
		first[0].posts = seedPosts
		must(t, first[0].comment(t.Context()))
	}
	rest, err := Visitors(t.Context(), s.URL, c.transport, "visitor", crowd, seedPosts, seed)
	must(t, err)
	c.clients = append(first, rest...)
	return c
}

// run lets the crowd work, and returns how many requests it sent.
func (c *contender) run(t *testing.T, enough func(done int) bool) int {
	t.Helper()
	runtime.GC()
	l := Drive(t.Context(), c.clients[1:], enough)
	for i, err := range l.Failed {
		if i < 5 {
			t.Errorf("%v (and %d failures more)", err, len(l.Failed)-1)
		}
	}
	c.rates = append(c.rates, l.PerSecond())
	c.load.Took += l.Took
	c.load.add(l)
	return l.Requests + len(l.Failed)
}

// check looks for every acknowledged write in the database.
func (c *contender) check(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	s := orm.NewSession(c.site.DB)
	defer s.Close(ctx)
	posts, err := orm.Select(forum.Posts).All(ctx, s)
	must(t, err)
	comments, err := orm.Select(forum.Comments).All(ctx, s)
	must(t, err)
	thePosts, theComments := map[int64]string{}, map[int64]string{}
	for _, p := range posts {
		thePosts[p.ID] = p.Text
	}
	for _, x := range comments {
		theComments[x.ID] = x.Text
	}
	there(t, "post", c.clients, thePosts, func(x *Client) map[int64]string { return x.Posts })
	there(t, "comment", c.clients, theComments, func(x *Client) map[int64]string { return x.Comments })
	must(t, forum.Audit(ctx, s))
	must(t, s.Close(ctx))
	if n := c.site.DB.Stats().InUse; n != 0 {
		t.Errorf("%d connections are still in use", n)
	}
}

func there(t *testing.T, what string, clients []*Client, rows map[int64]string, of func(*Client) map[int64]string) {
	t.Helper()
	given := map[int64]string{}
	for _, c := range clients {
		for id, text := range of(c) {
			if other, twice := given[id]; twice {
				t.Errorf("%s %d was given to %q and to %q", what, id, other, text)
			}
			given[id] = text
			if rows[id] != text {
				t.Errorf("%s %d was acknowledged as %q, its row has %q", what, id, text, rows[id])
			}
		}
	}
	if len(given) != len(rows) {
		t.Errorf("%d of kind %s were acknowledged, %d are there", len(given), what, len(rows))
	}
}

// tell prints the comparison.
func tell(t *testing.T, name string, ours, hand *contender, seed uint64) {
	ratios := make([]float64, len(ours.rates))
	for i := range ratios {
		ratios[i] = ours.rates[i] / hand.rates[i]
	}
	for _, c := range []struct {
		who string
		*contender
	}{{"forum", ours}, {"by hand", hand}} {
		t.Logf("%-10s %-8s %7.0f requests/s  p50 %8s  p99 %8s  (%d in %s)", name, c.who, c.load.PerSecond(),
			c.load.Percentile(.5).Round(10*time.Microsecond), c.load.Percentile(.99).Round(10*time.Microsecond), c.load.Requests, c.load.Took.Round(time.Millisecond))
	}
	t.Logf("%-10s ratio of requests a second, median of %d rounds: %.2f (%.2f to %.2f)", name, len(ratios), median(ratios), least(ratios), most(ratios))
	soak.Report(t, "requests of 64 clients, "+name, ours.load.Requests, len(ours.load.Failed), seed)
}

// backTo waits until no goroutine is left but those of before.
func backTo(t *testing.T, before int) {
	t.Helper()
	until := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(until) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines were there, now %d:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func open(t *testing.T, how func(ctx context.Context, url string) (*Site, error), url string) *Site {
	t.Helper()
	s, err := how(t.Context(), url)
	must(t, err)
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var names atomic.Int64

func uniqueName() string { return fmt.Sprintf("webload_%d_%d", time.Now().UnixNano(), names.Add(1)) }

func freshFile(t testing.TB) string { return "sqlite:///" + filepath.Join(t.TempDir(), "forum.db") }

func freshSchema(t testing.TB, url string) string {
	name := uniqueName()
	around(t, url, "CREATE SCHEMA "+name, "DROP SCHEMA "+name+" CASCADE")
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithOption("search_path", name).Reveal()
}

func freshDatabase(t testing.TB, url string) string {
	name := uniqueName()
	around(t, url, "CREATE DATABASE "+name, "DROP DATABASE "+name)
	u, err := engine.ParseURL(url)
	must(t, err)
	return u.WithDatabase(name).Reveal()
}

// around does something now, and something else when the test has ended.
func around(t testing.TB, url, first, last string) {
	t.Helper()
	admin := func(sql string) {
		db, err := engine.Open(context.Background(), url)
		must(t, err)
		_, err = db.Exec(context.Background(), expr.UnsafeSQL(sql))
		must(t, err)
		must(t, db.Close(context.Background()))
	}
	admin(first)
	t.Cleanup(func() { admin(last) })
}
