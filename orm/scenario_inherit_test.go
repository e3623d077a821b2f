package orm_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// The staff of the scenarios of inheritance: engineers and managers are employees
// with a table of their own each, and a boss is a manager with one more.
type (
	StaffCo struct {
		ID   int64
		Emps orm.Many[StaffEmp]
	}
	StaffEmp struct {
		ID   int64
		Name string
		Type string
		CoID *int64
	}
	StaffEng struct {
		StaffEmp
		Lang string
	}
	StaffMgr struct {
		StaffEmp
		Level int64
	}
	StaffBoss struct {
		StaffMgr
		Golf int64
	}
)

type (
	staffCoTable struct {
		orm.Table[StaffCo]
		ID   schema.Int64
		Emps orm.HasMany[StaffCo, StaffEmp]
	}
	staffEmpCols[E any] struct {
		ID   schema.Int64
		Name schema.Text
		Type schema.Text
		CoID schema.Int64
	}
	staffEmpTable struct {
		orm.Table[StaffEmp]
		staffEmpCols[StaffEmp]
	}
	staffEngTable struct {
		orm.Table[StaffEng]
		staffEmpCols[StaffEng]
		Lang schema.Text
	}
	staffMgrCols[E any] struct {
		staffEmpCols[E]
		Level schema.Int64
	}
	staffMgrTable struct {
		orm.Table[StaffMgr]
		staffMgrCols[StaffMgr]
	}
	staffBossTable struct {
		orm.Table[StaffBoss]
		staffMgrCols[StaffBoss]
		Golf schema.Int64
	}
)

func (t *staffEmpTable) Discriminator() orm.Discriminator { return orm.DiscriminatedBy(t.Type, "emp") }

// staffModel is the hierarchy, with the derived tables placed as a scenario says.
type staffModel struct {
	base   *orm.Base
	cos    *staffCoTable
	emps   *staffEmpTable
	engs   *staffEngTable
	mgrs   *staffMgrTable
	bosses *staffBossTable
}

func newStaff(place func(orm.Placement) orm.Placement) *staffModel {
	base := orm.NewBase()
	m := &staffModel{base: base}
	m.cos = orm.Declare(base, "co", staffCoTable{ID: schema.BigInteger(schema.PrimaryKey())})
	m.emps = orm.Declare(base, "emp", staffEmpTable{staffEmpCols: staffEmpCols[StaffEmp]{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(50), Type: schema.String(20),
		CoID: schema.BigInteger(schema.Nullable(), schema.ForeignKey("co.id")),
	}})
	m.engs = orm.Inherit(m.emps, place(orm.JoinedTable("eng", "eng")), staffEngTable{Lang: schema.String(20)})
	m.mgrs = orm.Inherit(m.emps, place(orm.JoinedTable("mgr", "mgr")), staffMgrTable{})
	m.bosses = orm.Inherit(m.mgrs, place(orm.JoinedTable("boss", "boss")), staffBossTable{})
	return m
}

var (
	staffJoined   = newStaff(func(p orm.Placement) orm.Placement { return p })
	staffSelectIn = newStaff(orm.Placement.SelectIn)
)

// models says of which base the staff's types are meant.
func (m *staffModel) session(t *testing.T, db *database, opts ...orm.SessionOption) *orm.Session {
	return session(t, db, append(opts, orm.Models(m.base))...)
}

// fill adds an employee, an engineer, a manager and a boss to a company.
func (m *staffModel) fill(t *testing.T, db *database) {
	t.Helper()
	s := orm.NewSession(db, orm.Models(m.base))
	co := &StaffCo{}
	co.Emps.Add(&StaffEmp{Name: "e"}, orm.Up[StaffEmp](&StaffEng{StaffEmp: StaffEmp{Name: "g"}, Lang: "go"}),
		orm.Up[StaffEmp](&StaffMgr{StaffEmp: StaffEmp{Name: "m"}, Level: 1}),
		orm.Up[StaffEmp](&StaffBoss{StaffMgr: StaffMgr{StaffEmp: StaffEmp{Name: "b"}, Level: 2}, Golf: 7}))
	s.Add(co)
	must(t, s.Commit(t.Context()))
	must(t, s.Close(t.Context()))
	db.forget()
}

// kinds names the types of entities.
func kindsOf(list []*StaffEmp) []string {
	var out []string
	for _, e := range list {
		out = append(out, reflect.TypeOf(orm.WholeOf(e)).Elem().Name())
	}
	return out
}

func TestScenarioJoinedInheritanceInsertDelete(t *testing.T) {
	everywhere(t, staffJoined.base, func(t *testing.T, db *database) {
		m := staffJoined
		s := m.session(t, db)
		a, c := &StaffEng{StaffEmp: StaffEmp{Name: "a"}, Lang: "go"}, &StaffEng{StaffEmp: StaffEmp{Name: "c"}, Lang: "py"}
		b := &StaffBoss{StaffMgr: StaffMgr{StaffEmp: StaffEmp{Name: "b"}, Level: 1}, Golf: 2}
		d := &StaffEmp{Name: "d"}
		for _, e := range []any{a, b, c, d} {
			s.Add(e)
		}
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "insert emp(name,type,co_id) x4", "insert eng(id,lang) x2", "insert mgr(id,level)", "insert boss(id,golf)")
		same(t, "ids", fmt.Sprint(a.ID, b.ID, c.ID, d.ID), "1 2 3 4")
		same(t, "types", strings.Join([]string{a.Type, b.Type, c.Type, d.Type}, " "), "eng boss eng emp")
		must(t, s.Commit(t.Context()))
		wantRows(t, db, m.emps.Schema(), "1 a eng NULL", "2 b boss NULL", "3 c eng NULL", "4 d emp NULL")
		wantRows(t, db, m.engs.Schema(), "1 go", "3 py")
		wantRows(t, db, m.bosses.Schema(), "2 2")
		db.forget()
		got, err := orm.Select(m.bosses).One(t.Context(), s)
		must(t, err)
		if got != b {
			t.Error("the boss is another object")
		}
		db.forget()
		b.Golf = 9
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "update boss(golf)")
		b.Name, b.Level = "bb", 5
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "update emp(name)", "update mgr(level)")
		s.Delete(b)
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "delete boss", "delete mgr", "delete emp")
		must(t, s.Rollback(t.Context()))
		same(t, "the boss after the rollback", fmt.Sprint(*b), "{{{2 b boss <nil>} 1} 2}")
	})
}

func TestScenarioJoinedInheritanceBaseQuery(t *testing.T) {
	everywhere(t, staffJoined.base, func(t *testing.T, db *database) {
		m := staffJoined
		m.fill(t, db)
		s := m.session(t, db)
		es, err := orm.Select(m.emps).OrderBy(m.emps.ID.Asc()).All(t.Context(), s)
		must(t, err)
		same(t, "types", fmt.Sprint(kindsOf(es)), "[StaffEmp StaffEng StaffMgr StaffBoss]")
		eng, ok := orm.As[StaffEng](es[1])
		if !ok || eng.Lang != "go" {
			t.Errorf("the engineer: %v", eng)
		}
		boss, ok := orm.As[StaffBoss](es[3])
		if !ok || boss.Golf != 7 || boss.Level != 2 {
			t.Errorf("the boss: %v", boss)
		}
		if _, ok := orm.As[StaffEng](es[3]); ok {
			t.Error("the boss is an engineer")
		}
		if mgr, ok := orm.As[StaffMgr](es[3]); !ok || mgr != &boss.StaffMgr {
			t.Error("the boss is no manager")
		}
		if n := len(db.statements()); n != 1 {
			t.Errorf("%d statements", n)
		}
		must(t, s.Close(t.Context()))
		s = m.session(t, db)
		mgrs, err := orm.Select(m.mgrs).OrderBy(m.mgrs.ID.Asc()).All(t.Context(), s)
		if err != nil || len(mgrs) != 2 || mgrs[0].Name != "m" || mgrs[1].Name != "b" {
			t.Errorf("managers %v, %v", mgrs, err)
		}
		engs, err := orm.Select(m.engs).Where(m.engs.Name.Eq("g")).All(t.Context(), s)
		if err != nil || len(engs) != 1 || engs[0].Lang != "go" {
			t.Errorf("engineers %v, %v", engs, err)
		}
	})
}

func TestScenarioPolymorphicLoadInline(t *testing.T) {
	everywhere(t, staffJoined.base, func(t *testing.T, db *database) {
		m := staffJoined
		m.fill(t, db)
		s := m.session(t, db)
		es, err := orm.Select(m.emps).OrderBy(m.emps.ID.Asc()).All(t.Context(), s)
		must(t, err)
		eng, _ := orm.As[StaffEng](es[1])
		boss, _ := orm.As[StaffBoss](es[3])
		same(t, "values", fmt.Sprintln(eng.Lang, boss.Golf), "go 7\n")
		if n := len(db.statements()); n != 1 {
			t.Errorf("%d statements", n)
		}
	})
}

func TestScenarioSelectinPolymorphicOption(t *testing.T) {
	everywhere(t, staffSelectIn.base, func(t *testing.T, db *database) {
		m := staffSelectIn
		m.fill(t, db)
		s := m.session(t, db)
		co, err := orm.Select(m.cos).With(m.cos.Emps.OrderBy(m.emps.ID.Asc())).One(t.Context(), s)
		must(t, err)
		es, err := co.Emps.All()
		must(t, err)
		eng, _ := orm.As[StaffEng](es[1])
		mgr, _ := orm.As[StaffMgr](es[2])
		boss, _ := orm.As[StaffBoss](es[3])
		same(t, "values", fmt.Sprintln(eng.Lang, mgr.Level, boss.Level, boss.Golf), "go 1 2 7\n")
		if sent := db.statements(); len(sent) > 5 {
			t.Errorf("statements %v", sent)
		}
		boss.Golf++
		must(t, s.Flush(t.Context()))
		db.wantSent(t, "update boss(golf)")
		must(t, s.Commit(t.Context()))
		if again, err := orm.Get(t.Context(), s, m.emps, boss.ID); err != nil || again != &boss.StaffEmp || boss.Golf != 8 {
			t.Errorf("the boss, got again: %v, %v", again, err)
		}
	})
}

// The rows of concrete tables: each type has its own, with all columns.
type (
	ConcreteE struct {
		ID   int64
		Name string
	}
	ConcreteM struct {
		ConcreteE
		Lvl int64
	}
	concreteECols struct {
		ID   schema.Int64
		Name schema.Text
	}
	concreteETable struct {
		orm.Table[ConcreteE]
		concreteECols
	}
	concreteMTable struct {
		orm.Table[ConcreteM]
		concreteECols
		Lvl schema.Int64
	}
)

func (t *concreteETable) Discriminator() orm.Discriminator { return orm.EachItsTable() }

var (
	concrete   = orm.NewBase()
	ConcreteEs = orm.Declare(concrete, "e", concreteETable{concreteECols: concreteECols{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20)}})
	ConcreteMs = orm.Inherit(ConcreteEs, orm.ConcreteTable("m"), concreteMTable{concreteECols: concreteECols{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20)}})
)

func TestScenarioConcreteInheritance(t *testing.T) {
	everywhere(t, concrete, func(t *testing.T, db *database) {
		s := session(t, db)
		s.Add(&ConcreteE{Name: "a"})
		s.Add(&ConcreteM{ConcreteE: ConcreteE{Name: "b"}, Lvl: 3})
		must(t, s.Commit(t.Context()))
		db.wantSent(t, "insert e(name)", "insert m(name,lvl)", "COMMIT")
		s = another(t, db, s)
		all, err := orm.Select(ConcreteEs).OrderBy(ConcreteEs.Name.Asc()).All(t.Context(), s)
		must(t, err)
		m, ok := orm.As[ConcreteM](all[1])
		if len(all) != 2 || all[0].Name != "a" || !ok || m.Name != "b" || m.Lvl != 3 || m.ID != 1 || all[0].ID != 1 {
			t.Errorf("all: %v, %v", all, m)
		}
		only, err := orm.Select(ConcreteMs).One(t.Context(), s)
		if err != nil || only != m {
			t.Errorf("the one of the derived table: %v, %v", only, err)
		}
		if n := len(db.statements()); n != 2 {
			t.Errorf("%d statements", n)
		}
	})
}

// The rows whose type is told by an expression.
type (
	KindA struct {
		ID   int64
		Kind int64
		What string `db:"-"`
	}
	KindOne          struct{ KindA }
	kindACols[E any] struct {
		ID   schema.Int64
		Kind schema.Int64
		What orm.Property[string]
	}
	kindATable struct {
		orm.Table[KindA]
		kindACols[KindA]
	}
	kindOneTable struct {
		orm.Table[KindOne]
		kindACols[KindOne]
	}
)

func (t *kindATable) Discriminator() orm.Discriminator { return orm.DiscriminatedBy(t.What, "other") }

func (t *kindATable) Properties() {
	t.What.Define(expr.CaseWhen(t.Kind.Eq(1), expr.Value("one")).Else(expr.Value("other")))
}

var (
	byExpression = orm.NewBase()
	KindAs       = orm.Declare(byExpression, "a", kindATable{kindACols: kindACols[KindA]{ID: schema.BigInteger(schema.PrimaryKey())}})
	KindOnes     = orm.Inherit(KindAs, orm.SingleTable("one"), kindOneTable{})
)

func TestScenarioPolymorphicOnExpression(t *testing.T) {
	everywhere(t, byExpression, func(t *testing.T, db *database) {
		s := session(t, db)
		s.Add(&KindA{Kind: 5})
		s.Add(&KindOne{KindA{Kind: 1}})
		must(t, s.Commit(t.Context()))
		db.wantSent(t, "insert a(kind) x2", "COMMIT")
		s = another(t, db, s)
		all, err := orm.Select(KindAs).OrderBy(KindAs.ID.Asc()).All(t.Context(), s)
		must(t, err)
		_, first := orm.As[KindOne](all[0])
		one, second := orm.As[KindOne](all[1])
		if len(all) != 2 || first || !second || one.Kind != 1 || one.What != "one" {
			t.Errorf("all: %v %v %v", all, first, one)
		}
		ones, err := orm.Select(KindOnes).All(t.Context(), s)
		if err != nil || !slices.Equal(ones, []*KindOne{one}) {
			t.Errorf("ones: %v, %v", ones, err)
		}
	})
}

// The engineers that have skills, by a table between the two.
type (
	SkilledEmp struct {
		ID   int64
		Type string
	}
	SkilledEng struct {
		SkilledEmp
		Skills orm.Many[SkillS]
	}
	SkillS struct {
		ID   int64
		N    string
		Engs orm.Many[SkilledEng]
	}
	EngSkill       struct{ EID, SID int64 }
	skilledEmpCols struct {
		ID   schema.Int64
		Type schema.Text
	}
	skilledEmpTable struct {
		orm.Table[SkilledEmp]
		skilledEmpCols
	}
	skilledEngTable struct {
		orm.Table[SkilledEng]
		skilledEmpCols
		Skills orm.ManyToMany[SkilledEng, SkillS]
	}
	skillSTable struct {
		orm.Table[SkillS]
		ID   schema.Int64
		N    schema.Text
		Engs orm.ManyToMany[SkillS, SkilledEng]
	}
	engSkillTable struct {
		orm.Table[EngSkill]
		EID, SID schema.Int64
	}
)

func (t *skilledEmpTable) Discriminator() orm.Discriminator {
	return orm.DiscriminatedBy(t.Type, "emp")
}

var (
	skilled     = orm.NewBase()
	SkilledEmps = orm.Declare(skilled, "emp", skilledEmpTable{skilledEmpCols: skilledEmpCols{
		ID: schema.BigInteger(schema.PrimaryKey()), Type: schema.String(20),
	}})
	SkilledEngs = orm.Inherit(SkilledEmps, orm.JoinedTable("eng", "eng"), skilledEngTable{Skills: orm.ManyToMany[SkilledEng, SkillS]{}.Over("em")})
	SkillSs     = orm.Declare(skilled, "skill", skillSTable{ID: schema.BigInteger(schema.PrimaryKey()), N: schema.String(20), Engs: orm.ManyToMany[SkillS, SkilledEng]{}.Over("em")})
	EngSkills   = orm.Declare(skilled, "em", engSkillTable{
		EID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("eng.id")), SID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("skill.id")),
	})
)

func TestScenarioJoinedInheritanceCompositeKeyM2m(t *testing.T) {
	everywhere(t, skilled, func(t *testing.T, db *database) {
		s := session(t, db)
		sql, golang := &SkillS{N: "sql"}, &SkillS{N: "go"}
		one, two := &SkilledEng{}, &SkilledEng{}
		one.Skills.Add(sql, golang)
		two.Skills.Add(sql)
		s.Add(one)
		s.Add(two)
		s.Add(&SkilledEmp{})
		must(t, s.Flush(t.Context()))
		sent := strings.Replace(strings.Join(db.statements(), "; "), "em(sid,eid)", "em(eid,sid)", 1) // whichever side tells
		same(t, "statements", sent, "insert emp(type) x3; insert eng(id) x2; insert skill(n) x2; insert em(eid,sid) x3")
		must(t, s.Commit(t.Context()))
		with, err := orm.Select(SkilledEngs).Where(SkilledEngs.Skills.Any(SkillSs.N.Eq("go"))).All(t.Context(), s)
		if err != nil || len(with) != 1 || with[0] != one {
			t.Errorf("with go: %v, %v", with, err)
		}
		must(t, SkillSs.Engs.Load(t.Context(), s, sql))
		if engs, err := sql.Engs.All(); err != nil || !slices.Equal(engs, []*SkilledEng{one, two}) {
			t.Errorf("engineers: %v, %v", engs, err)
		}
		s = another(t, db, s)
		engs, err := orm.Select(SkilledEngs).With(SkilledEngs.Skills.OrderBy(SkillSs.ID.Asc())).OrderBy(SkilledEngs.ID.Asc()).All(t.Context(), s)
		must(t, err)
		if skills, err := engs[0].Skills.All(); err != nil || len(engs) != 2 || len(skills) != 2 || skills[1].N != "go" {
			t.Errorf("skills: %v, %v", skills, err)
		}
	})
}
