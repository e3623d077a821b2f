package cases

import (
	"time"

	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

const noFunction = "there is no such function"

var functions = []Case{
	columns("functions-case-cast-001", func(s *Schema) []expr.Expression {
		age := s.Users.Age
		return list(expr.CaseWhen(age.Lt(18), expr.Value("minor")).When(age.Lt(65), expr.Value("adult")).Else(expr.Value("senior")).As("grp"))
	}),
	columns("functions-case-cast-002", func(s *Schema) []expr.Expression {
		return list(expr.Switch(s.Users.Name, "a", expr.Value(int32(1))).When("b", expr.Value(int32(2))).Else(expr.Value(int32(0))))
	}),
	columns("functions-case-cast-003", func(s *Schema) []expr.Expression {
		return list(expr.CaseWhen(s.Users.Active, s.Users.ID))
	}),
	columns("functions-case-cast-005", func(s *Schema) []expr.Expression {
		u := s.Users
		return list(expr.Coalesce(u.Fullname, u.Name, expr.Value("n/a")), expr.NullIf(u.Age, expr.Value(int32(0))), expr.Greatest(u.Age, expr.Value(int32(1))))
	}),
	columns("functions-case-cast-009", func(s *Schema) []expr.Expression {
		return list(expr.TryCast[*int32](s.Users.Name, sqltype.Integer{Bits: 32}))
	}),
	columns("functions-case-cast-011", func(s *Schema) []expr.Expression {
		return list(expr.Fn[int32]("myschema.do_thing", s.Users.ID), expr.Fn[int32]("Foo.BarBaz", small(1)))
	}).
		differs("sqlite", failing(noFunction, "syntax error")).
		differs("postgresql", failing(noFunction, "does not exist")).
		differs("mariadb", failing(noFunction, "1305")),
	query("functions-case-cast-014", func(*Schema) *expr.Select {
		return expr.NewSelect(expr.SQL("x")).From(expr.FromFunc("gen", "g", small(1), small(2)))
	}).
		differs("sqlite", failing(noFunction, "no such table")).
		differs("postgresql", failing(noFunction, "does not exist")),
	query("functions-case-cast-016", func(s *Schema) *expr.Select {
		first := s.Users.Name.Substring(1, 3).Upper()
		return expr.NewSelect(first.As("u")).From(s.Users.From).GroupBy(first)
	}),
	users("functions-case-cast-017", func(u Users) []expr.Predicate {
		return all(expr.FnPred("is_ok", u.ID), expr.Not(expr.FnPred("is_bad", u.ID)))
	}).
		differs("sqlite", failing(noFunction, "no such function")).
		differs("postgresql", failing(noFunction, "does not exist")).
		differs("mariadb", failing(noFunction, "1305")),
	columns("functions-case-cast-018", func(s *Schema) []expr.Expression {
		return list(expr.CastTo[*time.Duration](s.Users.Name, sqltype.Interval{Precision: 6}))
	}).
		differs("postgresql", failing("the names are no intervals", "invalid input syntax")).
		differs("mariadb", giving("intervals are stored as whole numbers, which these names are not", "", "", "", "", "")),
	columns("functions-case-cast-019", func(s *Schema) []expr.Expression {
		name := s.Users.Name
		return list(
			expr.CastTo[*string](name, sqltype.Enum{Name: "ab", Labels: sqltype.NewLabels("a", "b")}),
			expr.CastTo[*[16]byte](name, sqltype.UUID{}), expr.CastTo[*time.Duration](name, sqltype.Time{}))
	}).
		differs("sqlite", failing("the names are no UUIDs", "no UUID")).
		differs("postgresql", failing("there is no such enumeration", "does not exist")),
	columns("functions-case-cast-020", func(s *Schema) []expr.Expression {
		return list(expr.CastTo[any](s.Users.Name, sqltype.JSON{}))
	}).
		differs("sqlite", giving("a document is text there, which a cast keeps", "ed", "wendy", "mary", "fred", "abab")).
		differs("postgresql", failing("the names are no documents", "invalid input syntax")),
	query("functions-case-cast-025", func(*Schema) *expr.Select { return ids(expr.SQL("select id from users")) }),
	query("functions-case-cast-026", func(*Schema) *expr.Text {
		return expr.SQL("select ':x', a::int from t where b = :b", expr.Named("b", int32(1)))
	}).
		differs("sqlite", failing("the cast is PostgreSQL's", "unrecognized token")).
		differs("postgresql", failing("there is no such table", "does not exist")).
		differs("mariadb", failing("the cast is PostgreSQL's", "1064")),
	query("functions-case-cast-027", func(*Schema) *expr.Select {
		return ids(expr.SQL("select id from users where id in :ids", expr.NamedList("ids", int32(1), 2, 3)))
	}),
}

// ids is a SELECT of the column id of raw SQL.
func ids(text *expr.Text) *expr.Select {
	q := expr.FromSQL("q", text)
	return expr.NewSelect(&expr.Column{From: q, Name: "id", Codec: sqltype.CodecOf[int32](sqltype.Integer{Bits: 32})})
}

// pgt is the table of PostgreSQL's own types.
type pgt struct {
	from                         expr.Source
	id, j, arr, tags, rng, h, ts expr.Expression
}

func newPGT() pgt {
	t := schema.MustTable(schema.NewMetaData(), "pgt",
		schema.NewColumn("id", sqltype.Integer{Bits: 32}, schema.PrimaryKey()),
		schema.NewColumn("j", postgres.JSONB()),
		schema.NewColumn("arr", sqltype.Array{Elem: sqltype.Integer{Bits: 32}}),
		schema.NewColumn("tags", sqltype.Array{Elem: sqltype.Text{}}),
		schema.NewColumn("rng", postgres.INT4RANGE()),
		schema.NewColumn("h", postgres.HSTORE()),
		schema.NewColumn("ts", postgres.TSVECTOR()))
	return pgt{from: t, id: t.C("id"), j: t.C("j"), arr: t.C("arr"), tags: t.C("tags"), rng: t.C("rng"), h: t.C("h"), ts: t.C("ts")}
}

// pg is a SELECT from the table of PostgreSQL's own types, for the others refuse
// its operators.
func pg(name string, build func(t pgt) ([]expr.Expression, []expr.Predicate)) Case {
	return query(name, func(*Schema) *expr.Select {
		t := newPGT()
		columns, where := build(t)
		return expr.NewSelect(columns...).From(t.from).Where(where...)
	})
}

func ints(xs ...int32) expr.Expression {
	list := make([]expr.Expression, len(xs))
	for i, x := range xs {
		list[i] = expr.Value(x)
	}
	return postgres.ArrayOf(sqltype.Integer{Bits: 32}, list...)
}

func between(lower, upper int32) expr.Expression {
	return expr.NewBind(sqltype.CodecOf[postgres.Range[int32]](postgres.INT4RANGE()), postgres.Between(lower, upper))
}

func oneOf(x expr.Expression, in ...expr.Expression) expr.Expression {
	return &expr.In{X: expr.Unwrap(x), List: in}
}

const noPGT = "the table is PostgreSQL's"

var jsonAndArrays = []Case{
	columns("json-array-001", func(s *Schema) []expr.Expression { return list(expr.JSONOf(s.Docs.Data).Key("k").JSON()) }),
	columns("json-array-005", func(s *Schema) []expr.Expression {
		data := expr.JSONOf(s.Docs.Data)
		return list(data.Key("i").Int(), data.Key("f").Float(), data.Key("b").Bool())
	}).differs("mariadb", giving("a value that is not there is NULL, not false", "7|1.5|1", "NULL|NULL|NULL", "NULL|NULL|NULL")),
	columns("json-array-006", func(s *Schema) []expr.Expression {
		return list(expr.JSONOf(s.Docs.Data).Key("i").Decimal(10, 4))
	}),
	query("json-array-007", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Docs.ID).Where(expr.JSONOf(s.Docs.Data).Key("a").Key("b").Int().Gt(5))
	}).differs("postgresql", failing("the value is an array", "invalid input syntax")),
	columns("json-array-008", func(s *Schema) []expr.Expression {
		return list(expr.JSONOf(s.Docs.Data).Key("a").Key("b").JSON())
	}),
	query("json-array-009", func(s *Schema) *expr.Select {
		return expr.NewSelect(s.Docs.ID).Where(expr.JSONEq(expr.JSONOf(s.Docs.Data).Key("k"), map[string][]int{"x": {1, 2}}))
	}),
	pg("json-array-014", func(t pgt) ([]expr.Expression, []expr.Predicate) {
		j := expr.JSONOf(t.j)
		number := expr.CastTo[*int32](j.Key("a").Index(0).Text(), sqltype.Integer{Bits: 32})
		return list(j.Key("a").JSON(), j.Key("a").Key("b").JSON(), j.Key("a").Text(), number), nil
	}).
		differs("sqlite", failing(noPGT, "no such table")).
		differs("mariadb", failing(noPGT, "doesn't exist")),
	pg("json-array-015", func(t pgt) ([]expr.Expression, []expr.Predicate) {
		z := expr.NewBind(sqltype.CodecOf[map[string]int](postgres.JSONB()), map[string]int{"z": 1})
		return list(postgres.WithoutPath(t.j, "a", "b"), postgres.PathExists(t.j, "$.a"), postgres.PathMatches(t.j, "$.a > 1"),
			postgres.Join(t.j, z), postgres.Without(t.j, "k")), nil
	}),
	pg("json-array-016", func(t pgt) ([]expr.Expression, []expr.Predicate) {
		return list(postgres.Element(t.arr, 1), postgres.Slice(t.arr, 2, 3)),
			all(postgres.Contains(t.arr, ints(1)), postgres.ContainedBy(t.arr, ints(1, 2)), postgres.Overlaps(t.arr, ints(4)))
	}),
	pg("json-array-019", func(t pgt) ([]expr.Expression, []expr.Predicate) {
		tags := postgres.ArrayOf(sqltype.Text{}, expr.Value("a"), expr.Value("b"))
		same := &expr.Binary{Op: expr.OpEq, L: &expr.Cast{X: t.tags, Type: sqltype.Array{Elem: sqltype.Text{}}}, R: tags}
		return list(t.id), all(expr.NewPred(same), expr.NewPred(oneOf(t.arr, ints(1), ints(2))))
	}),
	pg("json-array-021", func(t pgt) ([]expr.Expression, []expr.Predicate) {
		return list(t.id), all(postgres.Contains(t.rng, expr.Value(int32(5))), postgres.Overlaps(t.rng, between(1, 5)), postgres.Adjacent(t.rng, between(5, 9)))
	}),
	pg("json-array-022", func(t pgt) ([]expr.Expression, []expr.Predicate) {
		return list(postgres.HstoreValue(t.h, "k"), &expr.Func{Name: "array_to_json", Args: list(expr.Unwrap(postgres.HstoreKeys(t.h))), Type: sqltype.JSON{}},
			postgres.HasKey(t.h, "a"), postgres.Contains(t.h, postgres.HstoreOf(map[string]string{"a": "1"}))), nil
	}),
	pg("json-array-023", func(t pgt) ([]expr.Expression, []expr.Predicate) {
		found := postgres.TextMatches(postgres.ToTSVector("english", word("x")), postgres.ToTSQuery("english", "a & b"))
		return list(found, expr.Search("foo", t.ts)), nil
	}),
}
