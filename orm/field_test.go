package orm_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

func fieldOf[T any](t *testing.T, src orm.Source[T], column expr.Expression) orm.Field[T] {
	t.Helper()
	f, err := orm.FieldOf(src, column)
	must(t, err)
	return f
}

func TestFieldsByColumn(t *testing.T) {
	base := orm.NewBase()
	clients := declareClients(base)
	street, zip := fieldOf(t, clients, clients.Work.Street), fieldOf(t, clients, clients.Work.Zip)
	same(t, "the attribute", street.Attribute().Name+" "+street.Attribute().Column.Name, "Work.Street job_street")
	c := &Client{}
	must(t, zip.Set(c, reflect.Zero(reflect.TypeFor[*int64]())))
	if _, there := zip.Get(c); there || c.Work != nil {
		t.Error("NULL has made a value object")
	}
	must(t, street.Check(c)) // of nothing
	must(t, street.Set(c, reflect.ValueOf("High Street")))
	v, there := street.Get(c)
	same(t, "the value object", c.Work.Street+v.String(), "High StreetHigh Street")
	same(t, "whether it is there", there, true)
	must(t, street.Check(c))
	must(t, street.Set(c, reflect.ValueOf(strings.Repeat("x", 41))))
	var long *orm.EntityError
	var value *sqlerr.ValueError
	if err := street.Check(c); !errors.As(err, &long) || !errors.As(err, &value) || long.Field != "Work.Street" {
		t.Errorf("got %v, want an EntityError of the field", err)
	}
	if err := street.Set(c, reflect.ValueOf(5)); err == nil || !strings.Contains(err.Error(), "is a string, and was to get a int") {
		t.Errorf("got %v, want an error of the type", err)
	}
	if _, err := orm.FieldOf(clients, Bloggers.ID); err == nil {
		t.Error("a column of another table has a field")
	}
}

func TestFieldsThatAreDeferredOrKeys(t *testing.T) {
	halves, parts := declareHalves(orm.NewBase())
	note := fieldOf(t, parts, parts.Note)
	x := &part{}
	must(t, note.Set(x, reflect.ValueOf("long")))
	text, err := x.Note.Get()
	must(t, err)
	same(t, "a deferred field", text, "long")
	must(t, note.Check(x))
	key, err := orm.KeyFields(halves)
	must(t, err)
	same(t, "the key", key[0].Attribute().Name+" "+key[1].Attribute().Name, "Region Number")
	b := orm.NewBase()
	checked := orm.Declare(b, "checked", namedOnes{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20, orm.Validate(func(name string) (string, error) {
		if name == "" {
			return name, errors.New("is empty")
		}
		return strings.ToUpper(name), nil
	}))})
	name, u := fieldOf(t, checked, checked.Name), &namedOne{Name: "ed"}
	must(t, name.Check(u))
	same(t, "what a validator makes", u.Name, "ED")
	if err := name.Check(&namedOne{}); err == nil || !strings.HasSuffix(err.Error(), "namedOne.Name: is empty") {
		t.Errorf("got %v, want the validator's error", err)
	}
}

type namedOne struct {
	ID   int64
	Name string
}

type namedOnes struct {
	orm.Table[namedOne]
	ID   schema.Int64
	Name schema.Text
}

func TestDigestsOfQueries(t *testing.T) {
	db := open(t, "memory")
	s := session(t, db)
	halves, _ := declareHalves(orm.NewBase())
	again, _ := declareHalves(orm.NewBase())
	digest := func(s *orm.Session, q orm.Query[half]) expr.Digest {
		t.Helper()
		d, err := q.Digest(s)
		must(t, err)
		return d
	}
	q := orm.Select(halves).Where(halves.Region.Eq("n"), halves.Number.Gt(1))
	same(t, "the same tables of another process", digest(s, q), digest(s, orm.Select(again).Where(again.Region.Eq("n"), again.Number.Gt(1))))
	restricted := session(t, db, orm.Restrict(halves, halves.Number.Lt(9)))
	for what, d := range map[string]expr.Digest{
		"another value":     digest(s, orm.Select(halves).Where(halves.Region.Eq("m"), halves.Number.Gt(1))),
		"another operator":  digest(s, orm.Select(halves).Where(halves.Region.Eq("n"), halves.Number.Ge(1))),
		"an order":          digest(s, q.OrderBy(halves.Name.Asc())),
		"another condition": digest(s, q.Where(halves.Name.Ne(""))),
		"criteria":          digest(restricted, q),
	} {
		if d == digest(s, q) {
			t.Errorf("%s: the digest is the same", what)
		}
	}
	same(t, "without criteria", digest(restricted, q.Unrestricted()), digest(s, q))
	if _, err := orm.Select(halves).Where(expr.NewPred(expr.Invalid{Err: errors.New("wrong")})).Digest(s); err == nil {
		t.Error("a query that can't be compiled has a digest")
	}
}

func TestPagesOfSelections(t *testing.T) {
	onBlog(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		q := orm.SelectAs[string](Entries.Title).OrderBy(Entries.Title.Asc())
		all, err := q.All(ctx, s)
		must(t, err)
		n, err := q.Count(ctx, s)
		must(t, err)
		same(t, "count", int(n), len(all))
		n, err = q.Limit(2).Count(ctx, s)
		must(t, err)
		same(t, "count of a limit", n, 2)
		page, err := q.Page(ctx, s, 2, 2)
		must(t, err)
		same(t, "page", page.Rows, all[2:4])
		more, err := q.PageUncounted(ctx, s, 2, 2)
		must(t, err)
		same(t, "uncounted", more.Rows, all[2:4])
		same(t, "what is known of it", []any{more.Total, more.Pages(), more.More, page.More, page.Pages()}, []any{int64(-1), 0, true, true, (len(all) + 1) / 2})
		for _, size := range []int{0, 1 << 62} {
			if _, err := q.Page(ctx, s, 3, size); err == nil {
				t.Errorf("a page of %d rows is read", size)
			}
		}
		if _, err := q.Limit(1).Page(ctx, s, 1, 1); err == nil {
			t.Error("a page of a query with a limit is read")
		}
	})
}
