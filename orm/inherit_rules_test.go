package orm_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

func TestConcreteHierarchies(t *testing.T) {
	everywhere(t, concrete, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		a, b, c := &ConcreteE{Name: "a"}, &ConcreteM{ConcreteE: ConcreteE{Name: "b"}, Lvl: 3}, &ConcreteM{ConcreteE: ConcreteE{Name: "c"}, Lvl: 4}
		orm.AddAll(s, b, c)
		s.Add(a)
		must(t, s.Commit(ctx))
		b.Lvl, c.Name = 5, "cc"
		must(t, s.Commit(ctx))
		wantRows(t, db, ConcreteMs.Schema(), "1 b 5", "2 cc 4")
		list, err := orm.Select(ConcreteEs).Where(expr.Or(ConcreteMs.Lvl.Ge(5), ConcreteEs.Name.Eq("a"))).OrderBy(ConcreteEs.Name.Desc()).All(ctx, s)
		if err != nil || len(list) != 2 || list[0] != &b.ConcreteE || list[1] != a {
			t.Errorf("by columns of the base and of the derived table: %v, %v", list, err)
		}
		if n, err := orm.Select(ConcreteEs).Count(ctx, s); err != nil || n != 3 {
			t.Errorf("%d rows, %v", n, err)
		}
		if got, err := orm.Get(ctx, s, ConcreteMs, 1); err != nil || got != b {
			t.Errorf("the derived row of key 1: %v, %v", got, err)
		}
		s.Delete(b)
		must(t, s.Commit(ctx))
		must(t, orm.BulkInsert(ctx, s, []*ConcreteM{{ConcreteE: ConcreteE{Name: "d"}}}))
		n, err := orm.Update(ConcreteMs).Set(ConcreteMs.Lvl.SetExpr(ConcreteMs.Lvl.Add(10))).Where(expr.All()).Exec(ctx, s)
		if err != nil || n != 2 || c.Lvl != 14 {
			t.Errorf("%d changed, %v, %v", n, err, c)
		}
		must(t, s.Commit(ctx))
		wantRows(t, db, ConcreteEs.Schema(), "1 a")
	})
}

func TestCriteriaOfDerivedEntities(t *testing.T) {
	onFleet(t, func(t *testing.T, db *database, _ *orm.Session) {
		ctx := t.Context()
		s := orm.NewSession(db, orm.Restrict(FleetVehicles, FleetVehicles.Plate.Ne("t")))
		if n, err := orm.Select(FleetTrailers).Count(ctx, s); err != nil || n != 0 {
			t.Errorf("%d trailers are seen, %v", n, err)
		}
		vans, err := orm.Select(FleetVans).With(FleetVans.Trailers).All(ctx, s)
		must(t, err)
		if trailers, err := vans[0].Trailers.All(); err != nil || len(trailers) != 0 {
			t.Errorf("trailers of the van: %v, %v", trailers, err)
		}
		if got, err := orm.Select(FleetVans).Where(FleetVans.Trailers.Any()).All(ctx, s); err != nil || len(got) != 0 {
			t.Errorf("vans with trailers that are seen: %v, %v", got, err)
		}
		must(t, s.Close(ctx))
		s = orm.NewSession(db, orm.Restrict(FleetVans, FleetVans.Load.Gt(100)))
		if n, err := orm.Select(FleetVans).Count(ctx, s); err != nil || n != 0 {
			t.Errorf("%d vans are seen, %v", n, err)
		}
		must(t, s.Close(ctx))
	})
}

var heard []string

func init() {
	orm.Listen(FleetVehicles, orm.Hooks[FleetVehicle]{
		BeforeInsert: func(_ context.Context, _ *orm.Session, v *FleetVehicle) error {
			heard = append(heard, fmt.Sprintf("insert %T %s", orm.WholeOf(v), v.Plate))
			return nil
		},
		AfterUpdate: func(_ context.Context, _ *orm.Session, v *FleetVehicle) error {
			heard = append(heard, fmt.Sprintf("updated %T %s", orm.WholeOf(v), v.Plate))
			return nil
		},
	})
}

func TestHooksOfDerivedEntities(t *testing.T) {
	onFleet(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		heard = nil
		s.Add(&FleetTrailer{FleetVehicle: FleetVehicle{Plate: "h"}, Axles: 1})
		must(t, s.Flush(ctx))
		trailer, err := orm.Get(ctx, s, FleetTrailers, 3)
		must(t, err)
		trailer.Plate, trailer.Axles = "hh", 4
		must(t, s.Commit(ctx))
		same(t, "heard", strings.Join(heard, "; "), "insert *orm_test.FleetTrailer h; updated *orm_test.FleetTrailer hh")
	})
}

// The keys of hierarchies whose joined table carries a new key along, or not.
type (
	KeyedBase struct {
		Code string
		Kind string
	}
	KeyedLeft struct {
		KeyedBase
		Note string
	}
	KeyedRight struct {
		KeyedBase
		Text string
	}
	keyedBaseCols struct {
		Code schema.Text
		Kind schema.Text
	}
	keyedBaseTable struct {
		orm.Table[KeyedBase]
		keyedBaseCols
	}
	keyedLeftTable struct {
		orm.Table[KeyedLeft]
		keyedBaseCols
		Note schema.Text
	}
	keyedRightTable struct {
		orm.Table[KeyedRight]
		keyedBaseCols
		Text schema.Text
	}
)

func (t *keyedBaseTable) Discriminator() orm.Discriminator {
	return orm.DiscriminatedBy(t.Kind, orm.Abstract)
}

var (
	keyedBases  = orm.NewBase()
	KeyedBases  = orm.Declare(keyedBases, "keyed", keyedBaseTable{keyedBaseCols: keyedBaseCols{Code: schema.String(20, schema.PrimaryKey()), Kind: schema.String(5)}})
	KeyedLefts  = orm.Inherit(KeyedBases, orm.JoinedTable("keyed_left", "left"), keyedLeftTable{Note: schema.String(20)})
	KeyedRights = orm.Inherit(KeyedBases, orm.JoinedTable("keyed_right", "right").Key("base").References(schema.OnUpdate(schema.Cascade), schema.OnDelete(schema.Cascade)), keyedRightTable{Text: schema.String(20)})
)

func TestKeysOfDerivedEntities(t *testing.T) {
	everywhere(t, keyedBases, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		left, right := &KeyedLeft{KeyedBase: KeyedBase{Code: "l"}, Note: "n"}, &KeyedRight{KeyedBase: KeyedBase{Code: "r"}, Text: "t"}
		s.Add(left)
		s.Add(right)
		must(t, s.Commit(ctx))
		right.Code, right.Text = "rr", "tt"
		must(t, s.Commit(ctx))
		wantRows(t, db, KeyedRights.Schema(), "rr tt")
		if got, err := orm.Get(ctx, s, KeyedBases, "rr"); err != nil || got != &right.KeyedBase {
			t.Errorf("by the new key: %v, %v", got, err)
		}
		left.Code = "ll"
		var wrong *orm.EntityError
		if err := s.Flush(ctx); !errors.As(err, &wrong) || wrong.Field != "Code" {
			t.Errorf("a key that the database doesn't carry along: %v", err)
		}
		must(t, s.Rollback(ctx))
		s.Delete(left)
		must(t, s.Flush(ctx))
		s.Add(&KeyedRight{KeyedBase: KeyedBase{Code: "l"}, Text: "now right"})
		must(t, s.Commit(ctx))
		wantRows(t, db, KeyedBases.Schema(), "l right", "rr right")
		wantRows(t, db, KeyedLefts.Schema())
	})
}

// What can't be a hierarchy.
type (
	wrongBaseCols struct {
		ID   schema.Int64
		Kind schema.Int64
	}
	wrongBase struct {
		ID   int64
		Kind int64
	}
	wrongBaseTable struct {
		orm.Table[wrongBase]
		wrongBaseCols
	}
	plainBaseTable struct {
		orm.Table[wrongBase]
		wrongBaseCols
	}
	wrongSub struct {
		wrongBase
		Size int64
	}
	wrongSubTable struct {
		orm.Table[wrongSub]
		wrongBaseCols
		Size schema.Int64
	}
	lateSub struct {
		Size int64
		wrongBase
	}
	lateSubTable struct {
		orm.Table[lateSub]
		wrongBaseCols
		Size schema.Int64
	}
)

func (t *wrongBaseTable) Discriminator() orm.Discriminator { return orm.DiscriminatedBy(t.Kind, 0) }

func TestHierarchiesThatAreWrong(t *testing.T) {
	id := wrongBaseCols{ID: schema.BigInteger(schema.PrimaryKey())}
	for want, declare := range map[string]func(b *orm.Base){
		"method Discriminator": func(b *orm.Base) {
			orm.Inherit(orm.Declare(b, "t", plainBaseTable{wrongBaseCols: id}), orm.SingleTable(1), wrongSubTable{})
		},
		"as the first field": func(b *orm.Base) {
			orm.Inherit(orm.Declare(b, "t", wrongBaseTable{wrongBaseCols: id}), orm.SingleTable(1), lateSubTable{})
		},
		"has the discriminator 0, and so has": func(b *orm.Base) {
			orm.Inherit(orm.Declare(b, "t", wrongBaseTable{wrongBaseCols: id}), orm.SingleTable(0), wrongSubTable{})
		},
		"no value of Kind": func(b *orm.Base) {
			orm.Inherit(orm.Declare(b, "t", wrongBaseTable{wrongBaseCols: id}), orm.SingleTable("one"), wrongSubTable{})
		},
		"say EachItsTable": func(b *orm.Base) {
			orm.Inherit(orm.Declare(b, "t", wrongBaseTable{wrongBaseCols: id}), orm.ConcreteTable("u"), wrongSubTable{wrongBaseCols: id})
		},
		"declared twice": func(b *orm.Base) {
			orm.Inherit(orm.Declare(b, "t", wrongBaseTable{wrongBaseCols: id}), orm.SingleTable(1), wrongSubTable{Size: schema.BigInteger(schema.Named("kind"))})
		},
		"is NOT NULL": func(b *orm.Base) {
			orm.Inherit(orm.Declare(b, "t", wrongBaseTable{wrongBaseCols: id}), orm.SingleTable(1), wrongSubTable{Size: schema.BigInteger(schema.NotNull())})
		},
	} {
		b := orm.NewBase()
		declare(b)
		if err := b.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not told: %v", want, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Up of what embeds the base elsewhere did not panic")
		}
	}()
	orm.Up[wrongBase](&lateSub{})
}

// What a generic struct of columns says holds for the base, and for what derives
// from it, once.
type (
	SaidBase struct {
		ID    int64
		Kind  string
		First string
		Last  string
		Long  orm.Deferred[int64]
	}
	SaidSub struct {
		SaidBase
		Size int64
	}
	saidBaseCols[E any] struct {
		ID    schema.Int64
		Kind  schema.Text
		First schema.Text
		Last  schema.Text
		Long  orm.Property[int64]
	}
	saidBaseTable struct {
		orm.Table[SaidBase]
		saidBaseCols[SaidBase]
	}
	saidSubTable struct {
		orm.Table[SaidSub]
		saidBaseCols[SaidSub]
		Size schema.Int64
	}
)

func (t *saidBaseTable) Discriminator() orm.Discriminator {
	return orm.DiscriminatedBy(t.Kind, "base")
}

func (t *saidBaseCols[E]) Constraints() []schema.TableItem {
	return []schema.TableItem{schema.UniqueOn("said_names", "first", "last"), schema.IndexOn("said_last", "last")}
}

func (t *saidBaseCols[E]) Properties() { t.Long.Define(t.First.Length()) }

var (
	said      = orm.NewBase()
	SaidBases = orm.Declare(said, "said", saidBaseTable{saidBaseCols: saidBaseCols[SaidBase]{
		ID: schema.BigInteger(schema.PrimaryKey()), Kind: schema.String(5), First: schema.String(20), Last: schema.String(20),
	}})
	SaidSubs = orm.Inherit(SaidBases, orm.JoinedTable("said_sub", "sub"), saidSubTable{})
)

func TestWhatABaseSaysIsSaidOnce(t *testing.T) {
	everywhere(t, said, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		sub := &SaidSub{SaidBase: SaidBase{First: "four", Last: "x"}, Size: 1}
		s.Add(sub)
		must(t, s.Commit(ctx))
		got, err := orm.Select(SaidSubs).Where(SaidSubs.Long.Eq(4)).Undefer(SaidSubs.Long).All(ctx, s)
		must(t, err)
		if n, err := got[0].Long.Get(); len(got) != 1 || got[0] != sub || err != nil || n != 4 {
			t.Errorf("by the property: %v, %v", got, err)
		}
		all, err := orm.Select(SaidBases).Where(SaidBases.Long.Eq(4)).All(ctx, s)
		if err != nil || len(all) != 1 || all[0] != &sub.SaidBase {
			t.Errorf("by the property of the base: %v, %v", all, err)
		}
		must(t, s.Commit(ctx))
		if n := len(SaidBases.Schema().Uniques) + len(SaidBases.Schema().Indexes) + len(SaidSubs.Schema().Uniques) + len(SaidSubs.Schema().Indexes); n != 2 {
			t.Errorf("%d constraints and indexes", n)
		}
	})
}

// A failure at any statement of a flush of a hierarchy leaves objects that the next
// flush writes right.
func TestFailuresWithinAFlushOfAHierarchy(t *testing.T) {
	on(t, []string{"file", "postgres15", "postgres18", "mariadb"}, staffJoined.base, func(t *testing.T, db *database) {
		ctx := t.Context()
		fault := &saboteur{}
		e := connect(t, db.url, func(o *engine.Options) { o.Events = append(o.Events, &engine.Events{Before: fault.before}) })
		failed := 0
		for k := 1; ; k++ {
			staffJoined.fill(t, db)
			s := orm.NewSession(e, orm.Models(staffJoined.base))
			list, err := orm.Select(staffJoined.emps).OrderBy(staffJoined.emps.ID.Asc()).All(ctx, s)
			must(t, err)
			eng, _ := orm.As[StaffEng](list[1])
			mgr, _ := orm.As[StaffMgr](list[2])
			boss, _ := orm.As[StaffBoss](list[3])
			added := &StaffBoss{StaffMgr: StaffMgr{StaffEmp: StaffEmp{Name: "new"}, Level: 5}, Golf: 6}
			change := func() {
				s.Delete(mgr)
				eng.Lang, boss.Name, boss.Level, boss.Golf = "c", "bb", 8, 9
				s.Add(added)
			}
			change()
			fault.left = k
			err = s.Flush(ctx)
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
			same(t, "after the rollback", fmt.Sprintln(eng.Lang, boss.Name, boss.Level, boss.Golf, added.ID), "go b 2 7 0\n")
			change()
			must(t, s.Commit(ctx))
			must(t, s.Close(ctx))
			got := fmt.Sprint(rows(t, db, staffJoined.engs.Schema()), rows(t, db, staffJoined.mgrs.Schema()), rows(t, db, staffJoined.bosses.Schema()))
			same(t, "rows", got, fmt.Sprintf("[%d c] [%d 8 %d 5] [%d 9 %d 6]", eng.ID, boss.ID, added.ID, boss.ID, added.ID))
			for _, table := range []string{"boss", "mgr", "eng", "emp", "co"} {
				run(t, db.inner, "DELETE FROM "+table)
			}
		}
		if failed < 9 {
			t.Errorf("only %d statements failed", failed)
		}
	})
}

// The base of joined tables, which an outer join reads, is refreshed under a lock.
func TestLockedBases(t *testing.T) {
	on(t, []string{"postgres15", "postgres18", "mariadb"}, staffJoined.base, func(t *testing.T, db *database) {
		m := staffJoined
		m.fill(t, db)
		s := m.session(t, db)
		for _, plate := range []string{"e", "m"} {
			e, err := orm.Select(m.emps).Where(m.emps.Name.Eq(plate)).ForUpdate().One(t.Context(), s)
			must(t, err)
			tx, err := s.Tx(t.Context())
			must(t, err)
			run(t, tx, "UPDATE emp SET name = 'other' WHERE name = '"+plate+"'")
			must(t, orm.Refresh(t.Context(), s, e, orm.RefreshForUpdate()))
			same(t, "name", e.Name, "other")
			must(t, s.Rollback(t.Context()))
		}
	})
}

// Rows that a join brings beside them are locked with those that are asked for
// where the database can't lock some alone.
func TestLockedJoins(t *testing.T) {
	on(t, []string{"postgres15", "postgres18", "mariadb"}, fleet, func(t *testing.T, db *database) {
		fillFleet(t, db)
		s := session(t, db)
		vans, err := orm.Select(FleetVans).With(FleetVans.Depot.Joined(), FleetVans.Trailers.Joined()).ForUpdate().All(t.Context(), s)
		must(t, err)
		if trailers, err := vans[0].Trailers.All(); err != nil || len(trailers) != 1 {
			t.Errorf("trailers %v, %v", trailers, err)
		}
		must(t, orm.Refresh(t.Context(), s, &vans[0].FleetVehicle, orm.RefreshForUpdate()))
	})
}
