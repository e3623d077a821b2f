package orm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// Harbour is spread by its continent, and its ships are where it is.
type (
	Harbour struct {
		ID        int64
		Continent string
		Depth     int64
		Ships     orm.Many[Ship]
	}
	Ship struct {
		ID        int64
		HarbourID int64
		Name      string
		Harbour   orm.One[Harbour]
	}
)

type (
	harbourTable struct {
		orm.Table[Harbour]
		ID        schema.Int64
		Continent schema.Text
		Depth     schema.Int64
		Ships     orm.HasMany[Harbour, Ship]
	}
	shipTable struct {
		orm.Table[Ship]
		ID, HarbourID schema.Int64
		Name          schema.Text
		Harbour       orm.BelongsTo[Ship, Harbour]
	}
)

var (
	harbours = orm.NewBase()
	Harbours = orm.Declare(harbours, "harbours", harbourTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Continent: schema.String(20), Depth: schema.BigInteger(),
		Ships: orm.HasMany[Harbour, Ship]{}.CascadeDelete(),
	})
	Ships = orm.Declare(harbours, "ships", shipTable{
		ID: schema.BigInteger(schema.PrimaryKey()), HarbourID: schema.BigInteger(schema.ForeignKey("harbours.id")), Name: schema.String(20),
	})
)

// byContinent has Europe in the east and everything else in the west. Ships are
// where their harbours are.
func byContinent(west, east orm.Beginner) orm.SessionOption {
	shardOf := func(continent string) string {
		if continent == "Europe" {
			return "east"
		}
		return "west"
	}
	return orm.Sharded(orm.Sharding{
		Shards: []orm.Shard{{Name: "west", DB: west}, {Name: "east", DB: east}},
		Of:     []orm.Bindable{harbours},
		New: func(entity any) string {
			if h, ok := entity.(*Harbour); ok {
				return shardOf(h.Continent)
			}
			return ""
		},
		Query: func(_ *schema.Table, q *expr.Select) []string {
			continents, said := orm.RequiredValues(q, Harbours.Continent)
			if !said {
				return nil
			}
			var out []string
			for _, c := range continents {
				out = append(out, shardOf(c))
			}
			return out
		},
	})
}

// onShards runs a scenario with harbours of two continents, which have the same
// keys.
func onShards(t *testing.T, f func(t *testing.T, west, east *database, open func(opts ...orm.SessionOption) *orm.Session)) {
	t.Helper()
	for _, names := range pairs {
		t.Run(strings.Join(names[:], "+"), func(t *testing.T) {
			west, east := open(t, names[0]), open(t, names[1])
			must(t, west.CreateAll(t.Context(), harbours.MetaData))
			must(t, east.CreateAll(t.Context(), harbours.MetaData))
			begin := func(opts ...orm.SessionOption) *orm.Session {
				return session(t, nil, append(opts, byContinent(west, east))...)
			}
			s := begin()
			for _, h := range []*Harbour{{Continent: "Asia", Depth: 30}, {Continent: "Europe", Depth: 10}, {Continent: "Africa", Depth: 20}} {
				h.Ships.Add(&Ship{Name: "of " + h.Continent})
				s.Add(h)
			}
			must(t, s.Commit(t.Context()))
			must(t, s.Close(t.Context()))
			west.forget()
			east.forget()
			f(t, west, east, begin)
		})
	}
}

func continents(list []*Harbour) string {
	var out []string
	for _, h := range list {
		out = append(out, h.Continent)
	}
	return strings.Join(out, " ")
}

// New entities go to the shards that are chosen, or where what they reference is;
// queries go to all shards, or to those that their conditions leave.
func TestShardsOfEntitiesAndQueries(t *testing.T) {
	onShards(t, func(t *testing.T, west, east *database, open func(opts ...orm.SessionOption) *orm.Session) {
		ctx, s := t.Context(), open()
		wantRows(t, west, Harbours.Schema(), "1 Asia 30", "2 Africa 20")
		wantRows(t, east, Harbours.Schema(), "1 Europe 10")
		wantRows(t, east, Ships.Schema(), "1 1 of Europe")
		west.forget()
		east.forget()

		all, err := orm.Select(Harbours).OrderBy(Harbours.Depth.Asc()).With(Harbours.Ships).All(ctx, s)
		must(t, err)
		same(t, "in their order", continents(all), "Europe Africa Asia")
		for i, want := range []string{"east", "west", "west"} {
			name, err := s.ShardOf(all[i])
			must(t, err)
			ships, err := all[i].Ships.All()
			must(t, err)
			if name != want || len(ships) != 1 || ships[0].Name != "of "+all[i].Continent {
				t.Errorf("%s: is in %s, and has %d ships", all[i].Continent, name, len(ships))
			}
		}
		top, err := orm.Select(Harbours).OrderBy(Harbours.Depth.Desc()).Limit(2).All(ctx, s)
		must(t, err)
		same(t, "the first of all", continents(top), "Asia Africa")
		n, err := orm.Select(Harbours).Count(ctx, s)
		must(t, err)
		same(t, "count", n, 3)

		west.forget()
		east.forget()
		europe, err := orm.Select(Harbours).Where(Harbours.Continent.Eq("Europe"), Harbours.Depth.Lt(50)).One(ctx, s)
		must(t, err)
		if europe != all[0] {
			t.Error("another object of the row")
		}
		west.wantSent(t)
		east.wantSent(t, "select harbours")
	})
}

// The row of a key is asked for in the shards in which it may be; two shards have
// two entities of one key.
func TestShardsOfKeys(t *testing.T) {
	onShards(t, func(t *testing.T, west, east *database, open func(opts ...orm.SessionOption) *orm.Session) {
		ctx, s := t.Context(), open()
		first, err := orm.Get(ctx, s, Harbours, 1)
		must(t, err)
		same(t, "of the first shard", first.Continent, "Asia")
		var other *Harbour
		must(t, s.InShard("east", func() error {
			var err error
			other, err = orm.Get(ctx, s, Harbours, 1)
			return err
		}))
		same(t, "of the other shard", other.Continent, "Europe")
		if _, err := orm.Get(ctx, s, Harbours, 7); !errors.Is(err, sqlerr.ErrNoRows) {
			t.Errorf("got %v", err)
		}
		first.Depth, other.Depth = 31, 11
		must(t, s.Flush(ctx))
		first.Depth = 0
		must(t, orm.Refresh(ctx, s, other))
		must(t, orm.Refresh(ctx, s, first))
		same(t, "depths", []int64{first.Depth, other.Depth}, []int64{31, 11})
		s.Delete(other)
		must(t, s.Commit(ctx))
		wantRows(t, west, Harbours.Schema(), "1 Asia 31", "2 Africa 20")
		wantRows(t, east, Harbours.Schema())
		wantRows(t, east, Ships.Schema())
		wantRows(t, west, Ships.Schema(), "1 1 of Asia", "2 2 of Africa")
	})
}

// Statements by a condition go to each shard, and a rollback reaches all.
func TestChangesInShards(t *testing.T) {
	onShards(t, func(t *testing.T, west, east *database, open func(opts ...orm.SessionOption) *orm.Session) {
		ctx, s := t.Context(), open()
		all, err := orm.Select(Harbours).All(ctx, s)
		must(t, err)
		n, err := orm.Update(Harbours).Set(Harbours.Depth.SetExpr(Harbours.Depth.Add(1))).Where(Harbours.Depth.Lt(25)).Exec(ctx, s)
		must(t, err)
		same(t, "updated", n, 2)
		same(t, "in step", []int64{all[0].Depth, all[1].Depth, all[2].Depth}, []int64{30, 21, 11})
		n, err = orm.Delete(Ships).Where(expr.All()).Exec(ctx, s)
		must(t, err)
		same(t, "deleted", n, 3)
		fresh := &Harbour{Continent: "Europe"}
		s.Add(fresh)
		must(t, s.Flush(ctx))
		must(t, s.Rollback(ctx))
		same(t, "after the rollback", []int64{all[0].Depth, all[1].Depth, all[2].Depth, fresh.ID}, []int64{30, 20, 10, 0})
		wantRows(t, east, Harbours.Schema(), "1 Europe 10")
		wantRows(t, east, Ships.Schema(), "1 1 of Europe")

		must(t, orm.BulkInsert(ctx, s, []*Harbour{{Continent: "Europe", Depth: 1}, {Continent: "Asia", Depth: 2}}))
		must(t, s.Commit(ctx))
		same(t, "rows", []int{len(rows(t, west, Harbours.Schema())), len(rows(t, east, Harbours.Schema()))}, []int{3, 2})
	})
}

// What can't be done over several shards is refused by name, and works in one.
func TestWhatShardsRefuse(t *testing.T) {
	onShards(t, func(t *testing.T, west, east *database, open func(opts ...orm.SessionOption) *orm.Session) {
		ctx, s := t.Context(), open()
		_, ordered := orm.Select(Harbours).OrderBy(Harbours.Continent.Asc()).All(ctx, s)
		_, offset := orm.Select(Harbours).Offset(1).All(ctx, s)
		sum := orm.SelectAs[int64](expr.Sum[int64](Harbours.Depth).As("depth")).From(Harbours)
		_, columns := sum.All(ctx, s)
		_, upserted := orm.Upsert(ctx, s, []*Harbour{{ID: 1}}, expr.OnConflict(Harbours.ID).DoNothing())
		var each error
		for _, err := range orm.Select(Harbours).Each(ctx, s) {
			each = err
		}
		for what, err := range map[string]error{"order": ordered, "offset": offset, "columns": columns, "upsert": upserted, "each": each} {
			if err == nil || !strings.Contains(err.Error(), "InShard") {
				t.Errorf("%s: got %v", what, err)
			}
		}
		must(t, s.InShard("west", func() error {
			depth, err := sum.One(ctx, s)
			must(t, err)
			same(t, "sum", depth, 50)
			list, err := orm.Select(Harbours).OrderBy(Harbours.Continent.Asc()).All(ctx, s)
			same(t, "ordered", continents(list), "Africa Asia")
			n := 0
			for _, err := range orm.Select(Harbours).Each(ctx, s) {
				must(t, err)
				n++
			}
			same(t, "each", n, 2)
			return err
		}))
		if err := s.InShard("north", func() error { return nil }); err == nil || !strings.Contains(err.Error(), `no shard "north"`) {
			t.Errorf("got %v", err)
		}
		lonely := &Ship{Name: "lonely"}
		s.Add(lonely)
		if err := s.Flush(ctx); err == nil || !strings.Contains(err.Error(), "has no shard") {
			t.Errorf("got %v", err)
		}
		must(t, s.Rollback(ctx))
		wantRows(t, east, Harbours.Schema(), "1 Europe 10")
	})
}
