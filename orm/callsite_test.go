package orm_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// A pool that is exhausted by sessions names the calls with which they began.
func TestPoolNamesTheCallsOfSessions(t *testing.T) {
	base := orm.NewBase()
	jottings := jottingsOf(base)
	db, err := engine.Open(t.Context(), "sqlite:///"+filepath.Join(t.TempDir(), "held.db"), engine.Pool(1, 0), func(o *engine.Options) { o.PoolTimeout = 20 * time.Millisecond })
	must(t, err)
	must(t, db.CreateAll(t.Context(), base.MetaData))
	ways := map[string]func(s *orm.Session) error{
		"flush": func(s *orm.Session) error { s.Add(&jotting{Text: "held"}); return s.Flush(t.Context()) },
		"query": func(s *orm.Session) error { _, err := orm.Select(jottings).All(t.Context(), s); return err },
		"get":   func(s *orm.Session) error { _, err := orm.Get(t.Context(), s, jottings, 1); return err },
		"tx":    func(s *orm.Session) error { _, err := s.Tx(t.Context()); return err },
	}
	for name, begin := range ways {
		s := session(t, db, orm.Models(base))
		if err := begin(s); err != nil && !errors.Is(err, sqlerr.ErrNoRows) {
			t.Fatal(err)
		}
		if _, err := db.Conn(t.Context()); !errors.Is(err, sqlerr.ErrPoolTimeout) || !strings.Contains(err.Error(), "callsite_test.go:") {
			t.Errorf("%s: got %v, want ErrPoolTimeout with the place of the call", name, err)
		}
		must(t, s.Close(t.Context()))
	}
}
