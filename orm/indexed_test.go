package orm_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

type Gauge struct {
	ID       int64
	Settings map[string]json.Number
	Units    []string
}

// Rate is 5 where the settings have none.
func (g *Gauge) Rate() int64 {
	if n, err := g.Settings["rate"].Int64(); err == nil {
		return n
	}
	return 5
}

func (g *Gauge) SetRate(n int64) {
	if g.Settings == nil {
		g.Settings = map[string]json.Number{}
	}
	g.Settings["rate"] = json.Number(fmt.Sprint(n))
}

func (g *Gauge) Unit() string {
	if len(g.Units) == 0 {
		return ""
	}
	return g.Units[0]
}

type gaugeTable struct {
	orm.Table[Gauge]
	ID       schema.Int64
	Settings schema.JSON[map[string]json.Number]
	Units    schema.JSON[[]string]
	Rate     orm.Hybrid[Gauge, int64]
	Unit     orm.Hybrid[Gauge, string]
}

var (
	gauged = orm.NewBase()
	Gauges = orm.Declare(gauged, "gauges", gaugeTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Settings: schema.JSONOf[map[string]json.Number](), Units: schema.JSONOf[[]string](),
		Rate: orm.HybridOf((*Gauge).Rate, func(t *gaugeTable) expr.Of[int64] {
			return expr.Coalesce[int64](expr.JSONOf(t.Settings).Key("rate").Int(), expr.Value[int64](5))
		}),
		Unit: orm.HybridOf((*Gauge).Unit, func(t *gaugeTable) expr.Of[string] { return expr.JSONOf(t.Units).Index(0).Text() }),
	})
)

// What is within a JSON column is a property in Go and in SQL, with a default, and
// its change is written.
func TestPropertiesWithinDocuments(t *testing.T) {
	everywhere(t, gauged, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b := &Gauge{Units: []string{"bar", "psi"}}, &Gauge{}
		a.SetRate(7)
		orm.AddAll(s, a, b)
		must(t, s.Commit(ctx))
		s = another(t, db, s)
		find := func(ps ...expr.Predicate) string {
			t.Helper()
			list, err := orm.Select(Gauges).Where(ps...).OrderBy(Gauges.Rate.Desc(), Gauges.ID.Asc()).All(ctx, s)
			must(t, err)
			var out []string
			for _, g := range list {
				out = append(out, fmt.Sprintf("%d:%d%s", g.ID, Gauges.Rate.Of(g), g.Unit()))
			}
			return strings.Join(out, " ")
		}
		same(t, "all", find(), "1:7bar 2:5")
		same(t, "of a rate", find(Gauges.Rate.Gt(5)), "1:7bar")
		same(t, "of the default", find(Gauges.Rate.Eq(5)), "2:5")
		same(t, "of a unit", find(Gauges.Unit.Eq("bar")), "1:7bar")
		b, err := orm.Get(ctx, s, Gauges, 2)
		must(t, err)
		db.forget()
		b.SetRate(9)
		must(t, s.Flush(ctx))
		db.wantSent(t, "update gauges(settings)")
		same(t, "changed", find(), "2:9 1:7bar")
	})
}
