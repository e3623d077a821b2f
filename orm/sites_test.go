package orm_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Holder is in the main database, Coupon in that of the name "books".
type (
	Holder struct {
		ID      int64
		Name    string
		Coupons orm.Many[Coupon]
	}
	Coupon struct {
		ID       int64
		HolderID int64
		Worth    int64
		Stamps   orm.Many[Stamp]
	}
	Stamp struct {
		ID       int64
		CouponID int64
		Coupon   orm.One[Coupon]
	}
	// Pledge has a foreign key that is checked by COMMIT, or PREPARE.
	Pledge struct {
		ID   int64
		OfID int64
	}
)

type (
	holderTable struct {
		orm.Table[Holder]
		ID      schema.Int64
		Name    schema.Text
		Coupons orm.HasMany[Holder, Coupon]
	}
	couponTable struct {
		orm.Table[Coupon]
		ID, HolderID, Worth schema.Int64
		Stamps              orm.HasMany[Coupon, Stamp]
	}
	stampTable struct {
		orm.Table[Stamp]
		ID, CouponID schema.Int64
		Coupon       orm.BelongsTo[Stamp, Coupon]
	}
	pledgeTable struct {
		orm.Table[Pledge]
		ID, OfID schema.Int64
	}
)

func (h *holderTable) Joins() []orm.JoinRule {
	return []orm.JoinRule{h.Coupons.On(Coupons, Coupons.HolderID.EqExpr(h.ID))}
}

var (
	holding   = orm.NewBase()
	couponing = orm.NewBase(orm.BindKey("books"))
	Holders   = orm.Declare(holding, "holders", holderTable{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20)})
	Coupons   = orm.Declare(couponing, "coupons", couponTable{
		ID: schema.BigInteger(schema.PrimaryKey()), HolderID: schema.BigInteger(), Worth: schema.BigInteger(),
	})
	pledging = orm.NewBase(orm.BindKey("books"))
	Pledges  = orm.Declare(pledging, "pledges", pledgeTable{
		ID: schema.BigInteger(schema.PrimaryKey()), OfID: schema.BigInteger(schema.ForeignKey("pledges.id", schema.Deferred())),
	})
	Stamps = orm.Declare(couponing, "stamps", stampTable{
		ID: schema.BigInteger(schema.PrimaryKey()), CouponID: schema.BigInteger(schema.ForeignKey("coupons.id")),
	})
)

// pairs are databases that a session works over together.
var pairs = [][2]string{{"memory", "file"}, {"postgres15", "postgres18"}, {"mariadb", "mariadb"}, {"postgres18", "mariadb"}, {"file", "postgres15"}}

// onPairs runs a scenario over two databases, with the tables of a base in each.
func onPairs(t *testing.T, which [][2]string, f func(t *testing.T, main, books *database)) {
	for _, names := range which {
		t.Run(strings.Join(names[:], "+"), func(t *testing.T) {
			main, books := open(t, names[0]), open(t, names[1])
			must(t, main.CreateAll(t.Context(), holding.MetaData))
			must(t, books.CreateAll(t.Context(), couponing.MetaData))
			main.forget()
			books.forget()
			f(t, main, books)
		})
	}
}

func TestSessionOverSeveralDatabases(t *testing.T) {
	onPairs(t, pairs, func(t *testing.T, main, books *database) {
		ctx := t.Context()
		s := session(t, main, orm.Bind("books", books))
		ann := &Holder{Name: "ann"}
		s.Add(ann)
		must(t, s.Flush(ctx))
		must(t, bulkCoupons(ctx, s, ann))
		v := &Coupon{HolderID: ann.ID, Worth: 5}
		v.Stamps.Add(&Stamp{})
		s.Add(v)
		must(t, s.Commit(ctx))
		main.wantSent(t, "insert holders(name)", "COMMIT")
		books.wantSent(t, "insert coupons(holder_id,worth) x3", "insert stamps(coupon_id)", "COMMIT")

		list, err := orm.Select(Holders).With(Holders.Coupons.With(Coupons.Stamps)).All(ctx, s)
		must(t, err)
		have, err := list[0].Coupons.All()
		must(t, err)
		same(t, "coupons across databases", worths(have), []int64{1, 2, 5})
		n, err := orm.Select(Coupons).Where(Coupons.Worth.Gt(1)).Count(ctx, s)
		must(t, err)
		same(t, "count", n, 2)
		total, err := orm.SelectAs[int64](expr.Sum[int64](Coupons.Worth).As("total")).From(Coupons).One(ctx, s)
		must(t, err)
		same(t, "sum", total, 8)

		v.Worth, ann.Name = 6, "anna"
		must(t, s.Commit(ctx))
		changed, err := orm.Update(Coupons).Set(Coupons.Worth.Set(7)).Where(Coupons.Worth.Eq(6)).Exec(ctx, s)
		must(t, err)
		same(t, "changed", changed, 1)
		must(t, orm.Refresh(ctx, s, v))
		same(t, "worth", v.Worth, 7)
		must(t, s.Commit(ctx))
		wantRows(t, main, Holders.Schema(), "1 anna")
		wantRows(t, books, Coupons.Schema(), "1 1 1", "2 1 2", "3 1 7")
	})
}

func bulkCoupons(ctx context.Context, s *orm.Session, of *Holder) error {
	return orm.BulkInsert(ctx, s, []*Coupon{{HolderID: of.ID, Worth: 1}, {HolderID: of.ID, Worth: 2}})
}

func worths(list []*Coupon) []int64 {
	var out []int64
	for _, v := range list {
		out = append(out, v.Worth)
	}
	slices.Sort(out)
	return out
}

// A rollback, and one to a savepoint, reach all databases: also one that has
// begun after the savepoint was set.
func TestSavepointsOverSeveralDatabases(t *testing.T) {
	onPairs(t, pairs, func(t *testing.T, main, books *database) {
		ctx := t.Context()
		s := session(t, main, orm.Bind("books", books))
		ann := &Holder{Name: "ann"}
		s.Add(ann)
		must(t, s.Flush(ctx))
		sp, err := s.BeginNested(ctx)
		must(t, err)
		ann.Name = "nobody"
		lost := &Coupon{Worth: 1}
		s.Add(lost)
		must(t, s.Flush(ctx))
		must(t, sp.Rollback(ctx))
		if ann.Name != "ann" || lost.ID != 0 {
			t.Errorf("after the rollback to the savepoint: %q, %d", ann.Name, lost.ID)
		}
		kept := &Coupon{Worth: 2}
		s.Add(kept)
		sp, err = s.BeginNested(ctx)
		must(t, err)
		must(t, sp.Commit(ctx))
		must(t, s.Commit(ctx))
		wantRows(t, main, Holders.Schema(), "1 ann")
		if got := rows(t, books, Coupons.Schema()); len(got) != 1 || !strings.HasSuffix(got[0], " 0 2") {
			t.Errorf("coupons: got %q", got)
		}

		ann.Name, kept.Worth = "late", 9
		gone := &Holder{Name: "gone"}
		s.Add(gone)
		must(t, s.Flush(ctx))
		must(t, s.Rollback(ctx))
		if ann.Name != "ann" || kept.Worth != 2 || gone.ID != 0 {
			t.Errorf("after the rollback: %q, %d, %d", ann.Name, kept.Worth, gone.ID)
		}
		wantRows(t, main, Holders.Schema(), "1 ann")
	})
}

// What can't be one statement, and what has no database, is refused by name
// before anything is sent.
func TestStatementsAcrossDatabasesAreRefused(t *testing.T) {
	onPairs(t, pairs[:3], func(t *testing.T, main, books *database) {
		ctx := t.Context()
		s := session(t, main, orm.Bind("books", books))
		_, joined := orm.Select(Holders).With(Holders.Coupons.Joined()).All(ctx, s)
		_, exists := orm.Select(Holders).Where(Holders.Coupons.Any()).Count(ctx, s)
		_, both := orm.SelectAs[int64](expr.CountAll().As("n")).From(Holders).LeftJoin(Coupons, Coupons.HolderID.EqExpr(Holders.ID)).All(ctx, s)
		_, deleted := orm.Delete(Coupons).Where(Coupons.HolderID.InSelect(expr.NewSelect(Holders.ID).From(Holders.Schema()))).Exec(ctx, s)
		for what, err := range map[string]error{"joined": joined, "exists": exists, "columns": both, "delete": deleted} {
			if err == nil || !strings.Contains(err.Error(), `in the database "books"`) {
				t.Errorf("%s: got %v", what, err)
			}
		}
		main.wantSent(t)
		books.wantSent(t)

		alone := session(t, main)
		_, err := orm.Select(Coupons).All(ctx, alone)
		if err == nil || !strings.Contains(err.Error(), `orm.Bind("books", db)`) {
			t.Errorf("a query without the database: got %v", err)
		}
		alone.Add(&Coupon{})
		if err := alone.Flush(ctx); err == nil || !strings.Contains(err.Error(), `orm.Bind("books", db)`) {
			t.Errorf("a flush without the database: got %v", err)
		}
	})
}

// Bind says by tables and bases where they are, tables before their bases.
func TestBindTablesAndBases(t *testing.T) {
	everywhere(t, holding, func(t *testing.T, db *database) {
		ctx := t.Context()
		second := open(t, db.name)
		must(t, second.CreateAll(ctx, couponing.MetaData))
		s := session(t, nil, orm.Bind("here", db, holding), orm.Bind("there", second, Coupons, Stamps))
		s.Add(&Holder{Name: "a"})
		s.Add(&Coupon{Worth: 1})
		must(t, s.Commit(ctx))
		wantRows(t, db, Holders.Schema(), "1 a")
		wantRows(t, second, Coupons.Schema(), "1 0 1")
		b, name, err := orm.DatabaseOf(s, Coupons)
		if err != nil || name != "there" || b != orm.Beginner(second) {
			t.Errorf("DatabaseOf: got %q, %v", name, err)
		}
		tx, err := orm.TxOf(ctx, s, Coupons)
		must(t, err)
		run(t, tx, "UPDATE coupons SET worth = 3")
		must(t, s.Commit(ctx))
		wantRows(t, second, Coupons.Schema(), "1 0 3")

		for want, opts := range map[string][]orm.SessionOption{
			"gives no database":             {orm.Bind("none", nil)},
			"a name of its own":             {orm.Bind("a", db), orm.Bind("a", second)},
			"one Base to two databases":     {orm.Bind("a", db, holding), orm.Bind("b", second, holding)},
			"table coupons to two":          {orm.Bind("a", db, Coupons), orm.Bind("b", second, Coupons)},
			"was opened over no database":   nil,
			"up to 40 letters, digits, '_'": {orm.TwoPhase("a.b")},
		} {
			if _, err := orm.Select(Holders).All(ctx, session(t, nil, opts...)); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(want, "up to ")) {
				t.Errorf("want an error with %q, got %v", want, err)
			}
		}
	})
}

// A database that does not commit after another has is told by name; nothing is
// replayed.
func TestPartlyCommitted(t *testing.T) {
	onPairs(t, [][2]string{{"file", "postgres18"}, {"postgres15", "postgres18"}, {"mariadb", "memory"}}, func(t *testing.T, main, books *database) {
		ctx := t.Context()
		must(t, books.CreateAll(ctx, pledging.MetaData))
		runs := 0
		err := orm.Transact(ctx, main, func(s *orm.Session) error {
			runs++
			s.Add(&Holder{Name: "kept"})
			s.Add(&Pledge{OfID: 4711})
			return nil
		}, orm.Bind("books", books))
		var partly *orm.PartlyCommittedError
		if !errors.As(err, &partly) || !slices.Equal(partly.Committed, []string{"main"}) || partly.Failed != "books" || runs != 1 {
			t.Fatalf("got %v after %d runs", err, runs)
		}
		wantRows(t, main, Holders.Schema(), "1 kept")
		wantRows(t, books, Pledges.Schema())
	})
}
