package orm_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/orm"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Crate has all kinds of relationships.
type Crate struct {
	ID    int64
	Name  string
	InID  *int64
	In    orm.One[Crate]
	Inner orm.Many[Crate]
	Goods orm.Many[Good]
	Cover orm.One[Cover]
	Marks orm.Many[Mark]
}

// Good has a field of each kind of value.
type Good struct {
	ID      int64
	CrateID int64
	Crate   orm.One[Crate]
	Big     *int64
	Small   int16
	Exact   *sqltype.Decimal
	Float   float64
	Single  float32
	Yes     *bool
	Name    string
	Padded  *string
	Blob    []byte
	Day     *time.Time
	Wall    time.Time
	Moment  *time.Time
	Clock   time.Duration
	Span    time.Duration
	Key     uuid.UUID
	Color   *Color
	Tags    any
	Size    GoodSize
	Double  float64
	Secret  orm.Deferred[string]
	Parts   orm.Many[GoodPart]
}

type GoodSize struct{ Height, Width int32 }

type GoodPart struct {
	ID     int64
	GoodID int64
	Name   string
}

type Cover struct {
	ID      int64
	CrateID int64
	Text    string
}

type Mark struct {
	ID   int64
	Name string
}

type CrateMark struct{ CrateID, MarkID int64 }

type crateTable struct {
	orm.Table[Crate]
	ID    schema.Int64
	Name  schema.Text
	InID  schema.Int64
	In    orm.BelongsTo[Crate, Crate]
	Inner orm.HasMany[Crate, Crate]
	Goods orm.HasMany[Crate, Good]
	Cover orm.HasOne[Crate, Cover]
	Marks orm.ManyToMany[Crate, Mark]
}

type goodSizeColumns struct {
	orm.Composite[GoodSize]
	Height, Width schema.Int32
}

type goodTable struct {
	orm.Table[Good]
	ID      schema.Int64
	CrateID schema.Int64
	Crate   orm.BelongsTo[Good, Crate]
	Big     schema.Int64
	Small   schema.Int16
	Exact   schema.Decimal
	Float   schema.Float64
	Single  schema.Float32
	Yes     schema.Bool
	Name    schema.Text
	Padded  schema.Text
	Blob    schema.Bytes
	Day     schema.Time
	Wall    schema.Time
	Moment  schema.Time
	Clock   schema.Clock
	Span    schema.Clock
	Key     schema.UUID
	Color   schema.TextOf[Color]
	Tags    schema.JSON[any]
	Size    goodSizeColumns
	Double  orm.Property[float64]
	Secret  schema.Text
	Parts   orm.HasMany[Good, GoodPart]
}

type goodPartTable struct {
	orm.Table[GoodPart]
	ID     schema.Int64
	GoodID schema.Int64
	Name   schema.Text
}

type coverTable struct {
	orm.Table[Cover]
	ID      schema.Int64
	CrateID schema.Int64
	Text    schema.Text
}

type markTable struct {
	orm.Table[Mark]
	ID   schema.Int64
	Name schema.Text
}

type crateMarkTable struct {
	orm.Table[CrateMark]
	CrateID schema.Int64
	MarkID  schema.Int64
}

var (
	crates = orm.NewBase()
	Crates = orm.Declare(crates, "crates", crateTable{
		ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(40), InID: schema.BigInteger(schema.ForeignKey("crates.id")),
		Marks: orm.ManyToMany[Crate, Mark]{}.Over("crate_marks"),
	})
	Goods = orm.Declare(crates, "goods", goodTable{
		ID: schema.BigInteger(schema.PrimaryKey()), CrateID: schema.BigInteger(schema.ForeignKey("crates.id")),
		Exact: schema.Numeric(15, 4), Name: schema.LongString(), Padded: schema.String(8), Blob: schema.LargeBinary(), Day: schema.Date(),
		Wall: schema.DateTime(), Moment: schema.Timestamp(), Clock: schema.TimeOfDay(), Span: schema.Interval(),
		Color: schema.EnumOf("good_color", []Color{"red", "green"}), Tags: schema.JSONOf[any](), Secret: schema.String(20),
		Double: orm.PropertyOf(func(t *goodTable) expr.Of[float64] { return t.Float.Mul(2) }),
	})
	GoodParts  = orm.Declare(crates, "good_parts", goodPartTable{ID: schema.BigInteger(schema.PrimaryKey()), GoodID: schema.BigInteger(schema.ForeignKey("goods.id")), Name: schema.String(20)})
	Covers     = orm.Declare(crates, "covers", coverTable{ID: schema.BigInteger(schema.PrimaryKey()), CrateID: schema.BigInteger(schema.ForeignKey("crates.id"), schema.Unique()), Text: schema.String(40)})
	Marks      = orm.Declare(crates, "marks", markTable{ID: schema.BigInteger(schema.PrimaryKey()), Name: schema.String(20)})
	CrateMarks = orm.Declare(crates, "crate_marks", crateMarkTable{
		CrateID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("crates.id")), MarkID: schema.BigInteger(schema.PrimaryKey(), schema.ForeignKey("marks.id")),
	})
)

var hardLetters = []rune("aZ9 '\"\\/\b\n\r\t\x01\x1f{}[],:äß€😀\u2028\u2029\ufeff0x")

func randomText(r *rand.Rand, most int) string {
	var b strings.Builder
	for range r.IntN(most + 1) {
		b.WriteRune(hardLetters[r.IntN(len(hardLetters))])
	}
	return b.String()
}

// maybe is NULL at times.
func maybe[T any](r *rand.Rand, v T) *T {
	if r.IntN(4) == 0 {
		return nil
	}
	return &v
}

func randomFloat(r *rand.Rand) float64 {
	f := math.Float64frombits(r.Uint64())
	if math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) > 1e300 || math.Abs(f) < 1e-300 {
		return r.NormFloat64()
	}
	return f
}

func randomGood(r *rand.Rand) *Good {
	at := time.Unix(r.Int64N(8e9)-4e9, int64(r.IntN(1e6))*1000).UTC()
	documents := []any{"null", true, 1.5, "a\"b", []any{nil, "x", 2.0}, map[string]any{"k": []any{}, "\\": nil}}
	w := &Good{
		Big: maybe(r, []int64{math.MaxInt64, math.MinInt64, 1<<53 + 1, r.Int64()}[r.IntN(4)]), Small: int16(r.Uint32()),
		Exact: maybe(r, sqltype.MustParseDecimal(fmt.Sprintf("%d.%04d", r.Int64N(2e10)-1e10, r.IntN(1e4)))),
		Float: randomFloat(r), Single: float32(r.NormFloat64()), Yes: maybe(r, r.IntN(2) == 0),
		Name: randomText(r, 30), Padded: maybe(r, "ab  "), Blob: make([]byte, r.IntN(20)),
		Day: maybe(r, at.Truncate(24*time.Hour)), Wall: at, Moment: maybe(r, at.Add(time.Hour)), Clock: time.Duration(r.Int64N(86_400_000_000)) * time.Microsecond,
		Span: time.Duration(r.Int64N(1e15)) * time.Microsecond, Key: uuid.New(), Color: maybe(r, Color([]string{"red", "green"}[r.IntN(2)])),
		Tags: documents[r.IntN(len(documents))], Size: GoodSize{r.Int32(), r.Int32()},
	}
	for i := range w.Blob {
		w.Blob[i] = byte(r.Uint32())
	}
	for range r.IntN(3) {
		w.Parts.Add(&GoodPart{Name: randomText(r, 10)})
	}
	return w
}

// stack fills the tables with crates of random wares.
func stack(t *testing.T, db *database, r *rand.Rand, wares int) {
	t.Helper()
	s := session(t, db)
	marks := []*Mark{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	var last *Crate
	for wares > 0 {
		c := &Crate{Name: randomText(r, 20)}
		if last != nil && r.IntN(2) == 0 {
			c.In.Set(last)
		}
		if r.IntN(2) == 0 {
			c.Cover.Set(&Cover{Text: randomText(r, 20)})
		}
		for _, m := range marks {
			if r.IntN(2) == 0 {
				c.Marks.Add(m)
			}
		}
		n := r.IntN(6)
		for range n {
			c.Goods.Add(randomGood(r))
		}
		wares -= n
		s.Add(c)
		last = c
	}
	must(t, s.Commit(t.Context()))
	must(t, s.Close(t.Context()))
}

// unstack takes all crates away, and what is in them.
func unstack(t *testing.T, db *database) {
	t.Helper()
	s := session(t, db)
	_, err := orm.Update(Crates).Set(Crates.InID.SetNull()).Where(expr.All()).Exec(t.Context(), s)
	must(t, err)
	for _, remove := range []func(context.Context, *orm.Session) (int64, error){
		orm.Delete(CrateMarks).Where(expr.All()).Exec, orm.Delete(Marks).Where(expr.All()).Exec, orm.Delete(Covers).Where(expr.All()).Exec,
		orm.Delete(GoodParts).Where(expr.All()).Exec, orm.Delete(Goods).Where(expr.All()).Exec, orm.Delete(Crates).Where(expr.All()).Exec,
	} {
		_, err := remove(t.Context(), s)
		must(t, err)
	}
	must(t, s.Commit(t.Context()))
	must(t, s.Close(t.Context()))
}

// crateText tells a crate with all that is loaded of it.
func crateText(c *Crate) string {
	if c == nil {
		return "none"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "crate %d %q", c.ID, c.Name)
	if in, err := c.In.Get(); err == nil {
		fmt.Fprint(&b, " in ", in != nil && in.ID == *c.InID)
	}
	if cover, err := c.Cover.Get(); err == nil && cover != nil {
		fmt.Fprintf(&b, " cover %q", cover.Text)
	}
	if marks, err := c.Marks.All(); err == nil {
		for _, m := range marks {
			b.WriteString(" " + m.Name)
		}
	}
	if wares, err := c.Goods.All(); err == nil {
		for _, w := range wares {
			b.WriteString("\n  " + goodText(w))
		}
	}
	if inner, err := c.Inner.All(); err == nil {
		for _, x := range inner {
			b.WriteString("\n  holds " + crateText(x))
		}
	}
	return b.String()
}

func orNull[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func goodText(w *Good) string {
	var b strings.Builder
	_, secret := w.Secret.Get()
	fmt.Fprintf(&b, "%d %d %v %d %v %v %v %v %q %q %x %v %v %v %v %v %v %v %#v %v %v %v", w.ID, w.CrateID, orNull(w.Big), w.Small, orNull(w.Exact), w.Float, w.Single, orNull(w.Yes),
		w.Name, orNull(w.Padded), w.Blob, orNull(w.Day), w.Wall, orNull(w.Moment), w.Clock, w.Span, w.Key, orNull(w.Color), w.Tags, w.Size, w.Double, secret)
	if c, err := w.Crate.Get(); err == nil {
		fmt.Fprint(&b, " of ", c.ID)
	}
	if parts, err := w.Parts.All(); err == nil {
		for _, p := range parts {
			fmt.Fprintf(&b, " part %d %q", p.ID, p.Name)
		}
	}
	return b.String()
}

// cratePlan says what is loaded, at random, by JSON or by statements of their own.
func cratePlan(r *rand.Rand, asJSON bool) orm.Query[Crate] {
	manyOr := func(w orm.HasMany[Crate, Good]) orm.HasMany[Crate, Good] {
		if asJSON {
			return w.JSON()
		}
		return w
	}
	in, inner, cover, marks, parts, of := Crates.In, Crates.Inner, Crates.Cover, Crates.Marks, Goods.Parts, Goods.Crate
	if asJSON {
		in, inner, cover, marks, parts, of = in.JSON(), inner.JSON(), cover.JSON(), marks.JSON(), parts.JSON(), of.JSON()
	}
	wares := manyOr(Crates.Goods.OrderBy(Goods.Small.Desc(), Goods.ID.Asc()))
	switch r.IntN(3) {
	case 0:
		wares = wares.Limit(1 + r.IntN(3)).With(parts.OrderBy(GoodParts.Name.Desc().Last(), GoodParts.ID.Asc()).Limit(2))
	case 1:
		wares = wares.Where(Goods.Yes.IsNotNull(), Goods.Parts.Any()).With(parts, of)
	}
	marks = marks.OrderBy(Marks.Name.Desc())
	if r.IntN(2) == 0 {
		marks = marks.Where(Marks.Name.Ne("b")).Limit(1)
	}
	if r.IntN(2) == 0 {
		inner = inner.Depth(1 + r.IntN(3))
	}
	q := orm.Select(Crates).OrderBy(Crates.ID.Asc()).With(in, inner.With(cover, wares), cover, marks, wares)
	if r.IntN(2) == 0 {
		q = q.Limit(1 + r.IntN(5)).Offset(r.IntN(5))
	}
	if r.IntN(2) == 0 {
		q = q.NoTrack()
	}
	return q
}

// TestRelationshipsAsJSON compares what comes as JSON with what statements of
// their own bring, of values of every kind.
func TestRelationshipsAsJSON(t *testing.T) {
	everywhere(t, crates, func(t *testing.T, db *database) {
		seed := soak.Seed(t)
		r := rand.New(rand.NewPCG(seed, 1))
		const plans, wares = 30, 200 // of a round: each plan reads all there is
		count, wrong := soak.Count(100*plans), 1
		defer func() { soak.Report(t, "orm/relationships as JSON/"+db.name, count, wrong, seed) }()
		for i := range count {
			if i%plans == 0 {
				unstack(t, db)
				stack(t, db, r, wares)
			}
			plan := r.Uint64()
			texts := [2]string{crateTexts(t, db, plan, true), crateTexts(t, db, plan, false)}
			if texts[0] != texts[1] {
				t.Fatalf("seed %d, by JSON (-), by statements (+):\n%s", seed, diff(strings.Split(texts[0], "\n"), strings.Split(texts[1], "\n")))
			}
		}
		wrong = 0
	})
}

// crateTexts tells the crates that a plan reads.
func crateTexts(t *testing.T, db *database, plan uint64, asJSON bool) string {
	t.Helper()
	s := session(t, db, orm.ReadOnly())
	db.forget()
	list, err := cratePlan(rand.New(rand.NewPCG(plan, 2)), asJSON).All(t.Context(), s)
	must(t, err)
	if asJSON {
		db.wantSent(t, "select crates")
	}
	var b strings.Builder
	for _, c := range list {
		b.WriteString(crateText(c) + "\n")
	}
	must(t, s.Close(t.Context()))
	return b.String()
}

// TestJSONLoaders shows what else such a loader meets: joins within it and beside
// it, locks, criteria, loads by themselves, and a text that the database cuts off.
func TestJSONLoaders(t *testing.T) {
	everywhere(t, archive, func(t *testing.T, db *database) {
		ctx := t.Context()
		s := session(t, db)
		one, two, gone := &Cabinet{Tenant: 1}, &Cabinet{Tenant: 2}, &Tome{Flagged: Flagged{Deleted: true}}
		one.Kids.Add(&Tome{}, gone, &Tome{})
		two.Kids.Add(&Tome{})
		orm.AddAll(s, one, two)
		must(t, s.Commit(ctx))
		kids := func(list []*Cabinet, err error) (counts string) {
			t.Helper()
			must(t, err)
			for _, c := range list {
				kids, err := c.Kids.All()
				must(t, err)
				counts += fmt.Sprint(c.Tenant, ":", len(kids), " ")
			}
			return counts
		}
		q := orm.Select(Cabinets).OrderBy(Cabinets.ID.Asc()).With(Cabinets.Kids.JSON())
		for name, c := range map[string]struct {
			q    orm.Query[Cabinet]
			want string
		}{
			"criteria":      {q, "1:2 2:1 "},
			"no criteria":   {q.Unrestricted(), "1:3 2:1 "},
			"a lock":        {q.ForUpdate(), "1:2 2:1 "},
			"a join":        {q.Join(Cabinets.Kids), "1:2 1:2 2:1 "},
			"a join within": {orm.Select(Cabinets).OrderBy(Cabinets.ID.Asc()).With(Cabinets.Kids.JSON().With(Tomes.Cabinet.Joined())), "1:2 2:1 "},
			"no track":      {q.NoTrack(), "1:2 2:1 "},
		} {
			if db.isSQLite() && name == "a lock" {
				continue
			}
			s = another(t, db, s)
			same(t, name, kids(c.q.All(ctx, s)), c.want)
			db.wantSent(t, "select cabinets")
		}
		s = another(t, db, s)
		tomes, err := orm.Select(Tomes).OrderBy(Tomes.ID.Asc()).With(Tomes.Cabinet.Joined().With(Cabinets.Kids.JSON())).All(ctx, s)
		must(t, err)
		db.wantSent(t, "select tomes")
		c, err := tomes[0].Cabinet.Get()
		same(t, "within a join", kids([]*Cabinet{c}, err), "1:2 ")
		must(t, Cabinets.Kids.JSON().Load(ctx, s, c))
		db.wantSent(t, "select tomes")
		if _, err := orm.Select(Cabinets).With(Cabinets.Kids.JSON().Limit(1).With(Tomes.Cabinet.With(Cabinets.Kids), Tomes.Cabinet.Joined().With(Cabinets.Kids.Joined()))).All(ctx, s); err == nil || !strings.Contains(err.Error(), "say JSON in their place too") {
			t.Errorf("got %v, want an error: the rows of joins would count", err)
		}
	})
}

// TestJSONThatTheDatabaseCutsOff is told, wherever the cut is.
func TestJSONThatTheDatabaseCutsOff(t *testing.T) {
	on(t, []string{"mariadb"}, archive, func(t *testing.T, db *database) {
		ctx := t.Context()
		conn, err := db.Conn(ctx)
		must(t, err)
		defer conn.Close()
		s := orm.NewSession(conn)
		c := &Cabinet{Tenant: 1}
		for range 9 {
			c.Kids.Add(&Tome{})
		}
		s.Add(c)
		must(t, s.Commit(ctx))
		for length := 4; length < 40; length++ {
			run(t, conn, fmt.Sprint("SET SESSION group_concat_max_len = ", length))
			_, err := orm.Select(Cabinets).With(Cabinets.Kids.JSON()).All(ctx, s)
			if err == nil || !strings.Contains(err.Error(), "orm_test.Cabinet.Kids") || !strings.Contains(err.Error(), "group_concat_max_len") {
				t.Errorf("%d bytes: got %v, want an error that names the field and the limit", length, err)
			}
			must(t, s.Rollback(ctx))
		}
		must(t, s.Close(ctx))
	})
}
