package orm_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Maker and Motor are mapped on tables that were made without them.
type Maker struct {
	ID     int64
	Title  string `db:"name"`
	Motors orm.Many[Motor]
	Opened int `db:"-"`
}

type Motor struct {
	ID    int64
	From  int64
	Power *int32
	Maker orm.One[Maker]
}

type makerTable struct {
	orm.Table[Maker]
	ID     schema.Int64
	Title  schema.Text
	Motors orm.HasMany[Maker, Motor]
}

type motorTable struct {
	orm.Table[Motor]
	ID    schema.Int64
	From  schema.Int64
	Power schema.Int32
	Maker orm.BelongsTo[Motor, Maker]
}

// Mount is a motor of which no more is known than whose it is.
type Mount struct{ ID, MakerID int64 }

var (
	bigint                   = sqltype.Integer{Bits: 64}
	works                    = schema.NewMetaData()
	makersTable, motorsTable = worksIn(works)
	workBase                 = orm.NewBase(orm.Over(works))
	Mounts                   = orm.MapOn[Mount](workBase, motorsTable)
	Makers                   = orm.DeclareOn(workBase, makersTable, makerTable{Title: schema.String(20, schema.Named("name"))})
	Motors                   = orm.DeclareOn(workBase, motorsTable, motorTable{From: schema.BigInteger(schema.Named("maker_id"))})
)

// worksIn makes the tables as a program does that knows no entities.
func worksIn(m *schema.MetaData) (makers, motors *schema.Table) {
	makers = schema.MustTable(m, "makers",
		schema.NewColumn("id", bigint, schema.PrimaryKey()), schema.NewColumn("name", sqltype.String{Length: 20}, schema.NotNull()),
		schema.NewColumn("country", sqltype.String{Length: 2}, schema.ServerDefault(expr.SQL("'AT'"))))
	motors = schema.MustTable(m, "motors",
		schema.NewColumn("id", bigint, schema.PrimaryKey()), schema.NewColumn("maker_id", bigint, schema.NotNull(), schema.ForeignKey("makers.id")),
		schema.NewColumn("power", sqltype.Integer{Bits: 32}), schema.NewColumn("note", sqltype.Text{}))
	return makers, motors
}

func TestEntitiesOnTablesThatAreThere(t *testing.T) {
	everywhere(t, workBase, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		m := &Maker{Title: "Puch"}
		m.Motors.Add(&Motor{Power: ptr(int32(2))}, &Motor{})
		s.Add(m)
		must(t, s.Commit(ctx))
		wantRows(t, db, makersTable, "1 Puch AT")
		run(t, db, "UPDATE motors SET note = 'old' WHERE id = 1")
		s = another(t, db, s)
		got, err := orm.Select(Motors).Where(Motors.Maker.Has(Makers.Title.Eq("Puch"))).OrderBy(Motors.ID.Asc()).With(Motors.Maker).All(ctx, s)
		must(t, err)
		got[0].Power = ptr(int32(3))
		must(t, s.Commit(ctx))
		wantRows(t, db, motorsTable, "1 1 3 old", "2 1 NULL NULL")
		list, err := orm.Select(Mounts).OrderBy(orm.Column(Mounts, func(x *Mount) *int64 { return &x.ID }).Desc()).All(ctx, s)
		must(t, err)
		same(t, "by tags", fmt.Sprint(*list[0], *list[1]), "{2 1} {1 1}")
	})
}

func TestEntitiesThatDoNotFitTheirTable(t *testing.T) {
	type strange struct {
		ID    int64 `db:",pk"`
		Other string
	}
	meta := schema.NewMetaData()
	makers, motors := worksIn(meta)
	base, elsewhere := orm.NewBase(orm.Over(meta)), orm.NewBase()
	orm.MapOn[strange](base, makers)
	orm.DeclareOn(base, motors, motorTable{From: schema.BigInteger(schema.Named("maker_id"), schema.Indexed()), Power: schema.Integer(schema.Named("note"))})
	orm.DeclareOn(elsewhere, makers, makerTable{})
	err := errors.Join(base.Check(), elsewhere.Check())
	for _, want := range []string{
		`ID: says more than the name of its column, which the table makers has declared: leave "pk" out`, `Other: has no column "other" in the table makers`,
		`has no field for the column "name"`, `the literal says more of the column "maker_id"`, `the column "note" is a TEXT, and the literal says INTEGER`,
		`the table makers, which is none of the Base`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want also %s", err, want)
		}
	}
}

// loose is mapped to a table whose key the database does not know.
type loose struct {
	A, B  int64
	Place struct{ X, Y int64 } `db:"at_,embed"`
	Score int64
	Cache string `db:"-"`
}

// TestOptionsOfAMapping shows what options of a mapper say elsewhere: a key that
// the table does not have, what is left out, prefixes, defaults that come back,
// rows that are counted, and objects that are read anew.
func TestOptionsOfAMapping(t *testing.T) {
	base := orm.NewBase()
	table := orm.Declare(base, "loose_rows", looseTable{
		A: schema.BigInteger(schema.PrimaryKey()), B: schema.BigInteger(schema.PrimaryKey()), Place: looseAt{X: schema.BigInteger(schema.Named("at_x")), Y: schema.BigInteger(schema.Named("at_y"))},
		Score: schema.BigInteger(schema.ServerDefault(expr.SQL("7")), schema.ZeroIsUnset()),
	})
	everywhere(t, nil, func(t *testing.T, db *database) {
		ctx := t.Context()
		run(t, db, "CREATE TABLE loose_rows (a BIGINT NOT NULL, b BIGINT NOT NULL, at_x BIGINT NOT NULL, at_y BIGINT NOT NULL, score BIGINT DEFAULT 7 NOT NULL, unknown BIGINT)")
		s := session(t, db)
		one, two := &loose{A: 1, B: 1, Cache: "kept"}, &loose{A: 2, B: 2}
		orm.AddAll(s, one, two)
		must(t, s.Commit(ctx))
		same(t, "a default comes back with the INSERT", one.Score, 7)
		got, err := orm.Get(ctx, s, table, int64(1), int64(1))
		must(t, err)
		same(t, "one row, one object", got == one && got.Cache == "kept", true)
		one.Score, one.Place.X = 8, 3
		must(t, s.Flush(ctx))
		one.Score = 9
		if _, err := orm.Select(table).PopulateExisting().All(ctx, s); err != nil || one.Score != 9 { // it was flushed first
			t.Errorf("got %v, %v, want 9", one.Score, err)
		}
		must(t, s.Commit(ctx))
		wantRows(t, db, table.Schema(), "1 1 3 0 9", "2 2 0 0 7")
		run(t, db, "DELETE FROM loose_rows WHERE b = 2")
		s.Delete(two)
		var stale *orm.StaleError
		if err := s.Flush(ctx); !errors.As(err, &stale) || stale.Rows != 0 {
			t.Errorf("got %v, want an error: the row is gone", err)
		}
	})
}

type looseAt struct {
	orm.Composite[struct{ X, Y int64 }]
	X, Y schema.Int64
}

type looseTable struct {
	orm.Table[loose]
	A, B  schema.Int64
	Place looseAt
	Score schema.Int64
}
