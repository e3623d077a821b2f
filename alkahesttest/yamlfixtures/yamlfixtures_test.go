package yamlfixtures_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/alkahesttest"
	"github.com/alkahest-go/alkahest/alkahesttest/yamlfixtures"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"

	_ "github.com/alkahest-go/alkahest/dialect/sqlite/modernc"
)

func TestYAMLFixtures(t *testing.T) {
	m := schema.NewMetaData()
	whole, text := sqltype.Integer{Bits: 64}, sqltype.String{Length: 20}
	users := schema.MustTable(
		m, "users", schema.NewColumn("id", whole, schema.PrimaryKey()), schema.NewColumn("name", text, schema.NotNull()),
		schema.NewColumn("since", sqltype.Date{}), schema.NewColumn("boss_id", whole, schema.ForeignKey("users.id")),
	)
	db := alkahesttest.Memory(t)
	if err := db.CreateAll(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	l := yamlfixtures.Load(t, db, m, "testdata/users.yaml")
	type row struct {
		ID, BossID int64
		Name       string
		Since      time.Time
	}
	q := expr.NewSelect(users.C("id"), users.C("boss_id"), users.C("name"), users.C("since")).From(users).OrderBy(expr.Order{X: users.C("name")})
	got, err := engine.Collect[row](t.Context(), db, q)
	if err != nil {
		t.Fatal(err)
	}
	ann, day := l.ID(t, "users", "ann"), time.Date(2001, 2, 3, 0, 0, 0, 0, time.UTC)
	if d := cmp.Diff(got, []row{{ann, ann, "Ann", day}, {70, ann, "Bob", day}}); d != "" {
		t.Error(d)
	}
}

func TestYAMLFixturesThatAreWrong(t *testing.T) {
	for text, words := range map[string]string{
		"users:\n  a: {x: 1}\n  a: {}":    `line 3: "a" stands there twice`,
		"users:\n  a: {x: 1, x: 2}":       `"x" stands there twice`,
		"users: 1":                        "users is neither",
		"- a":                             "no mapping",
		"users: [":                        "yamlfixtures:",
		"users:\n  - 3":                   "line 2: got no mapping",
		"users: {}\nposts: []\nusers: {}": `line 3: "users" stands there twice`,
	} {
		if rows, err := yamlfixtures.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: got %v and the error %v, want one that says %q", text, rows, err, words)
		}
	}
	if rows, err := yamlfixtures.Parse([]byte("# nothing\n")); err != nil || len(rows) > 0 {
		t.Errorf("got %v, %v, want nothing", rows, err)
	}
}
