package alkahesttest_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// staff is tables that reference each other in a circle, and themselves.
func staff(t testing.TB) (m *schema.MetaData, workers, teams *schema.Table) {
	t.Helper()
	m = schema.NewMetaData()
	whole := sqltype.Integer{Bits: 64}
	var err error
	workers, err = schema.NewTable(
		m, "workers",
		schema.NewColumn("id", whole, schema.PrimaryKey()), schema.NewColumn("name", sqltype.String{Length: 20}),
		schema.NewColumn("boss_id", whole, schema.Nullable(), schema.ForeignKey("workers.id")),
		schema.NewColumn("team_id", whole, schema.ForeignKey("teams.id"), schema.NotNull()),
		schema.NewColumn("since", sqltype.Date{}, schema.Nullable()),
		schema.NewColumn("level", whole, schema.DefaultValue[int64](3)),
	)
	must(t, err)
	teams, err = schema.NewTable(
		m, "teams",
		schema.NewColumn("id", whole, schema.PrimaryKey()), schema.NewColumn("name", sqltype.String{Length: 20}),
		schema.NewColumn("lead_id", whole, schema.Nullable(), schema.ForeignKey("workers.id")),
	)
	must(t, err)
	for _, table := range Base.MetaData.Tables() {
		if table.Name == "users" || table.Name == "posts" {
			_, err := table.CopyTo(m)
			must(t, err)
		}
	}
	return m, workers, teams
}

// worker is a row of workers.
type worker struct {
	ID, BossID, TeamID, Level int64
	Name                      string
	Since                     sql.Null[time.Time]
}

func TestFixturesFromJSON(t *testing.T) {
	for _, name := range products {
		t.Run(name, func(t *testing.T) {
			m, workers, _ := staff(t)
			db := empty(t, name)
			must(t, db.CreateAll(t.Context(), m))
			l := alkahesttest.LoadJSON(t, db, m, "testdata/staff.json")
			want(t, names(t, db), []string{"Ann", "Bob"})
			want(t, l.ID(t, "users", "bob"), 70)
			authors, err := engine.Collect[int64](t.Context(), db, expr.NewSelect(Posts.AuthorID).OrderBy(Posts.ID.Asc()))
			must(t, err)
			want(t, authors, []int64{l.ID(t, "users", "ann"), 70})
			q := expr.NewSelect(workers.C("id"), workers.C("boss_id"), workers.C("team_id"), workers.C("level"), workers.C("name"), workers.C("since")).From(workers)
			all, err := engine.Collect[worker](t.Context(), db, q)
			must(t, err)
			dan, eve, core := l.ID(t, "workers", "dan"), l.ID(t, "workers", "eve"), l.ID(t, "teams", "core")
			since := sql.Null[time.Time]{V: time.Date(2001, 2, 3, 0, 0, 0, 0, time.UTC), Valid: true}
			wanted := map[int64]worker{dan: {dan, eve, core, 3, "Dan", sql.Null[time.Time]{}}, eve: {eve, eve, core, 3, "Eve", since}}
			for _, w := range all {
				want(t, w, wanted[w.ID])
			}
			want(t, len(all), 2)
			must(t, add(t.Context(), db, "Cid")) // its id is behind 70
			ids, err := engine.Collect[int64](t.Context(), db, expr.NewSelect(Users.ID).Where(Users.Name.Eq("Cid")))
			must(t, err)
			if len(ids) != 1 || ids[0] <= 70 {
				t.Errorf("got the ids %v, want one after 70", ids)
			}
		})
	}
}

func TestFixturesInSandboxes(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		rows := []alkahesttest.Fixture{
			{Table: "posts", Values: alkahesttest.Values{"title": "one", "author_id": alkahesttest.Ref("bob")}},
			{Table: "users", Label: "bob", Values: alkahesttest.Values{"id": 40, "name": "Bob", "admin": true}},
		}
		for _, name := range []string{"one", "two"} {
			t.Run(name, func(t *testing.T) {
				box := alkahesttest.Sandbox(t, db)
				alkahesttest.LoadFixtures(t, box, Base.MetaData, rows)
				want(t, names(t, box), []string{"Ann", "Bob"})
			})
		}
	}, "sqlite", "postgres18", "mariadb")
}

// Entities are fixtures too.
func TestFixturesOfEntities(t *testing.T) {
	everywhere(t, func(t *testing.T, db *engine.Engine) {
		bob := &User{ID: 50, Name: "Bob"}
		bob.Posts.Add(&Post{Title: "one"}, &Post{Title: "two"})
		alkahesttest.LoadEntities(t, db, Base.MetaData, bob)
		want(t, names(t, db), []string{"Ann", "Bob"})
		for _, name := range []string{"Cid", "Dan"} {
			must(t, add(t.Context(), db, name))
		}
		n, err := engine.Scalar[int64](t.Context(), db, expr.NewSelect(Users.ID).Where(Users.Name.Eq("Cid")))
		must(t, err)
		if n <= 50 {
			t.Errorf("got the id %d, want one after 50", n)
		}
	})
}

// What is wrong is told by name, all at once, and nothing is written.
func TestFixturesThatAreWrong(t *testing.T) {
	db := filled(t, alkahesttest.Memory(t))
	row := func(table, label string, values alkahesttest.Values) alkahesttest.Fixture {
		return alkahesttest.Fixture{Table: table, Label: label, Values: values}
	}
	k := faked(t, func(k testing.TB) {
		alkahesttest.LoadFixtures(k, db, Base.MetaData, []alkahesttest.Fixture{
			row("users", "a", alkahesttest.Values{"name": "A", "admin": false}),
			row("users", "a", alkahesttest.Values{"name": nil, "admin": "perhaps", "nick": "x"}),
			row("usres", "", nil),
			row("posts", "", alkahesttest.Values{"title": alkahesttest.Ref("a"), "author_id": alkahesttest.Ref("b")}),
		})
	})
	k.says(`no table "usres"`, `two rows of users are called "a"`, `no column "nick"; it has id, name, admin`, "users a: name: the column can't be NULL",
		"users a: admin:", `posts, row 1: title: it references no table`, `no row of users is called "b"`)
	want(t, names(t, db), []string{"Ann"})
}

func TestFixturesInACircleThatCannotBeCut(t *testing.T) {
	db := alkahesttest.Memory(t)
	m := schema.NewMetaData()
	for _, pair := range [][2]string{{"hens", "eggs"}, {"eggs", "hens"}} {
		_, err := schema.NewTable(
			m, pair[0], schema.NewColumn("id", sqltype.Integer{Bits: 64}, schema.PrimaryKey()),
			schema.NewColumn("of", sqltype.Integer{Bits: 64}, schema.ForeignKey(pair[1]+".id"), schema.NotNull()),
		)
		must(t, err)
	}
	k := faked(t, func(k testing.TB) {
		alkahesttest.LoadFixtures(k, db, m, []alkahesttest.Fixture{
			{Table: "hens", Label: "h", Values: alkahesttest.Values{"of": alkahesttest.Ref("e")}},
			{Table: "eggs", Label: "e", Values: alkahesttest.Values{"of": alkahesttest.Ref("h")}},
		})
	})
	k.says("reference each other", "hens h", "eggs e", "can't be NULL")
}

func TestJSONFixturesThatAreWrong(t *testing.T) {
	for text, words := range map[string]string{
		`{"users": {"a": {"x": 1}, "a": {}}}`: `"a" stands there twice`,
		`{"users": {"a": {"x": 1, "x": 2}}}`:  `"x" stands there twice`,
		`{"users": 1}`:                        "users is neither",
		`[]`:                                  "want an object",
		`{} {}`:                               "more after",
		`{"users": {"a": `:                    "EOF",
	} {
		_, err := alkahesttest.JSONFixtures([]byte(text))
		refuses(t, err, words, "byte")
	}
	rows, err := alkahesttest.JSONFixtures([]byte(`{"b": [{"x": {"ref": "l"}}], "a": {"l": {}}}`))
	must(t, err)
	wanted := []alkahesttest.Fixture{
		{Table: "b", Values: alkahesttest.Values{"x": alkahesttest.Ref("l")}}, {Table: "a", Label: "l", Values: alkahesttest.Values{}},
	}
	if d := cmp.Diff(rows, wanted); d != "" {
		t.Error(d)
	}
}
