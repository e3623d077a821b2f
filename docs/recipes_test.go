package docs

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

var Recipes = orm.NewBase()

type Article struct {
	ID      int64
	Title   string
	Version int64
}

// ArticleVersion is what an article was.
type ArticleVersion struct {
	ArticleID, Version int64
	Title              string
}

type articleTable struct {
	orm.Table[Article]
	ID      schema.Int64
	Title   schema.Text
	Version schema.Int64
}

type articleVersionTable struct {
	orm.Table[ArticleVersion]
	ArticleID, Version schema.Int64
	Title              schema.Text
}

var Articles = orm.Declare(Recipes, "articles", articleTable{
	ID: schema.BigInteger(schema.PrimaryKey()), Title: schema.String(50), Version: schema.BigInteger(schema.Version()),
})

var ArticleVersions = orm.Declare(Recipes, "article_versions", articleVersionTable{
	ArticleID: schema.BigInteger(schema.PrimaryKey()), Version: schema.BigInteger(schema.PrimaryKey()), Title: schema.String(50),
})

func init() {
	orm.Listen(Articles, orm.Hooks[Article]{BeforeUpdate: keep, BeforeDelete: keep})
}

// keep adds what the article was to its history.
func keep(ctx context.Context, s *orm.Session, a *Article) error {
	changes, err := s.Changes(a)
	if err != nil {
		return err
	}
	was := ArticleVersion{ArticleID: a.ID, Version: a.Version, Title: a.Title}
	for _, c := range changes {
		if c.Field == "Title" {
			was.Title = c.Was.(string)
		}
	}
	s.Add(&was)
	return nil
}

func history(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	a := &Article{Title: "Draft"}
	s.Add(a)
	if err := s.Commit(ctx); err != nil {
		return err
	}
	a.Title = "Final"
	if err := s.Commit(ctx); err != nil {
		return err
	}
	was, err := orm.Get(ctx, s, ArticleVersions, a.ID, int64(1))
	if err != nil {
		return err
	}
	fmt.Println(was.Title, "->", a.Title, a.Version)
	return nil
}

// Tariff is never changed: a new one takes its place.
type Tariff struct {
	ID    int64
	Name  string
	Cents int64
}

type tariffTable struct {
	orm.Table[Tariff]
	ID    schema.Int64
	Name  schema.Text
	Cents schema.Int64
}

var Tariffs = orm.Declare(Recipes, "tariffs", tariffTable{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(50)})

// anew makes a new row of each tariff that was changed.
func anew(ctx context.Context, s *orm.Session) error {
	changed, err := s.Dirty()
	if err != nil {
		return err
	}
	for _, x := range changed {
		if t, ok := x.(*Tariff); ok {
			if err := s.Expunge(t); err != nil {
				return err
			}
			t.ID = 0
			s.Add(t)
		}
	}
	return nil
}

func versionedRows(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db, orm.Events(&orm.SessionEvents{BeforeFlush: anew}))
	defer s.Close(ctx)
	t := &Tariff{Name: "day", Cents: 20}
	s.Add(t)
	if err := s.Commit(ctx); err != nil {
		return err
	}
	t.Cents = 22
	if err := s.Commit(ctx); err != nil {
		return err
	}
	all, err := orm.Select(Tariffs).OrderBy(Tariffs.ID.Asc()).All(ctx, s)
	if err != nil {
		return err
	}
	for _, t := range all {
		fmt.Println(t.ID, t.Cents)
	}
	return nil
}

// cache holds what queries have found, for all sessions.
type cache struct{ tariffs map[string][]*Tariff }

// named returns the tariffs of a name, as objects of the session.
func (c *cache) named(ctx context.Context, s *orm.Session, name string) ([]*Tariff, error) {
	if c.tariffs[name] == nil {
		found, err := orm.Select(Tariffs).Where(Tariffs.Name.Eq(name)).OrderBy(Tariffs.ID.Asc()).NoTrack().All(ctx, s)
		if err != nil {
			return nil, err
		}
		c.tariffs[name] = found
	}
	out := make([]*Tariff, len(c.tariffs[name]))
	for i, t := range c.tariffs[name] {
		var err error
		if out[i], err = orm.Merge(ctx, s, t, orm.MergeClean()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func caching(ctx context.Context, db *alkahest.Engine) error {
	c := &cache{tariffs: map[string][]*Tariff{}}
	for range 2 {
		s := orm.NewSession(db)
		list, err := c.named(ctx, s, "day")
		if err != nil {
			return err
		}
		fmt.Println(len(list), list[0] != c.tariffs["day"][0])
		if err := s.Close(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Unit is part of another one.
type Unit struct {
	ID       int64
	Name     string
	ParentID *int64
	Parent   orm.One[Unit]
	Parts    orm.Many[Unit]
}

type unitTable struct {
	orm.Table[Unit]
	ID       schema.Int64
	Name     schema.Text
	ParentID schema.Int64
	Parent   orm.BelongsTo[Unit, Unit]
	Parts    orm.HasMany[Unit, Unit]
}

var Units = orm.Declare(Recipes, "units", unitTable{
	ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(50), ParentID: schema.BigInteger(schema.ForeignKey("units.id")),
	Parts: orm.HasMany[Unit, Unit]{}.CascadeDelete(),
})

func adjacency(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	car, engine := &Unit{Name: "car"}, &Unit{Name: "engine"}
	engine.Parts.Add(&Unit{Name: "piston"})
	car.Parts.Add(engine)
	s.Add(car)
	if err := s.Commit(ctx); err != nil {
		return err
	}

	roots, err := orm.Select(Units).Where(Units.Parent.IsNone()).With(Units.Parts.OrderBy(Units.Name.Asc()).Recursive()).All(ctx, s)
	if err != nil {
		return err
	}
	return outline(roots, "")
}

func outline(units []*Unit, indent string) error {
	for _, u := range units {
		fmt.Println(indent + u.Name)
		parts, err := u.Parts.All()
		if err != nil {
			return err
		}
		if err := outline(parts, indent+"- "); err != nil {
			return err
		}
	}
	return nil
}

// Rank spans all below it: their Low and High lie between its own.
type Rank struct {
	ID        int64
	Name      string
	Low, High int64
	Above     orm.Many[Rank]
}

type rankTable struct {
	orm.Table[Rank]
	ID        schema.Int64
	Name      schema.Text
	Low, High schema.Int64
	Above     orm.HasMany[Rank, Rank]
}

func (r *rankTable) Joins() []orm.JoinRule {
	other := orm.Alias(r, "other")
	return []orm.JoinRule{r.Above.On(other, other.Low.LtExpr(r.Low).And(other.High.GtExpr(r.High)))}
}

var Ranks = orm.Declare(Recipes, "ranks", rankTable{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(50)})

// under adds a rank as the last below another.
func under(ctx context.Context, s *orm.Session, above, r *Rank) error {
	at := above.High
	r.Low, r.High = at, at+1
	if _, err := orm.Update(Ranks).Set(Ranks.High.SetExpr(Ranks.High.Add(2))).Where(Ranks.High.Ge(at)).Exec(ctx, s); err != nil {
		return err
	}
	if _, err := orm.Update(Ranks).Set(Ranks.Low.SetExpr(Ranks.Low.Add(2))).Where(Ranks.Low.Gt(at)).Exec(ctx, s); err != nil {
		return err
	}
	s.Add(r)
	return s.Flush(ctx)
}

func nestedSets(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	chief, left, right, last := &Rank{Name: "chief", Low: 1, High: 2}, &Rank{Name: "left"}, &Rank{Name: "right"}, &Rank{Name: "last"}
	s.Add(chief)
	for _, step := range [][2]*Rank{{chief, left}, {chief, right}, {left, last}} {
		if err := under(ctx, s, step[0], step[1]); err != nil {
			return err
		}
	}
	ranks, err := orm.Select(Ranks).OrderBy(Ranks.Low.Asc()).With(Ranks.Above.OrderBy(Ranks.Low.Asc())).All(ctx, s)
	if err != nil {
		return err
	}
	for _, r := range ranks {
		above, err := r.Above.All()
		if err != nil {
			return err
		}
		fmt.Println(len(above), r.Name, r.Low, r.High)
	}
	return s.Commit(ctx)
}

// Gadget has facts of any number and name.
type Gadget struct {
	ID    int64
	Name  string
	Facts orm.Many[GadgetFact]
}

type GadgetFact struct {
	GadgetID   int64
	Key, Value string
}

type gadgetTable struct {
	orm.Table[Gadget]
	ID    schema.Int64
	Name  schema.Text
	Facts orm.HasMany[Gadget, GadgetFact]
}

type gadgetFactTable struct {
	orm.Table[GadgetFact]
	GadgetID   schema.Int64
	Key, Value schema.Text
}

var Gadgets = orm.Declare(Recipes, "gadgets", gadgetTable{
	ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(50), Facts: orm.HasMany[Gadget, GadgetFact]{}.DeleteOrphans(),
})

var GadgetFacts = orm.Declare(Recipes, "gadget_facts", gadgetFactTable{
	GadgetID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("gadgets.id")), Key: schema.String(30, schema.PrimaryKey(), schema.Named("fact")), Value: schema.String(50),
})

var FactsByKey = orm.KeyedBy(Gadgets.Facts, func(f *GadgetFact) string { return f.Key })

func vertical(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	g := &Gadget{Name: "lamp"}
	if err := FactsByKey.Put(g, &GadgetFact{Key: "colour", Value: "red"}, &GadgetFact{Key: "watts", Value: "5"}); err != nil {
		return err
	}
	s.Add(g)
	if err := s.Commit(ctx); err != nil {
		return err
	}
	red, err := orm.Select(Gadgets).Where(Gadgets.Facts.Any(GadgetFacts.Key.Eq("colour"), GadgetFacts.Value.Eq("red"))).With(Gadgets.Facts).One(ctx, s)
	if err != nil {
		return err
	}
	watts, err := FactsByKey.Get(red, "watts")
	if err != nil {
		return err
	}
	fmt.Println(red.Name, watts.Value)
	return nil
}

// Station is a node of a graph, whose edges lead one way.
type Station struct {
	ID   int64
	Name string
	To   orm.Many[Station]
	From orm.Many[Station]
}

type Leg struct{ FromID, ToID int64 }

type stationTable struct {
	orm.Table[Station]
	ID   schema.Int64
	Name schema.Text
	To   orm.ManyToMany[Station, Station]
	From orm.ManyToMany[Station, Station]
}

type legTable struct {
	orm.Table[Leg]
	FromID, ToID schema.Int64
}

var Stations = orm.Declare(Recipes, "stations", stationTable{
	ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(50),
	To:   orm.ManyToMany[Station, Station]{}.Over("legs").Via("from_id"),
	From: orm.ManyToMany[Station, Station]{}.Over("legs").Via("to_id"),
})

var Legs = orm.Declare(Recipes, "legs", legTable{
	FromID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("stations.id")), ToID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("stations.id")),
})

func graph(ctx context.Context, db *alkahest.Engine) error {
	s := orm.NewSession(db)
	defer s.Close(ctx)
	graz, wien, linz := &Station{Name: "Graz"}, &Station{Name: "Wien"}, &Station{Name: "Linz"}
	graz.To.Add(wien)
	wien.To.Add(linz, graz)
	orm.AddAll(s, graz, wien, linz)
	if err := s.Commit(ctx); err != nil {
		return err
	}
	start, err := orm.Select(Stations).Where(Stations.Name.Eq("Graz")).With(Stations.To.Recursive(), Stations.From).One(ctx, s)
	if err != nil {
		return err
	}
	seen := map[*Station]bool{}
	var walk func(at *Station) error
	walk = func(at *Station) error {
		if seen[at] {
			return nil
		}
		seen[at] = true
		next, err := at.To.All()
		for _, n := range next {
			if err == nil {
				err = walk(n)
			}
		}
		return err
	}
	if err := walk(start); err != nil {
		return err
	}
	back, err := start.From.All()
	if err != nil {
		return err
	}
	fmt.Println(len(seen), "reached;", back[0].Name, "leads back")
	return nil
}

const recipesPrint = `Draft -> Final 2
1 20
2 22
2 true
2 true
car
- engine
- - piston
0 chief 1 8
1 left 2 5
2 last 3 4
1 right 6 7
lamp 5
3 reached; Wien leads back
`

func allRecipes(ctx context.Context, db *alkahest.Engine) error {
	if err := db.CreateAll(ctx, Recipes.MetaData); err != nil {
		return err
	}
	for _, f := range []func(context.Context, *alkahest.Engine) error{history, versionedRows, caching, adjacency, nestedSets, vertical, graph} {
		if err := f(ctx, db); err != nil {
			return err
		}
	}
	return nil
}

func TestRecipes(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) *alkahest.Engine{
		"sqlite": func(t *testing.T) *alkahest.Engine {
			db, err := alkahest.Open(t.Context(), "sqlite:///:memory:")
			must(err)
			t.Cleanup(func() { db.Close(context.Background()) })
			return db
		},
		"postgresql 15": func(t *testing.T) *alkahest.Engine { return onPostgres(t, testdb.PG15(t)) },
		"postgresql 18": func(t *testing.T) *alkahest.Engine { return onPostgres(t, testdb.PG18(t)) },
		"mariadb":       onMariaDB,
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			if diff := cmp.Diff(printed(t, func() error { return allRecipes(t.Context(), db) }), recipesPrint); diff != "" {
				t.Errorf("got, then want:\n%s", diff)
			}
		})
	}
}
