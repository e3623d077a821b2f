package orm_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/internal/proxy"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

type jotting struct {
	ID   int64
	Text string
}

type jottingTable struct {
	orm.Table[jotting]
	ID   schema.Int64
	Text schema.Text
}

func jottingsOf(base *orm.Base) *jottingTable {
	return orm.Declare(base, "orm_alone", jottingTable{ID: schema.BigInteger(schema.PrimaryKey()), Text: schema.String(100, schema.Unique())})
}

// A session whose work is one new entity sends one statement, and what is added,
// read or called beside it takes a transaction.
func TestCommitOfOneEntity(t *testing.T) {
	base := orm.NewBase()
	notes := jottingsOf(base)
	on(t, []string{"postgres15", "mariadb"}, base, func(t *testing.T, db *database) {
		ctx := t.Context()
		p := proxy.Start(t, db.url)
		behind := connect(t, p.URL())
		only := orm.Models(base)
		commit := func(opts []orm.SessionOption, list ...*jotting) (sent string, err error) {
			s := session(t, behind, append(opts, only, orm.AutocommitInserts())...)
			defer s.Close(ctx)
			for _, n := range list {
				s.Add(n)
			}
			before := len(p.Executed())
			err = s.Commit(ctx)
			for _, n := range list {
				if found, wrong := orm.Get(ctx, session(t, db.inner), notes, n.ID); err == nil && (wrong != nil || found.Text != n.Text) {
					t.Errorf("%q was given the id %d, which is that of %v: %v", n.Text, n.ID, found, wrong)
				}
			}
			return strings.Join(p.Executed()[before:], "; "), err
		}
		_, err := commit(nil, &jotting{Text: "first"})
		must(t, err)
		if sent, err := commit(nil, &jotting{Text: "second"}); err != nil || strings.Contains(sent, "COMMIT") || strings.Count(sent, "INSERT") != 1 {
			t.Errorf("one entity: sent %q, %v, want one statement alone", sent, err)
		}
		inTransaction(t, p, session(t, behind, only))
		if sent, err := commit(nil, &jotting{Text: "third"}, &jotting{Text: "fourth"}); err != nil || !strings.Contains(sent, "COMMIT") {
			t.Errorf("two entities: sent %q, %v, want a transaction", sent, err)
		}
		called := orm.Events(&orm.SessionEvents{AfterFlush: func(context.Context, *orm.Session) error { return errors.New("stop") }})
		if sent, err := commit([]orm.SessionOption{called}, &jotting{Text: "fifth"}); err == nil || strings.Contains(sent, "COMMIT") {
			t.Errorf("an event that stops the flush: sent %q, %v", sent, err)
		}
		var broken *sqlerr.ConstraintError
		again := &jotting{Text: "second"}
		if _, err := commit(nil, again); !errors.As(err, &broken) || errors.Is(err, sqlerr.ErrOutcomeUnknown) || again.ID != 0 {
			t.Errorf("a text that is there: got %v and the id %d, want a violation", err, again.ID)
		}

		s := session(t, behind, only, orm.AutocommitInserts())
		lost := &jotting{Text: "lost"}
		s.Add(lost)
		p.EatReply(1)
		err = s.Commit(ctx)
		if !errors.Is(err, sqlerr.ErrOutcomeUnknown) || lost.Text != "lost" || s.InTransaction() {
			t.Errorf("a lost reply: got %v and %v, want an unknown outcome", err, lost)
		}
		p.Disarm()
		session(t, behind, only).Add(lost) // which is nobody's any more
		if n := len(rows(t, db, notes.Schema())); n != 6 {
			t.Errorf("got %d rows, want 6", n)
		}
	})
}

// inTransaction commits one new object without the option.
func inTransaction(t *testing.T, p *proxy.Proxy, s *orm.Session) {
	t.Helper()
	s.Add(&jotting{Text: "in a transaction"})
	before := p.Count("COMMIT")
	if err := s.Commit(t.Context()); err != nil || p.Count("COMMIT") != before+1 {
		t.Errorf("without the option: got %v and %d COMMITs more, want one", err, p.Count("COMMIT")-before)
	}
	must(t, s.Close(t.Context()))
}
