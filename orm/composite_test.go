package orm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Spot is a value object within another.
type Spot struct{ X, Y int64 }

// Site is a value object.
type Site struct {
	Street string `db:",size=40"`
	Zip    *int64
	At     Spot `db:",embed"`
	Tags   []byte
}

// Client has a value object that is always there, and one that may be nil.
type Client struct {
	ID   int64
	Home Site  `db:",embed"`
	Work *Site `db:"job_,embed"`
}

type spotColumns struct {
	orm.Composite[Spot]
	X, Y schema.Int64
}

type siteColumns struct {
	orm.Composite[Site]
	Street schema.Text
	Zip    schema.Int64
	At     spotColumns
	Tags   schema.Bytes
}

type clientTable struct {
	orm.Table[Client]
	ID   schema.Int64
	Home siteColumns
	Work siteColumns
}

func declareClients(base *orm.Base) *clientTable {
	return orm.Declare(base, "clients", clientTable{
		ID:   schema.BigInteger(schema.PrimaryKey()),
		Home: siteColumns{Street: schema.String(40)},
		Work: siteColumns{
			Street: schema.String(40, schema.Named("job_street")), Zip: schema.BigInteger(schema.Named("job_zip")), Tags: schema.LargeBinary(schema.Named("job_tags")),
			At: spotColumns{X: schema.BigInteger(schema.Named("job_at_x")), Y: schema.BigInteger(schema.Named("job_at_y"))},
		},
	})
}

// clientSpelling is what a test needs of either spelling.
type clientSpelling struct {
	base       *orm.Base
	src        orm.Source[Client]
	table      *schema.Table
	home, work orm.Composite[Site]
	at, workAt orm.Composite[Spot]
	zip        expr.Ordered[*int64]
	workX      expr.Ordered[int64]
}

func clientSpellings() map[string]func(base *orm.Base) clientSpelling {
	accessors := func(base *orm.Base, src orm.Source[Client], table *schema.Table) clientSpelling {
		return clientSpelling{
			base, src, table,
			orm.CompositeOf(src, func(c *Client) *Site { return &c.Home }), orm.CompositeOf(src, func(c *Client) *Site { return c.Work }),
			orm.CompositeOf(src, func(c *Client) *Spot { return &c.Home.At }), orm.CompositeOf(src, func(c *Client) *Spot { return &c.Work.At }),
			orm.Column(src, func(c *Client) **int64 { return &c.Home.Zip }), orm.Column(src, func(c *Client) *int64 { return &c.Work.At.X }),
		}
	}
	return map[string]func(base *orm.Base) clientSpelling{
		"tags": func(base *orm.Base) clientSpelling {
			e := orm.Map[Client](base, "clients")
			return accessors(base, e, e.Schema())
		},
		"columns": func(base *orm.Base) clientSpelling {
			c := declareClients(base)
			sp := accessors(base, c, c.Schema())
			sp.home, sp.work, sp.at, sp.workAt = c.Home.Composite, c.Work.Composite, c.Home.At.Composite, c.Work.At.Composite
			return sp
		},
	}
}

func TestValueObjectsAreSeveralColumns(t *testing.T) {
	for name, declare := range clientSpellings() {
		base := orm.NewBase()
		sp := declare(base)
		t.Run(name, func(t *testing.T) {
			everywhere(t, base, func(t *testing.T, db *database) { valueObjects(t, db, sp) })
		})
	}
}

func valueObjects(t *testing.T, db *database, sp clientSpelling) {
	ctx := t.Context()
	same(t, "columns", columnsWithoutID(sp.table), "home_street,home_zip,home_at_x,home_at_y,home_tags,job_street,job_zip,job_at_x,job_at_y,job_tags")
	s := session(t, db, orm.Models(sp.base))
	a := &Client{Home: Site{Street: "a", At: Spot{1, 2}, Tags: []byte{7}}}
	b := &Client{Home: Site{Street: "b", Zip: ptr(int64(5)), Tags: []byte{}}, Work: &Site{Street: "w", At: Spot{3, 4}, Tags: []byte{8}}}
	orm.AddAll(s, a, b)
	must(t, s.Commit(ctx))
	want := []string{"1 a NULL 1 2 07 NULL NULL NULL NULL NULL", "2 b 5 0 0  w NULL 3 4 08"}
	wantRows(t, db, sp.table, want...)

	fresh := session(t, db, orm.Models(sp.base))
	list, err := orm.Select(sp.src).OrderBy(sp.home.Asc()...).All(ctx, fresh)
	must(t, err)
	same(t, "what is read", list, []*Client{a, b})
	db.forget()
	must(t, fresh.Flush(ctx))
	db.wantSent(t)

	list[1].Work.At.X, list[1].Work.Tags[0] = 9, 6 // in place
	list[0].Work = &Site{Street: "new", Tags: []byte{}}
	must(t, fresh.Flush(ctx))
	db.wantSent(t, "update clients(job_street,job_at_x,job_at_y,job_tags)", "update clients(job_at_x,job_tags)")
	must(t, fresh.Rollback(ctx))
	same(t, "what was in place before", list[1].Work, b.Work)
	if list[0].Work != nil {
		t.Error("what was nil before the rollback is not")
	}
	list[1].Work = nil
	list[0].Home.At = Spot{}
	must(t, fresh.Commit(ctx))
	wantRows(t, db, sp.table, "1 a NULL 0 0 07 NULL NULL NULL NULL NULL", "2 b 5 0 0  NULL NULL NULL NULL NULL")
}

func TestValueObjectsInQueries(t *testing.T) {
	for name, declare := range clientSpellings() {
		base := orm.NewBase()
		sp := declare(base)
		t.Run(name, func(t *testing.T) {
			everywhere(t, base, func(t *testing.T, db *database) { valueObjectsInQueries(t, db, sp) })
		})
	}
}

func valueObjectsInQueries(t *testing.T, db *database, sp clientSpelling) {
	ctx := t.Context()
	s := session(t, db, orm.Models(sp.base))
	site := Site{Street: "w", At: Spot{3, 4}, Tags: []byte{8}}
	orm.AddAll(s, &Client{Home: site, Work: &site}, &Client{Home: Site{Street: "b", Zip: ptr(int64(5)), Tags: []byte{1}}})
	must(t, s.Flush(ctx))
	for _, c := range []struct {
		name  string
		where expr.Predicate
		want  string
	}{
		{"equal, NULL too", sp.home.Eq(site), "[1]"},
		{"not equal", sp.home.Ne(site), "[2]"},
		{"one of", sp.home.In(site, Site{Street: "b", Zip: ptr(int64(5)), Tags: []byte{1}}), "[1 2]"},
		{"one of none", sp.home.In(), "[]"},
		{"each other", sp.at.EqExpr(sp.workAt), "[1]"},
		{"within", sp.workAt.Eq(Spot{3, 4}), "[1]"},
		{"nil", sp.work.IsNull(), "[2]"},
		{"not nil", sp.work.IsNotNull(), "[1]"},
		{"a column within", sp.zip.Eq(ptr(int64(5))), "[2]"},
		{"a column within a pointer", sp.workX.Gt(2), "[1]"},
	} {
		list, err := orm.Select(sp.src).Where(c.where).OrderBy(sp.home.Desc()...).All(ctx, s)
		must(t, err)
		var ids []int64
		for _, x := range list {
			ids = append(ids, x.ID)
		}
		same(t, c.name, fmt.Sprint(ids), c.want)
	}
	tx, err := s.Tx(ctx)
	must(t, err)
	_, err = tx.Exec(ctx, expr.NewUpdate(sp.table).Set(sp.at.Set(Spot{8, 9})...).Set(sp.work.SetNull()...).Where(sp.home.Eq(site)))
	must(t, err)
	wantRows(t, tx, sp.table, "1 w NULL 8 9 08 NULL NULL NULL NULL NULL", "2 b 5 0 0 01 NULL NULL NULL NULL NULL")
	long := site
	long.Street = strings.Repeat("x", 41)
	var wrong *orm.EntityError
	if _, err := orm.Select(sp.src).Where(sp.home.Eq(long)).All(ctx, s); !errors.As(err, &wrong) || wrong.Field != "Home.Street" {
		t.Errorf("a value that a column can't hold: got %v, want an error of Home.Street", err)
	}
}

func TestValueObjectsThatAreWrong(t *testing.T) {
	type Deep struct{ In *Spot }
	type Wrong struct {
		ID     int64
		Text   string `db:",embed"`
		Where  *Spot  `db:",embed"`
		Nested *Deep
	}
	type deepColumns struct {
		orm.Composite[Deep]
		In spotColumns
	}
	type wrongTable struct {
		orm.Table[Wrong]
		ID     schema.Int64
		Text   schema.Text
		Where  siteColumns
		Nested deepColumns
	}
	base := orm.NewBase()
	orm.Map[struct {
		ID    int64
		Text  string `db:",embed"`
		Where *struct {
			X int64 `db:",notnull"`
			Y int64 `db:",pk"`
		} `db:",embed"`
	}](base, "wrong_tags")
	wrong := orm.Declare(base, "wrong", wrongTable{ID: schema.BigInteger(schema.PrimaryKey())})
	err := base.Check()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"Text: is a string and can't be several columns", `Where.X: is part of a value object that may be nil, and column "where_x" is NOT NULL`,
		"Where.Y: is part of the primary key and of a value object that may be nil", "Wrong.Nested.In: is a pointer within Nested",
		"Wrong.Where.X: has no column", "Where.Street: is a column, but", "Where: is a orm_test.Spot, and its columns are those of orm_test.Site",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the errors lack %q", want)
		}
	}
	if t.Failed() {
		t.Logf("got:\n%v", err)
	}
	db := open(t, "memory")
	for name, p := range map[string]expr.Predicate{
		"equal": wrong.Where.Eq(Site{}), "NULL": wrong.Where.IsNull(), "each other": wrong.Where.EqExpr(siteColumns{}.Composite), "one of": wrong.Where.In(Site{}),
	} {
		if _, err := db.Query(t.Context(), expr.NewSelect(wrong.Where.Columns()...).Where(p)); err == nil {
			t.Errorf("%s: a value object without columns is used", name)
		}
	}
	db.wantSent(t)
}

func TestHalfOfAValueObjectIsNull(t *testing.T) {
	base := orm.NewBase()
	clients := orm.Map[Client](base, "clients")
	everywhere(t, base, func(t *testing.T, db *database) {
		run(t, db, "INSERT INTO clients (home_street, home_at_x, home_at_y, home_tags, job_at_x, job_at_y) VALUES ('', 0, 0, '', 1, 2)")
		var wrong *orm.EntityError
		if _, err := orm.Select(clients).All(t.Context(), session(t, db)); !errors.As(err, &wrong) || wrong.Field != "Work.At.X" {
			t.Errorf("got %v, want an error of Work.At.X", err)
		}
	})
}

func TestValueObjectsOfAnAlias(t *testing.T) {
	base := orm.NewBase()
	clients := declareClients(base)
	everywhere(t, base, func(t *testing.T, db *database) {
		s := session(t, db, orm.Models(base))
		orm.AddAll(s, &Client{Home: Site{Street: "a", Tags: []byte{}, At: Spot{1, 1}}}, &Client{Home: Site{Street: "b", Tags: []byte{}, At: Spot{1, 1}}})
		must(t, s.Flush(t.Context()))
		other := orm.Alias(clients, "other")
		list, err := orm.Select(clients).Join(other, clients.Home.At.EqExpr(other.Home.At.Composite), other.Home.Street.Eq("b"), other.Home.Ne(Site{})).All(t.Context(), s)
		must(t, err)
		same(t, "at the spot of b", len(list), 2)
	})
}
