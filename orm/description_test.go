package orm_test

import (
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// half has a key of two columns, of which one is part of a foreign key of two.
type half struct {
	Region string `db:",pk,size=10"`
	Number int64  `db:",pk,auto=false"`
	Name   string `db:",size=10"`
}

type part struct {
	Region string `db:",pk,size=10"`
	Number int64  `db:",pk,auto=false"`
	Line   int64  `db:",pk,auto=false"`
	Note   orm.Deferred[string]
	Half   orm.One[half]
}

type halfTable struct {
	orm.Table[half]
	Region schema.Text
	Number schema.Int64
	Name   schema.Text
}

type partTable struct {
	orm.Table[part]
	Region       schema.Text
	Number, Line schema.Int64
	Note         schema.Text
	Half         orm.BelongsTo[part, half]
}

// Constraints are the foreign key.
func (*partTable) Constraints() []schema.TableItem {
	return []schema.TableItem{schema.ForeignKeyOn([]string{"region", "number"}, "halves", []string{"region", "number"})}
}

func declareHalves(base *orm.Base) (*halfTable, *partTable) {
	key := schema.BigInteger(schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo))
	region := schema.String(10, schema.PrimaryKey())
	return orm.Declare(base, "halves", halfTable{Region: region, Number: key, Name: schema.String(10)}),
		orm.Declare(base, "parts", partTable{Region: region, Number: key, Line: key, Note: schema.String(10)})
}

func TestDescriptionsOfMappings(t *testing.T) {
	base := orm.NewBase()
	_, parts := declareHalves(base)
	d, err := orm.Describe(parts)
	must(t, err)
	same(t, "entity and table", d.Entity.Name()+" "+d.Table.Name, "part parts")
	same(t, "key", d.PrimaryKey(), []string{"Region", "Number", "Line"})
	note := d.Attribute("Note")
	same(t, "a deferred attribute", fmt.Sprint(note.Type, note.Column.Name, note.Deferred, note.PrimaryKey), "stringnotetrue false")
	r := d.Relationships[0]
	same(t, "a relationship", fmt.Sprint(r.Name, r.Kind, r.Target.Name(), len(r.Local), r.Remote[1].Name, r.Between), "HalfBelongsTohalf2number<nil>")
	if d.Attribute("Nothing") != nil {
		t.Error("an attribute that is not there")
	}
	all, err := base.Describe()
	must(t, err)
	same(t, "all of the base", len(all), 2)
	w, err := orm.Describe(writers)
	must(t, err)
	same(t, "an expression", fmt.Sprint(w.Attribute("Name").Column == nil, w.Attribute("Name").ReadOnly), "true true")

	db := open(t, "memory")
	must(t, db.CreateAll(t.Context(), base.MetaData))
	s := session(t, db)
	h := &half{Region: "n", Number: 1, Name: "a"}
	s.Add(h)
	state, err := s.State(h)
	must(t, err)
	same(t, "the state of an object", state, orm.Pending)
	must(t, s.Flush(t.Context()))
	h.Name = "b"
	changes, err := s.Changes(h)
	must(t, err)
	same(t, "what changed", len(changes) == 1 && changes[0].Field == "Name", true)
}

func TestCompositeKeysInBothSpellings(t *testing.T) {
	columns := orm.NewBase()
	halves, parts := declareHalves(columns)
	tags := orm.NewBase()
	type tagged struct {
		Region string `db:",pk,size=10"`
		Number int64  `db:",pk,auto=false"`
		Line   int64  `db:",pk,auto=false"`
	}
	tagHalves := orm.Map[half](tags, "halves")
	tagParts := orm.Map[tagged](tags, "parts", schema.ForeignKeyOn([]string{"region", "number"}, "halves", []string{"region", "number"}))
	everywhere(t, columns, func(t *testing.T, db *database) {
		compositeKeys(t, db, columns, halves, halves.Schema())
		ctx := t.Context()
		s := session(t, db, orm.Models(columns))
		s.Add(&half{Region: "s", Number: 9})
		s.Add(&part{Region: "s", Number: 9, Line: 4})
		must(t, s.Commit(ctx))
		p, err := orm.Select(parts).With(parts.Half).One(ctx, s)
		must(t, err)
		h, err := p.Half.Get()
		must(t, err)
		same(t, "what it belongs to", h.Number, 9)
	})
	everywhere(t, tags, func(t *testing.T, db *database) {
		compositeKeys(t, db, tags, tagHalves, tagHalves.Schema())
		ctx := t.Context()
		s := session(t, db, orm.Models(tags))
		s.Add(&tagged{Region: "s", Number: 9, Line: 4}) // before what it references, which has to be written first
		s.Add(&half{Region: "s", Number: 9})
		must(t, s.Commit(ctx))
		_, err := orm.Get(ctx, s, tagParts, "s", 9, 4)
		must(t, err)
	})
}

func compositeKeys(t *testing.T, db *database, base *orm.Base, src orm.Source[half], table *schema.Table) {
	t.Helper()
	ctx := t.Context()
	s := session(t, db, orm.Models(base))
	orm.AddAll(s, &half{"n", 1, "a"}, &half{"n", 2, "b"})
	must(t, s.Commit(ctx))
	got, err := orm.Get(ctx, s, src, "n", 2)
	must(t, err)
	got.Name, got.Number = "c", 3
	must(t, s.Commit(ctx))
	wantRows(t, db, table, "n 1 a", "n 3 c")
	s.Delete(got)
	must(t, s.Commit(ctx))
	wantRows(t, db, table, "n 1 a")
	must(t, s.Close(ctx))
}
