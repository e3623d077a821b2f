package orm_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// The rows of the scenarios of relationships: a parent and its kids, in the ways
// that a relationship can go.
type (
	ParentP struct {
		ID   int64
		Kids orm.Many[KidK]
	}
	KidK struct {
		ID  int64
		PID *int64
		P   orm.One[ParentP]
	}
	OwnerA struct {
		ID int64
		Bs orm.Many[OwnedB]
	}
	OwnedB struct {
		ID  int64
		AID *int64
		Cs  orm.Many[OwnedC]
	}
	OwnedC struct {
		ID  int64
		BID *int64
	}
	PassiveP struct {
		ID   int64
		Kids orm.Many[PassiveK]
	}
	PassiveK struct {
		ID  int64
		PID *int64
	}
	CodeP struct {
		Code string
		Kids orm.Many[CodeK]
	}
	CodeK struct {
		ID    int64
		PCode *string
	}
	PointN struct {
		ID    int64
		Right orm.Many[PointN]
		Left  orm.Many[PointN]
	}
	EdgeE struct{ L, R int64 }
	PairP struct {
		A    int64
		B    string
		Kids orm.Many[PairK]
	}
	StampP struct {
		Code string
		Kids orm.Many[StampK]
	}
	StampK struct {
		ID    int64
		PCode *string
	}
	PairK struct {
		ID int64
		PA *int64
		PB *string
		P  orm.One[PairP]
	}
)

type (
	parentPTable struct {
		orm.Table[ParentP]
		ID   schema.Int64
		Kids orm.HasMany[ParentP, KidK]
	}
	kidKTable struct {
		orm.Table[KidK]
		ID, PID schema.Int64
		P       orm.BelongsTo[KidK, ParentP]
	}
	ownerATable struct {
		orm.Table[OwnerA]
		ID schema.Int64
		Bs orm.HasMany[OwnerA, OwnedB]
	}
	ownedBTable struct {
		orm.Table[OwnedB]
		ID, AID schema.Int64
		Cs      orm.HasMany[OwnedB, OwnedC]
	}
	ownedCTable struct {
		orm.Table[OwnedC]
		ID, BID schema.Int64
	}
	passivePTable struct {
		orm.Table[PassiveP]
		ID   schema.Int64
		Kids orm.HasMany[PassiveP, PassiveK]
	}
	passiveKTable struct {
		orm.Table[PassiveK]
		ID, PID schema.Int64
	}
	codePTable struct {
		orm.Table[CodeP]
		Code schema.Text
		Kids orm.HasMany[CodeP, CodeK]
	}
	codeKTable struct {
		orm.Table[CodeK]
		ID    schema.Int64
		PCode schema.Text
	}
	stampPTable struct {
		orm.Table[StampP]
		Code schema.Text
		Kids orm.HasMany[StampP, StampK]
	}
	stampKTable struct {
		orm.Table[StampK]
		ID    schema.Int64
		PCode schema.Text
	}
	pointNTable struct {
		orm.Table[PointN]
		ID    schema.Int64
		Right orm.ManyToMany[PointN, PointN]
		Left  orm.ManyToMany[PointN, PointN]
	}
	edgeETable struct {
		orm.Table[EdgeE]
		L, R schema.Int64
	}
	pairPTable struct {
		orm.Table[PairP]
		A    schema.Int64
		B    schema.Text
		Kids orm.HasMany[PairP, PairK]
	}
	pairKTable struct {
		orm.Table[PairK]
		ID, PA schema.Int64
		PB     schema.Text
		P      orm.BelongsTo[PairK, PairP]
	}
)

func generated() schema.Int64 { return schema.BigInteger(schema.PrimaryKey()) }

func to(target string, opts ...schema.ForeignKeyOption) schema.Int64 {
	return schema.BigInteger(schema.ForeignKey(target, opts...))
}

var (
	kin      = orm.NewBase()
	ParentPs = orm.Declare(kin, "p", parentPTable{ID: generated()})
	KidKs    = orm.Declare(kin, "k", kidKTable{ID: generated(), PID: to("p.id")})
	OwnerAs  = orm.Declare(kin, "a", ownerATable{ID: generated(), Bs: orm.HasMany[OwnerA, OwnedB]{}.DeleteOrphans()})
	OwnedBs  = orm.Declare(kin, "b", ownedBTable{ID: generated(), AID: to("a.id"), Cs: orm.HasMany[OwnedB, OwnedC]{}.DeleteOrphans()})
	_        = orm.Declare(kin, "c", ownedCTable{ID: generated(), BID: to("b.id")})
	_        = orm.Declare(kin, "passive_p", passivePTable{ID: generated(), Kids: orm.HasMany[PassiveP, PassiveK]{}.CascadeDelete()})
	_        = orm.Declare(kin, "passive_k", passiveKTable{ID: generated(), PID: to("passive_p.id", schema.OnDelete(schema.Cascade))})
	CodePs   = orm.Declare(kin, "code_p", codePTable{Code: schema.String(10, schema.PrimaryKey())})
	_        = orm.Declare(kin, "code_k", codeKTable{ID: generated(), PCode: schema.String(10, schema.ForeignKey("code_p.code", schema.OnUpdate(schema.Cascade)))})
	stamps   = orm.NewBase() // which MariaDB does not have
	StampPs  = orm.Declare(stamps, "stamp_p", stampPTable{Code: schema.String(10, schema.PrimaryKey())})
	_        = orm.Declare(stamps, "stamp_k", stampKTable{ID: generated(), PCode: schema.String(10, schema.ForeignKey("stamp_p.code", schema.Deferred()))})
	PointNs  = orm.Declare(kin, "n", pointNTable{
		ID:    schema.BigInteger(schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)),
		Right: orm.ManyToMany[PointN, PointN]{}.Over("edge").Via("l"), Left: orm.ManyToMany[PointN, PointN]{}.Over("edge").Via("r"),
	})
	_      = orm.Declare(kin, "edge", edgeETable{L: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("n.id")), R: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("n.id"))})
	PairPs = orm.Declare(kin, "pair_p", pairPTable{A: schema.BigInteger(schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)), B: schema.String(10, schema.PrimaryKey())})
	PairKs = orm.Declare(kin, "pair_k", pairKTable{ID: generated(), PB: schema.String(10)})
)

// Constraints implements orm.Constrained.
func (t *pairKTable) Constraints() []schema.TableItem {
	return []schema.TableItem{schema.ForeignKeyOn([]string{"pa", "pb"}, "pair_p", []string{"a", "b"})}
}

// onKin runs a scenario on a database with a session.
func onKin(t *testing.T, f func(t *testing.T, db *database, s *orm.Session)) {
	on(t, []string{"memory", "postgres15", "mariadb"}, kin, func(t *testing.T, db *database) {
		s := session(t, db)
		db.forget()
		f(t, db, s)
	})
}

func commitNew(t *testing.T, db *database, s *orm.Session, entities ...any) {
	t.Helper()
	for _, e := range entities {
		s.Add(e)
	}
	must(t, s.Commit(t.Context()))
	db.forget()
}

func count(t *testing.T, db *database, table string) int {
	t.Helper()
	return len(rows(t, db.inner, kin.Table(table)))
}

func TestScenarioRemoveChildNullsFK(t *testing.T) {
	onKin(t, func(t *testing.T, db *database, s *orm.Session) {
		p, k := &ParentP{}, &KidK{}
		p.Kids.Add(k, &KidK{})
		commitNew(t, db, s, p)
		must(t, p.Kids.Remove(k))
		must(t, s.Flush(t.Context()))
		if of, err := k.P.Get(); err != nil || of != nil || k.PID != nil {
			t.Errorf("the kid is of %v, %v, %v", of, err, k.PID)
		}
		wantState(t, s, k, orm.Persistent)
		db.wantSent(t, "update k(pid)")
	})
}

func TestScenarioDeleteParentCascade(t *testing.T) {
	onKin(t, func(t *testing.T, db *database, s *orm.Session) {
		a, b := &OwnerA{}, &OwnedB{}
		b.Cs.Add(&OwnedC{}, &OwnedC{})
		a.Bs.Add(b, &OwnedB{})
		commitNew(t, db, s, a)
		s = another(t, db, s)
		a, err := orm.Get(t.Context(), s, OwnerAs, a.ID)
		must(t, err)
		s.Delete(a)
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "select a", "select b", "select c", "delete c x2", "delete b x2", "delete a")
		must(t, s.Commit(t.Context()))
		if n := count(t, db, "a") + count(t, db, "b") + count(t, db, "c"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

func TestScenarioDeleteParentNoCascade(t *testing.T) {
	onKin(t, func(t *testing.T, db *database, s *orm.Session) {
		p := &ParentP{}
		p.Kids.Add(&KidK{}, &KidK{})
		commitNew(t, db, s, p)
		s = another(t, db, s)
		p, err := orm.Get(t.Context(), s, ParentPs, p.ID)
		must(t, err)
		s.Delete(p)
		must(t, s.Commit(t.Context()))
		db.wantSent(t, "select p", "select k", "update k(pid) x2", "delete p", "COMMIT")
		wantRows(t, db, KidKs.Schema(), "1 NULL", "2 NULL")
	})
}

func TestScenarioPassiveDeletes(t *testing.T) {
	onKin(t, func(t *testing.T, db *database, s *orm.Session) {
		one, two := &PassiveP{}, &PassiveP{}
		one.Kids.Add(&PassiveK{}, &PassiveK{})
		kid := &PassiveK{}
		two.Kids.Add(kid)
		commitNew(t, db, s, one, two)
		s.Delete(one)
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "delete passive_p")
		s.Delete(two) // whose kid the session has
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "delete passive_p")
		wantState(t, s, kid, orm.Deleted)
		must(t, s.Commit(t.Context()))
		if n := count(t, db, "passive_k"); n != 0 {
			t.Errorf("%d kids are left", n)
		}
	})
}

func TestScenarioPassiveUpdatesTrue(t *testing.T) {
	onKin(t, func(t *testing.T, db *database, s *orm.Session) {
		p, k := &CodeP{Code: "A"}, &CodeK{}
		p.Kids.Add(k)
		commitNew(t, db, s, p)
		p.Code = "B"
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "update code_p(code)")
		must(t, s.Commit(t.Context()))
		must(t, CodePs.Kids.Load(t.Context(), s, p))
		if kids, err := p.Kids.All(); err != nil || len(kids) != 1 || kids[0] != k || *k.PCode != "B" {
			t.Errorf("kids %v, %v, of %v", kids, err, *k.PCode)
		}
	})
}

func TestScenarioManyToManySelfReferential(t *testing.T) {
	onKin(t, func(t *testing.T, db *database, s *orm.Session) {
		n1, n2, n3 := &PointN{ID: 1}, &PointN{ID: 2}, &PointN{ID: 3}
		n1.Right.Add(n2, n3)
		n2.Right.Add(n3, n1)
		s.Add(n1)
		must(t, s.Commit(t.Context()))
		wantRows(t, db, kin.Table("edge"), "1 2", "1 3", "2 1", "2 3")
		must(t, PointNs.Left.Load(t.Context(), s, n3))
		if left, err := n3.Left.All(); err != nil || len(left) != 2 || left[0] != n1 || left[1] != n2 {
			t.Errorf("left of 3: %v, %v", left, err)
		}
		with, err := orm.Select(PointNs).Where(PointNs.Right.Any(PointNs.ID.Eq(3))).OrderBy(PointNs.ID.Asc()).All(t.Context(), s)
		if err != nil || len(with) != 2 || with[0] != n1 || with[1] != n2 {
			t.Errorf("with 3 at the right: %v, %v", with, err)
		}
	})
}

func TestScenarioAdjacencyListTree(t *testing.T) {
	on(t, []string{"memory", "postgres15", "mariadb"}, store, func(t *testing.T, db *database) {
		s := session(t, db)
		r, c1 := &Twig{Name: "r"}, &Twig{Name: "c1"}
		c1.Children.Add(&Twig{Name: "g1"})
		r.Children.Add(c1, &Twig{Name: "c2"})
		s.Add(r)
		must(t, s.Commit(t.Context()))
		got := rows(t, db, Twigs.Schema())
		same(t, "rows", strings.Join(got, ", "), "1 r NULL NULL, 2 c1 1 NULL, 3 c2 1 NULL, 4 g1 2 NULL")
	})
}

func TestScenarioAdjacencyLeafAddedFirst(t *testing.T) {
	on(t, []string{"memory", "postgres15", "mariadb"}, store, func(t *testing.T, db *database) {
		s := session(t, db)
		a, b, c, x := &Twig{Name: "a"}, &Twig{Name: "b"}, &Twig{Name: "c"}, &Twig{Name: "x"}
		b.Parent.Set(a)
		c.Parent.Set(b)
		s.Add(x)
		s.Add(c)
		must(t, s.Flush(t.Context()))
		same(t, "foreign keys", [2]int64{*b.ParentID, *c.ParentID}, [2]int64{a.ID, b.ID})
		same(t, "ids", x.ID, int64(1))
	})
}

func TestScenarioSelfRowReferencePostUpdate(t *testing.T) {
	on(t, []string{"memory", "postgres15", "mariadb"}, store, func(t *testing.T, db *database) {
		s := session(t, db)
		n := &Twig{Name: "n"}
		n.Favorite.Set(n)
		s.Add(n)
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "insert twigs(name,parent_id,favorite_id)", "update twigs(favorite_id)")
		m, o := &Twig{Name: "m"}, &Twig{Name: "o"}
		m.Favorite.Set(o)
		o.Favorite.Set(m)
		s.Add(m)
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "insert twigs(name,parent_id,favorite_id) x2", "update twigs(favorite_id)")
		same(t, "favorites", [3]int64{*n.FavoriteID, *m.FavoriteID, *o.FavoriteID}, [3]int64{n.ID, o.ID, m.ID})
	})
}

func TestScenarioCompositePKAndFK(t *testing.T) {
	onKin(t, func(t *testing.T, db *database, s *orm.Session) {
		ctx := t.Context()
		p, k := &PairP{A: 1, B: "x"}, &PairK{}
		p.Kids.Add(k, &PairK{})
		commitNew(t, db, s, p)
		s = another(t, db, s)
		p, err := orm.Get(ctx, s, PairPs, 1, "x")
		must(t, err)
		db.forget()
		again, err := orm.Get(ctx, s, PairPs, 1, "x")
		must(t, err)
		db.wantSent(t)
		must(t, PairPs.Kids.Load(ctx, s, p))
		kids, err := p.Kids.All()
		if err != nil || again != p || len(kids) != 2 {
			t.Fatalf("%v, %v, %v", again, kids, err)
		}
		db.forget()
		must(t, PairKs.P.Load(ctx, s, kids...))
		db.wantSent(t) // the session has it
		if of, err := kids[0].P.Get(); err != nil || of != p {
			t.Errorf("the kid is of %v, %v", of, err)
		}
		if _, err := orm.Get(ctx, s, PairPs, 1); err == nil || !strings.Contains(err.Error(), "2 columns in its primary key, and 1 values were given") {
			t.Errorf("half a key: %v", err)
		}
		k = kids[0]
		must(t, p.Kids.Remove(k))
		must(t, s.Flush(ctx))
		if k.PA != nil || k.PB != nil {
			t.Errorf("the kid references %v %v", k.PA, k.PB)
		}
		k.PA = &p.A
		must(t, s.Flush(ctx))
		must(t, PairKs.P.Load(ctx, s, k))
		if of, err := k.P.Get(); err != nil || of != nil {
			t.Errorf("by half a key the kid is of %v, %v", of, err)
		}
	})
}

func TestScenarioBackrefNoCascadeIntoSession(t *testing.T) {
	onKin(t, func(t *testing.T, db *database, s *orm.Session) {
		p, k, k2 := &ParentP{}, &KidK{}, &KidK{}
		s.Add(p)
		must(t, s.Flush(t.Context()))
		k.P.Set(p)
		must(t, s.Flush(t.Context()))
		wantState(t, s, k, orm.Transient)
		if kids, err := p.Kids.All(); err != nil || len(kids) != 0 {
			t.Errorf("kids %v, %v", kids, err)
		}
		p.Kids.Add(k2)
		must(t, s.Flush(t.Context()))
		wantState(t, s, k2, orm.Persistent)
	})
}

func TestScenarioAppendToUnloadedCollection(t *testing.T) {
	onKin(t, func(t *testing.T, db *database, s *orm.Session) {
		p := &ParentP{}
		p.Kids.Add(&KidK{}, &KidK{})
		commitNew(t, db, s, p)
		s = another(t, db, s)
		p, err := orm.Get(t.Context(), s, ParentPs, p.ID)
		must(t, err)
		k := &KidK{}
		s.Add(k)
		k.P.Set(p)
		db.forget()
		must(t, ParentPs.Kids.Load(t.Context(), s, p))
		db.wantSent(t, "insert k(pid)", "select k")
		if kids, err := p.Kids.All(); err != nil || len(kids) != 3 || kids[2] != k {
			t.Errorf("kids %v, %v", kids, err)
		}
	})
}

func TestScenarioCascadeExpungeAndRefresh(t *testing.T) {
	onKin(t, func(t *testing.T, db *database, s *orm.Session) {
		a, b := &OwnerA{}, &OwnedB{}
		a.Bs.Add(b)
		s.Add(a)
		must(t, s.Flush(t.Context()))
		s2 := session(t, db)
		s2.Add(a)
		if err := s2.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), "part of another session") {
			t.Errorf("got %v", err)
		}
		must(t, s.Expunge(a))
		if has, err := s.State(b); err != nil || has != orm.Detached {
			t.Errorf("what it owns is %v, %v", has, err)
		}
	})
}

// The key of a row that others reference changes where the constraint is
// deferred, and is refused by name where it is not.
func TestKeysThatOthersHold(t *testing.T) {
	on(t, []string{"memory", "postgres15", "postgres18"}, stamps, func(t *testing.T, db *database) {
		s := session(t, db)
		p := &StampP{Code: "A"}
		p.Kids.Add(&StampK{}, &StampK{})
		commitNew(t, db, s, p)
		s = another(t, db, s)
		p, err := orm.Get(t.Context(), s, StampPs, "A")
		must(t, err)
		p.Code = "B"
		must(t, s.Commit(t.Context()))
		wantRows(t, db, stamps.Table("stamp_k"), "1 B", "2 B")
	})
	onKin(t, func(t *testing.T, db *database, s *orm.Session) {
		pair := &PairP{A: 1, B: "x"}
		pair.Kids.Add(&PairK{})
		commitNew(t, db, s, pair)
		pair.B = "y"
		err := s.Flush(t.Context())
		var held *orm.EntityError
		if !errors.As(err, &held) || held.Field != "A" || !strings.Contains(err.Error(), "PairK(ID 1) references it") {
			t.Errorf("got %v", err)
		}
		must(t, s.Rollback(t.Context()))
		same(t, "the key", pair.B, "x")
	})
}
