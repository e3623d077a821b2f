package orm_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/orm"
)

var serverPairs = pairs[1:4]

// phaseName is the name of the sessions of one test.
func phaseName() string { return strings.ReplaceAll(uniqueName(), "_", "-") }

// leftOf are the prepared transactions of sessions of the name.
func leftOf(t *testing.T, name string, dbs ...*database) []string {
	t.Helper()
	var out []string
	for _, db := range dbs {
		ids, err := db.PreparedTransactions(t.Context())
		must(t, err)
		for _, id := range ids {
			if strings.HasPrefix(id, name+".") && !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out
}

func TestTwoPhaseSessions(t *testing.T) {
	onPairs(t, serverPairs, func(t *testing.T, main, books *database) {
		ctx, name := t.Context(), phaseName()
		var told []string
		tell := func(db *database) orm.Beginner {
			return connect(t, db.url, func(o *engine.Options) {
				o.Events = append(o.Events, &engine.Events{Prepare: func(_ context.Context, id string, _ error) {
					told = append(told, id[strings.LastIndex(id, "."):])
				}})
			})
		}
		s := session(t, tell(main), orm.Bind("books", tell(books)), orm.TwoPhase(name))
		ann := &Holder{Name: "ann"}
		s.Add(ann)
		s.Add(&Coupon{Worth: 1})
		must(t, s.Commit(ctx))
		same(t, "prepared", told, []string{".1", ".2"})
		ann.Name = "anna" // one database alone is committed in one step
		must(t, s.Commit(ctx))
		same(t, "prepared", len(told), 2)
		s.Add(&Coupon{Worth: 2})
		ann.Name = "nobody"
		must(t, s.Flush(ctx))
		must(t, s.Rollback(ctx))
		wantRows(t, main, Holders.Schema(), "1 anna")
		wantRows(t, books, Coupons.Schema(), "1 0 1")
		if left := leftOf(t, name, main, books); left != nil {
			t.Errorf("left prepared: %q", left)
		}
	})
}

// What the second database refuses in the first phase is kept by none, and the
// session goes on after a rollback.
func TestTwoPhasesOfWhichOneIsRefused(t *testing.T) {
	onPairs(t, [][2]string{{"postgres15", "postgres18"}, {"mariadb", "postgres18"}}, func(t *testing.T, main, books *database) {
		ctx, name := t.Context(), phaseName()
		must(t, books.CreateAll(ctx, pledging.MetaData))
		s := session(t, main, orm.Bind("books", books), orm.TwoPhase(name))
		ann, pledge := &Holder{Name: "ann"}, &Pledge{OfID: 4711}
		s.Add(ann)
		s.Add(pledge)
		if err := s.Commit(ctx); err == nil || !strings.Contains(err.Error(), `prepare in the database "books"`) {
			t.Fatalf("got %v", err)
		}
		must(t, s.Rollback(ctx))
		same(t, "ids", []int64{ann.ID, pledge.ID}, []int64{0, 0})
		wantRows(t, main, Holders.Schema())
		if left := leftOf(t, name, main, books); left != nil {
			t.Errorf("left prepared: %q", left)
		}
		s.Add(ann)
		s.Add(&Coupon{Worth: 1})
		must(t, s.Commit(ctx))
		wantRows(t, main, Holders.Schema(), fmt.Sprint(ann.ID, " ann"))
	})
}

func TestTwoPhaseSessionsAreRefusedWhereTheyCannotBe(t *testing.T) {
	onPairs(t, pairs[:1], func(t *testing.T, main, books *database) {
		ctx := t.Context()
		_, err := orm.Select(Holders).All(ctx, session(t, main, orm.Bind("books", books), orm.TwoPhase("none")))
		var unsupported *compile.UnsupportedError
		if !errors.As(err, &unsupported) || unsupported.Construct != "two-phase commit" {
			t.Errorf("got %v", err)
		}
		tx, err := main.Begin(ctx, engine.TxOptions{})
		must(t, err)
		if _, err := orm.Select(Holders).All(ctx, session(t, tx, orm.TwoPhase("none"))); err == nil || !strings.Contains(err.Error(), "needs an engine") {
			t.Errorf("over a transaction: got %v", err)
		}
		must(t, tx.Rollback(ctx))
	})
}

// A connection dies at each of the requests of a commit, with and without the
// server having got it, in the first and in the second database: after
// RecoverTwoPhase both have the work, or neither has, and where the session says
// that it is committed both have.
func TestTwoPhaseFaults(t *testing.T) {
	onPairs(t, serverPairs[:2], func(t *testing.T, main, books *database) {
		strikes, recovered := 0, orm.Recovered{}
		for side := range 2 {
			for _, strike := range []func(*proxy.Proxy, int){(*proxy.Proxy).EatReply, (*proxy.Proxy).CutBefore} {
				for k := 1; ; k++ {
					if !twoPhaseFault(t, main, books, side, &recovered, func(p *proxy.Proxy) { strike(p, k) }) {
						break
					}
					strikes++
				}
			}
		}
		if strikes < 8 || len(recovered.Committed) == 0 || len(recovered.RolledBack) == 0 {
			t.Errorf("only %d faults, after which %d were committed and %d rolled back", strikes, len(recovered.Committed), len(recovered.RolledBack))
		}
	})
}

// twoPhaseFault reports whether the fault met the commit.
func twoPhaseFault(t *testing.T, main, books *database, side int, recovered *orm.Recovered, arm func(p *proxy.Proxy)) bool {
	t.Helper()
	ctx, name := t.Context(), phaseName()
	direct := []*database{main, books}
	p := proxy.Start(t, direct[side].url)
	through := connect(t, p.URL())
	dbs := []orm.Beginner{main, books}
	dbs[side] = through
	s := session(t, dbs[0], orm.Bind("books", dbs[1]), orm.TwoPhase(name))
	s.Add(&Holder{Name: "x"})
	s.Add(&Coupon{Worth: 1})
	must(t, s.Flush(ctx))
	arm(p)
	err := s.Commit(ctx)
	struck := p.Struck()
	p.Disarm()
	r, wrong := orm.RecoverTwoPhase(ctx, name, main.inner, books.inner)
	must(t, wrong)
	recovered.Committed, recovered.RolledBack = append(recovered.Committed, r.Committed...), append(recovered.RolledBack, r.RolledBack...)
	if left := leftOf(t, name, main, books); left != nil {
		t.Errorf("left prepared: %q", left)
	}
	holders, coupons := len(rows(t, main, Holders.Schema())), len(rows(t, books, Coupons.Schema()))
	if holders != coupons || err == nil && holders == 0 || struck && err == nil {
		t.Errorf("Commit: %v; the main database has %d rows, the other %d", err, holders, coupons)
	}
	run(t, main, "DELETE FROM holders")
	run(t, books, "DELETE FROM coupons")
	return struck
}
