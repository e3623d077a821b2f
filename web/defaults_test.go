package web_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/web"
)

// Nothing has to be said for these: texts of any characters, and a database in
// memory that all requests share, by whatever goroutine.
func TestDefaultsOfDrivers(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		server := serve(t, web.New(db, web.Options{}).Handle(add))
		texts := []string{"na\u00efve", "\u6f22\u5b57", "\U0001f642\U0001f9ea"}
		var clients sync.WaitGroup
		for _, text := range texts {
			clients.Go(func() { wantStatus(t, send(t, "POST", server.URL, text), http.StatusCreated) })
		}
		clients.Wait()
		for _, text := range texts {
			if got := notes(t, db); !slices.Contains(strings.Split(got, ","), text) {
				t.Errorf("got %q, want %q in it", got, text)
			}
		}
	})
}

// What Flask-SQLAlchemy has as signals: which objects a commit wrote, told before
// and after it, and not where it was rolled back.
func TestWhatARequestHasCommitted(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		var committed []string
		o := web.Options{ForRequest: func(r *http.Request) ([]orm.SessionOption, error) {
			var changes []string
			return []orm.SessionOption{orm.Events(&orm.SessionEvents{
				Moved: func(_ *orm.Session, entity any, from, to orm.State) {
					if n, ok := entity.(*Note); ok && to != orm.Pending {
						changes = append(changes, fmt.Sprint(n.Text, ": ", from, " to ", to))
					}
				},
				AfterCommit: func(context.Context, *orm.Session) error { committed = append(committed, changes...); return nil },
			})}, nil
		}}
		h := web.New(db, o).Handle(func(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
			if r.URL.Path == "/delete" {
				n, err := web.OneOr404(r.Context(), s, orm.Select(Notes))
				if err != nil {
					return err
				}
				s.Delete(n)
				return nil
			}
			if err := add(w, r, s); err != nil {
				return err
			}
			if r.URL.Path == "/fails" {
				return web.NotFound("no")
			}
			return nil
		})
		server := serve(t, h)
		for _, path := range []string{"/fails", "/add", "/delete"} {
			r, err := http.NewRequestWithContext(t.Context(), "POST", server.URL+path, strings.NewReader(path))
			must(t, err)
			do(t, r)
		}
		got := strings.Join(committed, "; ")
		if !strings.HasPrefix(got, "/add: pending to persistent; /add: ") || strings.Contains(got, "/fails") {
			t.Errorf("got %s", got)
		}
		wantNotes(t, db, "")
	})
}
