package orm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/orm"
)

var errInjected = errors.New("injected")

// saboteur fails one statement.
type saboteur struct{ left int }

func (f *saboteur) before(_ context.Context, x *engine.Execution) error {
	verb, _, _ := strings.Cut(x.SQL, " ")
	if verb != "INSERT" && verb != "UPDATE" && verb != "DELETE" {
		return nil
	}
	if f.left--; f.left == 0 {
		return errInjected
	}
	return nil
}

// stocked is a graph of 50 new objects: shelves, wares, tags, labels and a circle
// of twigs.
func stocked() (all []any, shelves []*Shelf, twigs []*Twig) {
	red := &Tag{Name: "red"}
	for i := range 8 {
		s := &Shelf{Name: fmt.Sprintf("s%d", i)}
		s.Label.Set(&Label{Text: s.Name})
		for j := range 3 {
			w := &Ware{Name: fmt.Sprintf("w%d.%d", i, j)}
			w.Tags.Add(red)
			s.Items.Add(w)
		}
		shelves, all = append(shelves, s), append(all, s)
	}
	for i := range 9 {
		twigs = append(twigs, &Twig{Name: fmt.Sprintf("n%d", i)})
		if i > 0 {
			twigs[i].Parent.Set(twigs[i/2])
		}
	}
	for i, n := range twigs {
		n.Favorite.Set(twigs[(i+1)%len(twigs)])
		all = append(all, n)
	}
	return all, shelves, twigs
}

// A failure at any statement of a flush leaves, after a rollback, a session and
// objects that the next flush writes right.
func TestFailuresWithinAFlushOfRelatedObjects(t *testing.T) {
	on(t, []string{"file", "postgres15", "postgres18", "mariadb"}, store, func(t *testing.T, db *database) {
		ctx := t.Context()
		fault := &saboteur{}
		e := connect(t, db.url, func(o *engine.Options) { o.Events = append(o.Events, &engine.Events{Before: fault.before}) })
		failed := 0
		for k := 1; ; k++ {
			all, shelves, twigs := stocked()
			s := orm.NewSession(e)
			for _, x := range all {
				s.Add(x)
			}
			fault.left = k
			err := s.Flush(ctx)
			if err == nil {
				must(t, s.Rollback(ctx))
				must(t, s.Close(ctx))
				break
			}
			failed++
			if !errors.Is(err, errInjected) {
				t.Fatalf("statement %d: %v", k, err)
			}
			must(t, s.Rollback(ctx))
			for _, x := range shelves {
				if items, err := x.Items.All(); err != nil || len(items) != 3 || x.ID != 0 || items[0].ID != 0 || items[0].ShelfID != nil {
					t.Fatalf("statement %d: after the rollback %v, %v, %v", k, x, items, err)
				}
			}
			for _, x := range all {
				s.Add(x)
			}
			must(t, s.Commit(ctx))
			must(t, s.Close(ctx))
			checkStock(t, db, k, twigs)
			clearStore(t, db)
		}
		if failed < 6 {
			t.Errorf("only %d statements failed", failed)
		}
	})
}

func checkStock(t *testing.T, db *database, k int, twigs []*Twig) {
	t.Helper()
	got := contents(t, db)
	for i := range 8 {
		if want := fmt.Sprintf("s%d[w%d.0#red w%d.1#red w%d.2#red] s%d", i, i, i, i, i); !strings.Contains(got, want) {
			t.Fatalf("statement %d: %s lacks %s", k, got, want)
		}
	}
	read := map[string]bool{}
	for _, r := range rows(t, db, Twigs.Schema()) {
		read[r] = true
	}
	for i, n := range twigs {
		want := fmt.Sprintf("%d %s NULL %d", n.ID, n.Name, twigs[(i+1)%len(twigs)].ID)
		if i > 0 {
			want = fmt.Sprintf("%d %s %d %d", n.ID, n.Name, twigs[i/2].ID, twigs[(i+1)%len(twigs)].ID)
		}
		if !read[want] {
			t.Fatalf("statement %d: no row %s among %v", k, want, read)
		}
	}
}

func clearStore(t *testing.T, db *database) {
	t.Helper()
	run(t, db.inner, "UPDATE twigs SET parent_id = NULL, favorite_id = NULL")
	for _, table := range []string{"ware_tags", "labels", "wares", "tags", "shelves", "twigs"} {
		run(t, db.inner, "DELETE FROM "+table)
	}
}
