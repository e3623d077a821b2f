package web_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/inspect"
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

// oldLetter is a Letter of a program that does not describe its table.
type oldLetter struct {
	ID   int64
	Text string
}

func tableNames(b *orm.Base) []string {
	var names []string
	for _, t := range b.MetaData.Tables() {
		names = append(names, t.Name)
	}
	slices.Sort(names)
	return names
}

// TestReflectByBindKey makes tables by bases that another program has, and reads
// them into bases of the same bind keys that declare nothing.
func TestReflectByBindKey(t *testing.T) {
	for _, product := range products {
		t.Run(product, func(t *testing.T) {
			main, books := connect(t, freshURL(t, product)), connect(t, freshURL(t, product))
			dbs := web.NewDatabases(main, map[string]*engine.Engine{"archive": books})
			must(t, dbs.CreateAll(t.Context(), base, archive))
			read, readArchive := orm.NewBase(), orm.NewBase(orm.BindKey("archive"))
			must(t, dbs.Reflect(t.Context(), inspect.Options{}, read, readArchive))
			for b, declared := range map[*orm.Base]*orm.Base{read: base, readArchive: archive} {
				if got, want := tableNames(b), tableNames(declared); !slices.Equal(got, want) {
					t.Errorf("got the tables %v, want %v", got, want)
				}
			}
			mapped := orm.MapOn[oldLetter](readArchive, readArchive.MetaData.Table("letters"))
			s := orm.NewSession(nil, append(dbs.Session(), orm.Models(readArchive))...)
			defer s.Close(t.Context())
			letter := &oldLetter{Text: "a letter"}
			s.Add(letter)
			must(t, s.Commit(t.Context()))
			if letter.ID != 1 || countLetters(t, books) != 1 {
				t.Errorf("got id %d, %d letters", letter.ID, countLetters(t, books))
			}
			if got, err := orm.Get(t.Context(), s, mapped, letter.ID); err != nil || got.Text != "a letter" {
				t.Errorf("got %v, %v", got, err)
			}
			must(t, s.Commit(t.Context()))
			must(t, dbs.DropAll(t.Context(), read, readArchive))
			must(t, dbs.CreateAll(t.Context(), read, readArchive))
			wantNotes(t, main, "")
			if n := countLetters(t, books); n != 0 {
				t.Errorf("got %d letters in a new table", n)
			}
			must(t, dbs.Reflect(t.Context(), inspect.Options{}, read, archive)) // all is declared
			if n := len(archive.MetaData.Tables()); n != 1 {
				t.Errorf("got %d tables in a base that had declared its one", n)
			}
			_, ok := errors.AsType[*web.UnknownBindError](dbs.Reflect(t.Context(), inspect.Options{}, read, orm.NewBase(orm.BindKey("nowhere"))))
			if !ok {
				t.Error("a base of an unknown bind key was reflected")
			}
		})
	}
}
