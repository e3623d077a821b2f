package orm_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
)

// Timestamps are the fields of a mixin.
type Timestamps struct {
	CreatedAt time.Time
	UpdatedAt sql.NullTime
}

type timestampColumns struct {
	CreatedAt schema.Time
	UpdatedAt schema.Time
}

// Constraints is told by the mixin for every table that embeds it.
func (timestampColumns) Constraints() []schema.TableItem {
	return []schema.TableItem{schema.IndexOn("", "created_at")}
}

// ownerColumns are another mixin.
type ownerColumns struct{ OwnerID schema.Num[PersonID] }

// Constraints refers to a table that is declared elsewhere.
func (ownerColumns) Constraints() []schema.TableItem {
	return []schema.TableItem{schema.ForeignKeyOn([]string{"owner_id"}, "people", []string{"id"})}
}

// PersonID and Title are types of the program's own.
type (
	PersonID int64
	Title    string
)

// Person is mapped by a struct of columns.
type Person struct {
	Timestamps
	ID       PersonID
	Title    Title
	HTTPName string
	Age      *int16
	hidden   int
	Skipped  chan int `db:"-"`
}

type personTable struct {
	orm.Table[Person]
	timestampColumns
	ID       schema.Num[PersonID]
	Title    schema.TextOf[Title]
	HTTPName schema.Text
	Age      schema.Int16
}

// Tagged is the same, mapped by tags.
type Tagged struct {
	Timestamps
	ID       PersonID
	Title    Title  `db:",size=40"`
	HTTPName string `db:"www,size=50,unique"`
	Age      *int16
	hidden   int
	Skipped  chan int `db:"-"`
}

// Car has two mixins and constraints of its own.
type Car struct {
	ID        int64
	OwnerID   PersonID
	CreatedAt time.Time
	UpdatedAt sql.NullTime
	Plate     string
}

type carTable struct {
	orm.Table[Car]
	ownerColumns
	timestampColumns
	ID    schema.Int64
	Plate schema.Text
}

// Constraints are the car's own.
func (*carTable) Constraints() []schema.TableItem {
	return []schema.TableItem{schema.UniqueOn("one_plate", "plate", "owner_id")}
}

var (
	spellings = orm.NewBase()
	Cars      = orm.Declare(spellings, "cars", carTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Plate: schema.String(10),
	})
	People = orm.Declare(spellings, "people", personTable{
		ID: schema.IntegerOf[PersonID](64, schema.PrimaryKey()), Title: schema.StringOf[Title](40),
		HTTPName: schema.String(50, schema.Named("www"), schema.Unique()),
	})
	Taggeds = orm.Map[Tagged](spellings, "tagged")
)

func TestMixinsTellTheirConstraints(t *testing.T) {
	must(t, spellings.Check())
	table := Cars.Schema()
	same(t, "foreign keys", len(table.ForeignKeys), 1)
	same(t, "references", table.ForeignKeys[0].References.Name, "people")
	same(t, "indexes", len(table.Indexes), 1)
	same(t, "unique", table.Uniques[0].Name, "one_plate")
	same(t, "indexes of people", len(People.Schema().Indexes), 1)
}

func TestBothSpellingsMakeTheSameTable(t *testing.T) {
	must(t, spellings.Check())
	a, b := People.Schema(), Taggeds.Schema()
	for i, c := range a.Columns() {
		d := b.Columns()[i]
		if c.Name != d.Name || c.Type != d.Type || c.Nullable != d.Nullable || c.IsPrimaryKey() != d.IsPrimaryKey() {
			t.Errorf("column %d: got %s %s %v, and %s %s %v", i, c.Name, c.Type, c.Nullable, d.Name, d.Type, d.Nullable)
		}
	}
	same(t, "names", columnsWithoutID(a), "updated_at,id,title,www,age")
}

// spelling is what a scenario needs of either.
type spelling[T any] struct {
	src   orm.Source[T]
	title expr.TextOf[Title]
	name  expr.TextOf[string]
	age   expr.Num[*int16]
	id    expr.Num[PersonID]
	fresh func(title Title) *T
	ids   func(e *T) PersonID
}

func TestBothSpellingsServeTheSame(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	everywhere(t, spellings, func(t *testing.T, db *database) {
		scenario(t, db, spelling[Person]{
			People, People.Title.TextOf, People.HTTPName.TextOf, orm.NumColumn(People, func(p *Person) **int16 { return &p.Age }), People.ID.Num,
			func(title Title) *Person {
				return &Person{Title: title, HTTPName: string(title), Timestamps: Timestamps{CreatedAt: now}, Age: ptr(int16(7)), hidden: 1}
			},
			func(e *Person) PersonID { return e.ID },
		})
		scenario(t, db, spelling[Tagged]{
			Taggeds, orm.TextColumn(Taggeds, func(p *Tagged) *Title { return &p.Title }), orm.TextColumn(Taggeds, func(p *Tagged) *string { return &p.HTTPName }),
			orm.NumColumn(Taggeds, func(p *Tagged) **int16 { return &p.Age }), orm.NumColumn(Taggeds, func(p *Tagged) *PersonID { return &p.ID }),
			func(title Title) *Tagged {
				return &Tagged{Title: title, HTTPName: string(title), Timestamps: Timestamps{CreatedAt: now}, Age: ptr(int16(7)), hidden: 1}
			},
			func(e *Tagged) PersonID { return e.ID },
		})
	})
}

func scenario[T any](t *testing.T, db *database, sp spelling[T]) {
	t.Helper()
	ctx := t.Context()
	s := session(t, db)
	a, b := sp.fresh("a"), sp.fresh("b")
	orm.AddAll(s, a, b)
	must(t, s.Flush(ctx))
	got, err := orm.Select(sp.src).Where(sp.title.Eq("b"), sp.name.Like("%b%"), sp.age.Eq(ptr(int16(7))), sp.id.Gt(sp.ids(a))).One(ctx, s)
	must(t, err)
	if got != b {
		t.Errorf("%T: got another entity", b)
	}
	got, err = orm.Get(ctx, s, sp.src, sp.ids(a))
	must(t, err)
	if got != a {
		t.Errorf("%T: got another entity", a)
	}
	s.Delete(a)
	must(t, s.Commit(ctx))
	n, err := orm.Select(sp.src).OrderBy(sp.title.Asc()).Count(ctx, s)
	must(t, err)
	same(t, "count", n, 1)
	must(t, s.Close(ctx))
}

// Bad and Zero are entities whose declarations are full of mistakes.
type (
	Bad struct {
		ID      int64
		Name    string
		Lost    string
		Count   int64
		Doc     map[string]int
		Pointer *string
		Unset   int64
	}
	nameTwice struct{ Name schema.Text }
	badTable  struct {
		orm.Table[Bad]
		nameTwice
		ID      schema.Int64
		Name    schema.Text
		Count   schema.Text
		Doc     schema.Val[map[string]int]
		Missing schema.Int64
		Pointer schema.Text
	}
	Zero struct {
		ID    int64
		Count int64
		Other int64
		Ref   int64
		Key   uuid.UUID
	}
	zeroTable struct {
		orm.Table[Zero]
		ID, Count, Other, Ref schema.Int64
		Key                   schema.UUID
	}
	Chan struct {
		ID int64
		C  chan int
		D  string `db:",colour=red"`
	}
)

// modelErrors are what they are refused for, each with its way out.
var modelErrors = []string{
	"Bad.Name: has two columns", "Bad.Lost: has no column", "Bad.Missing: is a column, but", "Bad.Count: is a int64, and its column is of string",
	`field Doc: sqltype: the Go type map[string]int does not say its SQL type`, "Bad.Unset: has no column",
	`Zero.Count: column "count" is filled by the database or a default, and the zero of int64 may mean "not set" or be meant: ` +
		"say schema.ZeroIsUnset() or schema.ZeroIsValue() on the column", "Zero.Other: says ZeroIsUnset, but nothing fills",
	`foreign key to "nothing"`, `table "zero" is declared twice`, "Chan.C: ", `Chan.D: the tag option "colour=red" is not known`,
}

func TestEveryModelErrorAtOnce(t *testing.T) {
	base := orm.NewBase()
	bad := orm.Declare(base, "bad", badTable{})
	orm.Declare(base, "zero", zeroTable{
		Count: schema.BigInteger(schema.DefaultValue(int64(1))), Other: schema.BigInteger(schema.ZeroIsUnset()),
		Ref: schema.BigInteger(schema.ForeignKey("nothing.id")), ID: schema.BigInteger(schema.PrimaryKey()),
	})
	orm.Declare(base, "zero", zeroTable{ID: schema.BigInteger(schema.PrimaryKey())})
	orm.Map[Chan](base, "chans")
	err := base.Check()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range modelErrors {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the errors lack %q", want)
		}
	}
	if t.Failed() {
		t.Logf("got:\n%v", err)
	}
	db := open(t, "memory")
	s := session(t, db)
	if _, got := orm.Select(bad).All(t.Context(), s); got == nil || got.Error() != err.Error() {
		t.Errorf("first use: got %v, want the same errors", got)
	}
	if got := db.CreateAll(t.Context(), base.MetaData); got == nil || !strings.Contains(got.Error(), "Bad.Lost") {
		t.Errorf("CreateAll: got %v, want the errors of the declaration", got)
	}
	db.wantSent(t)
}

func TestWhatIsNotDeclaredNeverPanics(t *testing.T) {
	db := open(t, "memory")
	s := session(t, db)
	var undeclared userTable
	var none *userTable
	ctx := t.Context()
	for name, q := range map[string]orm.Query[User]{
		"a struct": orm.Select(&undeclared), "a nil pointer": orm.Select(none), "an empty query": {},
		"a column":   orm.Select(Users).Where(undeclared.Name.Eq("x")),
		"its order":  orm.Select(Users).OrderBy(undeclared.Name.Asc()),
		"accessor":   orm.Select(Users).Where(orm.Column(&undeclared, func(u *User) *string { return &u.Name }).Eq("x")),
		"not mapped": orm.Select(Users).Where(orm.Column(Users, func(*User) *int { return new(int) }).Eq(1)),
		"an alias":   orm.Select(orm.Alias(&undeclared, "a")),
	} {
		if _, err := q.All(ctx, s); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if undeclared.Schema() != nil || undeclared.Name.Definition() != nil {
		t.Error("an undeclared struct has a table")
	}
	if _, err := orm.Get(ctx, s, none, 1); err == nil {
		t.Error("get: no error")
	}
	type Referrer struct{ ID int64 }
	type referrerTable struct {
		orm.Table[Referrer]
		ID schema.Int64
	}
	base := orm.NewBase()
	orm.Declare(base, "refers", referrerTable{ID: schema.BigInteger(schema.PrimaryKey(), schema.References(undeclared.ID))})
	if err := base.Check(); err == nil || !strings.Contains(err.Error(), "not declared yet") {
		t.Errorf("got %v, want an error of the reference", err)
	}
	db.wantSent(t)
}

func TestATypeThatIsMappedTwice(t *testing.T) {
	type Thing struct{ ID int64 }
	a, b := orm.NewBase(), orm.NewBase()
	things := orm.Map[Thing](a, "things")
	others := orm.Map[Thing](b, "others")
	everywhere(t, a, func(t *testing.T, db *database) {
		must(t, db.CreateAll(t.Context(), b.MetaData))
		s := session(t, db)
		s.Add(&Thing{ID: 1})
		if err := s.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), "orm.Into") {
			t.Errorf("got %v, want an error that names orm.Into", err)
		}
		must(t, s.Rollback(t.Context()))
		s.Add(&Thing{ID: 1}, orm.Into(things))
		other := &Thing{ID: 2}
		s.Add(other, orm.Into(others))
		must(t, s.Commit(t.Context()))
		s.Delete(other)
		must(t, s.Commit(t.Context()))
		must(t, s.Close(t.Context()))
		s = session(t, db, orm.Models(b))
		s.Add(&Thing{ID: 3})
		must(t, s.Commit(t.Context()))
		wantRows(t, db, things.Schema(), "1")
		wantRows(t, db, others.Schema(), "3")
	})
}
