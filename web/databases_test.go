package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/web"
)

// Letter is in a database of its own.
type Letter struct {
	ID   int64
	Text string
}

type letterTable struct {
	orm.Table[Letter]
	ID   schema.Int64
	Text schema.Text
}

var archive = orm.NewBase(orm.BindKey("archive"))

var Letters = orm.Declare(archive, "letters", letterTable{ID: schema.BigInteger(schema.PrimaryKey()), Text: schema.String(50)})

// addBoth writes into two databases.
func addBoth(w http.ResponseWriter, r *http.Request, s *orm.Session) error {
	s.Add(&Note{Text: "a note"})
	s.Add(&Letter{Text: "a letter"})
	if err := s.Flush(r.Context()); err != nil {
		return err
	}
	if r.URL.Path == "/fails" {
		return web.NotFound("no")
	}
	return nil
}

func countLetters(t *testing.T, db *engine.Engine) int64 {
	t.Helper()
	s := orm.NewSession(nil, orm.Bind("archive", db))
	defer s.Close(t.Context())
	n, err := orm.Select(Letters).Count(t.Context(), s)
	must(t, err)
	return n
}

func TestDatabasesByBindKey(t *testing.T) {
	for _, product := range products {
		t.Run(product, func(t *testing.T) {
			settings := map[string]string{
				"app.url": freshURL(t, product), "app.pool_size": "3",
				"app.binds.archive.url": freshURL(t, product), "app.binds.archive.pool_size": "2",
				"other.url": "not looked at",
			}
			dbs, err := web.OpenDatabases(t.Context(), settings, "app.")
			must(t, err)
			t.Cleanup(func() { must(t, dbs.Close(context.Background())) })
			must(t, dbs.CreateAll(t.Context(), base, archive))
			books, err := dbs.Engine("archive")
			must(t, err)
			sessions := web.New(dbs.Main(), web.Options{Session: dbs.Session(), Log: quiet})
			server := serve(t, sessions.Handle(addBoth))
			wantStatus(t, send(t, "POST", server.URL+"/fails", ""), http.StatusNotFound)
			wantNotes(t, dbs.Main(), "")
			if n := countLetters(t, books); n != 0 {
				t.Errorf("got %d letters, want 0", n)
			}
			wantStatus(t, send(t, "POST", server.URL, ""), http.StatusOK)
			wantNotes(t, dbs.Main(), "a note")
			if n := countLetters(t, books); n != 1 {
				t.Errorf("got %d letters, want 1", n)
			}
			wantNoneOut(t, dbs.Main())
			wantNoneOut(t, books)
			must(t, dbs.DropAll(t.Context(), base, archive))
			must(t, dbs.CreateAll(t.Context(), base, archive))
			wantNotes(t, dbs.Main(), "")
		})
	}
}

func TestUnknownBindKeys(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		books := connect(t, "sqlite:///:memory:")
		for _, c := range []struct {
			dbs  *web.Databases
			want string
		}{
			{web.NewDatabases(db, nil), `web: there is no database "archive"; there is only the main one`},
			{web.NewDatabases(db, map[string]*engine.Engine{"books": books}), `web: there is no database "archive"; besides the main one there are ["books"]`},
		} {
			_, err := c.dbs.Engine("archive")
			unknown, ok := errors.AsType[*web.UnknownBindError](err)
			if !ok || unknown.Key != "archive" || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if err := c.dbs.CreateAll(t.Context(), base, archive); !errors.As(err, &unknown) {
				t.Errorf("CreateAll: got %v", err)
			}
		}
		var got error
		o := web.Options{Error: func(w http.ResponseWriter, _ *http.Request, status int, err error) { got = err; w.WriteHeader(status) }, Log: quiet}
		wantStatus(t, send(t, "POST", serve(t, web.New(db, o).Handle(addBoth)).URL, ""), http.StatusInternalServerError)
		if got == nil || !strings.Contains(got.Error(), `"archive"`) {
			t.Errorf("got %v, want an error that names the bind key", got)
		}
		wantNotes(t, db, "")
		wantNoneOut(t, db)
	})
}

func TestSettingsOfDatabasesThatAreWrong(t *testing.T) {
	for name, c := range map[string]struct {
		settings map[string]string
		want     string
	}{
		"no url":             {map[string]string{}, `engine: the settings lack "url"`},
		"no url of a bind":   {map[string]string{"url": "sqlite://", "binds.archive.pool_size": "2"}, `engine: the settings lack "binds.archive.url"`},
		"no key":             {map[string]string{"url": "sqlite://", "binds.archive": "sqlite://"}, `web: the setting "binds.archive" names no bind; it is binds.KEY.url and the like`},
		"an unknown setting": {map[string]string{"url": "sqlite://", "binds.archive.url": "sqlite://", "binds.archive.sise": "2"}, `engine: there is no setting "binds.archive.sise"`},
	} {
		_, err := web.OpenDatabases(t.Context(), c.settings, "")
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", name, err, c.want)
		}
	}
}
