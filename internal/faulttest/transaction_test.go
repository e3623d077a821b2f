package faulttest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// eachServer runs a test on every server, with an engine through the proxy.
func eachServer(t *testing.T, f func(t *testing.T, l *lab, p product)) {
	run := rand.Uint32()
	for i, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, s.url(t), s.option, fmt.Sprintf("faulttest_tx_%d_%d", run, i))
			l.engine = l.open(l.url, "", engine.Options{PoolSize: 1, Overflow: -1})
			l.must(l.engine.Ping(l.ctx))
			f(t, l, s.product)
		})
	}
}

// A table that changes makes a plan stale. Within a transaction, which the
// failure has undone, the statement is not sent again.
func TestStalePlanInATransaction(t *testing.T) {
	eachServer(t, func(t *testing.T, l *lab, p product) {
		all := func(x engine.Executor) error {
			r, err := x.Query(l.ctx, text("SELECT * FROM "+l.table().Name))
			if err != nil {
				return err
			}
			return r.Close()
		}
		for range 7 {
			l.must(all(l.engine))
		}
		tx, err := l.engine.Begin(l.ctx, engine.TxOptions{})
		l.must(err)
		defer tx.Rollback(l.ctx)
		l.must(l.exec(tx, text("SELECT 1")))
		l.must(l.exec(l.direct, text("ALTER TABLE "+l.table().Name+" ADD COLUMN more INTEGER")))
		l.proxy.Disarm()
		err = all(tx)
		if n := l.proxy.Count("SELECT"); n > 1 {
			t.Errorf("the statement was sent %d times: %q", n, l.proxy.Executed())
		}
		switch {
		case err == nil && p == postgresql && l.keepsPlans():
			t.Error("got no error of a stale plan")
		case err == nil: // the plan was not kept, or the server has renewed it
			if err := tx.Commit(l.ctx); err != nil {
				t.Error(err)
			}
		case p != postgresql || !errors.Is(err, sqlerr.ErrStalePlan):
			t.Errorf("got %v, want ErrStalePlan or none", err)
		case tx.Commit(l.ctx) == nil:
			t.Error("the transaction was committed")
		}
		l.must(all(l.engine)) // outside, it goes on
	})
}

// Whatever reply Transact loses, it runs again only what was not committed.
func TestTransactDoesNotReplayAnEatenCommit(t *testing.T) {
	eachServer(t, func(t *testing.T, l *lab, _ product) {
		unknown := 0
		for k := 1; ; k++ {
			l.reset(&works[0])
			l.proxy.EatReply(k)
			runs := 0
			err := orm.Transact(l.ctx, l.engine, func(s *orm.Session) error {
				runs++
				s.Add(&entity{Note: "x"}, orm.Into(l.rows))
				return nil
			})
			if !l.proxy.Struck() {
				break
			}
			if errors.Is(err, sqlerr.ErrOutcomeUnknown) {
				unknown++
				if runs != 1 {
					t.Errorf("reply %d: got %d runs in spite of an unknown outcome", k, runs)
				}
			} else if err != nil {
				t.Errorf("reply %d: %v", k, err)
			}
			if got := l.count("x"); got != 1 {
				t.Errorf("reply %d: got %d rows after %v, want 1", k, got, err)
			}
		}
		if unknown == 0 {
			t.Error("the reply to COMMIT was never eaten")
		}
	})
}

// COMMIT is sent when the replies to all statements before it are known: where
// the last of them is lost, the server has seen no COMMIT.
func TestCommitTravelsAlone(t *testing.T) {
	eachServer(t, func(t *testing.T, l *lab, _ product) {
		for i := range works {
			w := &works[i]
			if w.durable != "COMMIT" || w.reads || w.replays || strings.HasPrefix(w.name, "text") { // after text, the session is reset behind COMMIT
				continue
			}
			l.reset(w)
			for range 3 { // until nothing has to be prepared
				l.proxy.Disarm()
				l.must(w.run(l))
				l.reset(w)
			}
			last := l.proxy.Requests()
			l.proxy.EatReply(last - 1)
			err := w.run(l)
			if n := l.proxy.Count("COMMIT"); n != 0 || !errors.Is(err, sqlerr.ErrConnectionLost) {
				t.Errorf("%s: got %v and %d COMMITs, want ErrConnectionLost and none", w.name, err, n)
			}
			l.proxy.Disarm()
			l.must(l.engine.Ping(l.ctx))
		}
	})
}

// keepsPlans reports whether statements stay prepared.
func (l *lab) keepsPlans() bool { return !strings.Contains(l.url, "pgbouncer=true") }

// A database may take a transaction back at any request, also at one that only prepares a statement, as a Galera cluster does. Nothing of
// it is there then, nor of what comes after it: it does not commit by itself.
func TestTransactionsThatTheDatabaseTakesBack(t *testing.T) {
	eachServer(t, func(t *testing.T, l *lab, p product) {
		if p != mariadb {
			return // an error ends no transaction there
		}
		for i := range works {
			w := &works[i]
			if w.durable != "COMMIT" || w.reads || !w.runsOn(p) {
				continue
			}
			for _, warm := range []bool{false, true} {
				for k := 1; l.takenBack(w, warm, k) && !t.Failed(); k++ {
				}
			}
		}
	})
}

// takenBack does the work while the k-th request is told that the transaction is over. It reports whether there was one.
func (l *lab) takenBack(w *work, warm bool, k int) bool {
	l.t.Helper()
	var err error
	l.engine, err = engine.Open(l.ctx, l.url, engine.WithOptions(engine.Options{PoolSize: 1, Overflow: -1}))
	l.must(err)
	defer l.close(l.engine)
	l.proxy.Disarm()
	l.must(l.engine.Ping(l.ctx))
	l.reset(w)
	if warm {
		l.must(w.run(l))
		l.reset(w)
	}
	l.proxy.TakeBack(k)
	err = w.run(l)
	defer l.proxy.Disarm()
	done := w.done(l)
	if !l.proxy.Struck() {
		return false
	}
	switch {
	case err == nil && done != 1, err != nil && done != 0:
		l.t.Errorf("%s, request %d, warm %v: the work is done %d times, error %v, the server executed %q", w.name, k, warm, done, err, l.proxy.Executed())
	case err != nil && !sqlerr.Retryable(err):
		l.t.Errorf("%s, request %d, warm %v: %v, which is not called worth another try", w.name, k, warm, err)
	}
	return true
}
