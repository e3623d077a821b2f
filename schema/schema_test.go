package schema_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var (
	integer = sqltype.Integer{Bits: 32}
	bigint  = sqltype.Integer{Bits: 64}
	varchar = sqltype.String{Length: 20}
)

func col(name string, opts ...schema.Option) *schema.Column {
	return schema.NewColumn(name, bigint, opts...)
}

func key(opts ...schema.Option) *schema.Column {
	return col("id", append([]schema.Option{schema.PrimaryKey()}, opts...)...)
}

// TestDeclarationErrors lists what a declaration is refused for, in the words
// that it is refused in.
func TestDeclarationErrors(t *testing.T) {
	for _, tc := range []struct {
		items []schema.TableItem
		want  string
	}{
		{nil, `schema: table "t" has no columns`},
		{[]schema.TableItem{col("")}, `schema: table "t": a column has no name`},
		{[]schema.TableItem{key(), col("a"), col("a")}, `schema: table "t": column "a" is declared twice`},
		{[]schema.TableItem{key(), schema.UniqueOn("", "b")}, `schema: table "t": a constraint or index names column "b", which the table does not have`},
		{[]schema.TableItem{key(), schema.IndexOn("", "id", "id")}, `schema: table "t": a constraint or index names column "id" twice`},
		{[]schema.TableItem{key(), schema.PrimaryKeyOn("")}, `schema: table "t": a constraint or index names no columns`},
		{[]schema.TableItem{key(schema.DefaultValue(int64(1)), schema.DefaultValue(int64(2)))}, `schema: column "t.id": has two client defaults; keep one`},
		{[]schema.TableItem{key(schema.NewIdentity(), schema.ServerDefaultValue(int64(1)))}, `schema: column "t.id": has an Identity and a default; keep one`},
		{[]schema.TableItem{key(schema.NewIdentity(), schema.DefaultValue(int64(1)))}, `schema: column "t.id": has an Identity and a default; keep one`},
		{[]schema.TableItem{key(schema.NewIdentity(), schema.NewSequence("s"))}, `schema: column "t.id": has an Identity and a Sequence; keep one`},
		{[]schema.TableItem{key(schema.NewIdentity(), schema.NewIdentity())}, `schema: column "t.id": has two identities; keep one`},
		{[]schema.TableItem{key(schema.NewSequence("s"), schema.NewSequence("s"))}, `schema: column "t.id": has two sequences; keep one`},
		{[]schema.TableItem{key(schema.NewSequence("s"), schema.DefaultValue(int64(1)))}, `schema: column "t.id": has a Sequence and a client default; keep one`},
		{[]schema.TableItem{key(schema.NewSequence("s"), schema.ServerDefaultValue(int64(1)))}, `schema: column "t.id": has a Sequence and a server default; keep one`},
		{
			[]schema.TableItem{key(schema.Autoincrements(schema.AutoincrementYes), schema.ServerDefaultValue(int64(1)))},
			`schema: column "t.id": says autoincrement and has a server default; keep one`,
		},
		{
			[]schema.TableItem{key(schema.NewIdentity(), schema.Autoincrements(schema.AutoincrementNo))},
			`schema: column "t.id": has an Identity and says that it does not autoincrement`,
		},
		{
			[]schema.TableItem{schema.NewColumn("id", varchar, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementYes))},
			`schema: column "t.id": autoincrement needs an integer type, or a NUMERIC without digits after the point, not VARCHAR(20)`,
		},
		{
			[]schema.TableItem{col("a", schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementYes)), col("b", schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementYes))},
			`schema: table "t": columns a, b all say autoincrement; one may`,
		},
		{[]schema.TableItem{key(schema.NewSequence("s", schema.Increment(0)))}, `schema: column "t.id": an increment of 0 gives the same value for ever; use another`},
		{[]schema.TableItem{key(schema.NewSequence("s", schema.Cache(0)))}, `schema: column "t.id": a cache must be at least 1`},
		{[]schema.TableItem{key(schema.NewIdentity(schema.Min(5), schema.Max(4)))}, `schema: column "t.id": the smallest value 5 is above the largest 4`},
		{
			[]schema.TableItem{key(schema.NewIdentity(schema.Start(0)))},
			`schema: column "t.id": the start 0 is outside 1 to 9223372036854775807; set Min or Max, or use a wider type than BIGINT`,
		},
		{
			[]schema.TableItem{schema.NewColumn("id", sqltype.Integer{Bits: 16}, schema.PrimaryKey(), schema.NewIdentity(schema.Start(40000)))},
			`schema: column "t.id": the start 40000 is outside 1 to 32767; set Min or Max, or use a wider type than SMALLINT`,
		},
		{
			[]schema.TableItem{schema.NewColumn("id", integer, schema.PrimaryKey(), schema.NewSequence("s", schema.Max(1<<40)))},
			`schema: column "t.id": the limits 1 to 1099511627776 are wider than the type INTEGER`,
		},
		{[]schema.TableItem{schema.NewColumn("id", varchar, schema.NewSequence("s"))}, `schema: column "t.id": a sequence or identity needs an integer or whole numeric type, not VARCHAR(20)`},
	} {
		_, err := schema.NewTable(schema.NewMetaData(), "t", tc.items...)
		if err == nil || err.Error() != tc.want {
			t.Errorf("got %v, want %s", err, tc.want)
		}
	}
}

func TestAllErrorsOfATableAreTold(t *testing.T) {
	_, err := schema.NewTable(schema.NewMetaData(), "t", key(schema.NewSequence("s", schema.Increment(0))), col("n", schema.DefaultValue("x")), col("m", schema.NewIdentity(), schema.NewSequence("s2")))
	if err == nil || !strings.Contains(err.Error(), "t.id") || !strings.Contains(err.Error(), "t.m") {
		t.Errorf("got %v, want the errors of both columns", err)
	}
}

func TestTablesAreDeclaredOnce(t *testing.T) {
	m := schema.NewMetaData()
	first := schema.MustTable(m, "t", key())
	schema.MustTable(m, "t", schema.InSchema("other"), key())
	_, err := schema.NewTable(m, "t", key())
	if want := `schema: table "t" is declared twice in one MetaData`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if m.Table("t") != first || m.Table("other.t") == nil || m.Table("t") == m.Table("other.t") {
		t.Error("the tables are not found by their names")
	}
	defer func() {
		if recover() == nil {
			t.Error("MustTable did not panic")
		}
	}()
	schema.MustTable(m, "t", key())
}

func TestSequencesMayBeSharedOnlyAsTheSame(t *testing.T) {
	m := schema.NewMetaData()
	schema.MustTable(m, "a", key(schema.NewSequence("s", schema.Start(5))))
	if _, err := schema.NewTable(m, "b", key(schema.NewSequence("s", schema.Start(5)))); err != nil {
		t.Errorf("the same sequence is refused: %v", err)
	}
	_, err := schema.NewTable(m, "c", key(schema.NewSequence("s", schema.Start(6))))
	if want := `schema: column "c.id": schema: sequence "s" is declared twice with different options; share one *Sequence`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if len(m.Sequences()) != 1 {
		t.Errorf("got %d sequences, want one", len(m.Sequences()))
	}
	if !m.Table("a").Column("id").SharesSequence() {
		t.Error("a.id shares its sequence with b.id and does not know")
	}
}

func TestForeignKeysAreResolved(t *testing.T) {
	m := schema.NewMetaData()
	child := schema.MustTable(m, "child", key(), col("p", schema.ForeignKey("parent.id", schema.OnDelete(schema.Cascade))),
		schema.ForeignKeyOn([]string{"id", "p"}, "parent", []string{"a", "b"}))
	schema.MustTable(m, "parent", key(), col("a"), col("b"))
	if err := m.Resolve(); err != nil {
		t.Fatal(err)
	}
	fk := child.ForeignKeys
	for i, f := range fk {
		if f.References != m.Table("parent") {
			t.Errorf("key %d references %v", i, f.References)
		}
	}
	var names []string
	for _, f := range fk {
		names = append(names, f.Name)
	}
	if d := cmp.Diff(names, []string{"child_id_p_fkey", "child_p_fkey"}); d != "" {
		t.Errorf("names (-got +want):\n%s", d)
	}
}

func TestForeignKeyErrors(t *testing.T) {
	for _, tc := range []struct {
		items []schema.TableItem
		want  string
	}{
		{[]schema.TableItem{key(), col("p", schema.ForeignKey("nowhere.id"))}, `schema: table "t" has a foreign key to "nowhere", which is not declared in the same MetaData`},
		{[]schema.TableItem{key(), col("p", schema.ForeignKey("t.b"))}, `schema: table "t" has a foreign key to column "b" of "t", which that table does not have`},
		{[]schema.TableItem{key(), col("p", schema.ForeignKey("t"))}, `schema: column "t.p" has a foreign key to "t"; write it as "table.column"`},
		{[]schema.TableItem{key(), schema.ForeignKeyOn([]string{"id"}, "t", []string{"id", "id"})}, `schema: a foreign key of table "t" has 1 columns and references 2`},
	} {
		m := schema.NewMetaData()
		schema.MustTable(m, "t", tc.items...)
		for range 2 { // an error stays
			if err := m.Resolve(); err == nil || err.Error() != tc.want {
				t.Errorf("got %v, want %s", err, tc.want)
			}
		}
	}
	_, err := schema.NewTable(schema.NewMetaData(), "t", key(), col("p", schema.References(&schema.Int64{})))
	if want := `schema: column "t.p": references a column that is not declared yet; use schema.ForeignKey with its name`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestSortedTables(t *testing.T) {
	for name, tc := range map[string]struct {
		tables []string // table, then what it references
		want   string
		cyclic string
	}{
		"order of declaration":      {[]string{"a", "b", "c"}, "a b c", ""},
		"parents first":             {[]string{"a b", "b c", "c"}, "c b a", ""},
		"itself":                    {[]string{"a a", "b"}, "a b", ""},
		"cycle of two":              {[]string{"a b", "b a"}, "a b", "a.b"},
		"cycle of three":            {[]string{"a b", "b c", "c a"}, "a c b", "a.b"},
		"behind a cycle":            {[]string{"x a", "a b", "b a"}, "a x b", "a.b"},
		"before a cycle":            {[]string{"a b p", "b a", "p"}, "p a b", "a.b"},
		"two cycles":                {[]string{"a b", "b a", "c d", "d c"}, "a b c d", "a.b c.d"},
		"cycle that references one": {[]string{"a b", "b a c", "c d", "d c"}, "a c b d", "a.b c.d"},
	} {
		m := schema.NewMetaData()
		for _, line := range tc.tables {
			words := strings.Fields(line)
			items := []schema.TableItem{key()}
			for _, to := range words[1:] {
				items = append(items, col(to, schema.ForeignKey(to+".id")))
			}
			schema.MustTable(m, words[0], items...)
		}
		if err := m.Resolve(); err != nil {
			t.Fatal(err)
		}
		tables, cyclic := m.SortedTables()
		var got, cut []string
		for _, table := range tables {
			got = append(got, table.Name)
		}
		for _, fk := range cyclic {
			cut = append(cut, fk.Table.Name+"."+fk.References.Name)
		}
		if len(got) != len(tc.tables) {
			t.Errorf("%s: got %d tables, want %d", name, len(got), len(tc.tables))
		}
		if d := cmp.Diff(strings.Join(got, " "), tc.want); d != "" && tc.want != "" {
			t.Errorf("%s (-got +want):\n%s", name, d)
		}
		if d := cmp.Diff(strings.Join(cut, " "), tc.cyclic); d != "" {
			t.Errorf("%s, cut keys (-got +want):\n%s", name, d)
		}
	}
}

func TestNaming(t *testing.T) {
	m := schema.NewMetaData()
	build := func(m *schema.MetaData) (names []string) {
		table := schema.MustTable(m, "t", key(), col("a", schema.Unique(), schema.Indexed()), col("b", schema.ForeignKey("t.id")),
			schema.UniqueOn("given", "a", "b"), schema.IndexOn("", "a", "b"), schema.CheckOn("", expr.TRUE), schema.CheckOn("", expr.FALSE),
			schema.AddIndex(schema.Index{Terms: []expr.Order{{X: expr.SQL("a + b")}}, Name: "sum"}))
		if err := m.Resolve(); err != nil {
			t.Fatal(err)
		}
		names = append(names, table.PrimaryKey.Name)
		for _, u := range table.Uniques {
			names = append(names, u.Name)
		}
		for _, fk := range table.ForeignKeys {
			names = append(names, fk.Name)
		}
		for _, c := range table.Checks {
			names = append(names, c.Name)
		}
		for _, ix := range table.Indexes {
			names = append(names, ix.Name)
		}
		return names
	}
	want := []string{"t_pkey", "given", "t_a_key", "t_b_fkey", "t_check_1", "t_check_2", "t_a_b_idx", "sum", "t_a_idx"}
	if d := cmp.Diff(build(m), want); d != "" {
		t.Errorf("the convention (-got +want):\n%s", d)
	}
	custom := schema.NewMetaData()
	custom.Naming = schema.Naming{PrimaryKey: "pk_{table}", ForeignKey: "fk_{table}_{columns}_{referenced}", Index: "ix_{columns}"}
	want = []string{"pk_t", "given", "", "fk_t_b_t", "", "", "ix_a_b", "sum", "ix_a"}
	if d := cmp.Diff(build(custom), want); d != "" {
		t.Errorf("a convention of one's own (-got +want):\n%s", d)
	}
}

// A name that is too long is made shorter in the one way that later
// migrations rely on.
func TestNamesThatAreTooLongAreShortened(t *testing.T) {
	long := strings.Repeat("é", 30)
	table := schema.MustTable(schema.NewMetaData(), "t", key(), col(long+"a", schema.Unique()), col(long+"b", schema.Unique()),
		col(strings.Repeat("x", 57), schema.Unique()), col(strings.Repeat("x", 58), schema.Unique()))
	if err := table.MetaData().Resolve(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range table.Uniques {
		got = append(got, u.Name)
	}
	cut := "t_" + strings.Repeat("é", 26) + "_"
	want := []string{cut + "a4708b33", cut + "5a88cf4f", "t_" + strings.Repeat("x", 57) + "_key", "t_" + strings.Repeat("x", 52) + "_4ece13c6"}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("names (-got +want):\n%s", d)
	}
}

func TestWhichColumnTheDatabaseGenerates(t *testing.T) {
	for name, tc := range map[string]struct {
		items []schema.TableItem
		want  string
	}{
		"integer key":             {[]schema.TableItem{key()}, "id"},
		"text key":                {[]schema.TableItem{schema.NewColumn("id", varchar, schema.PrimaryKey())}, ""},
		"says no":                 {[]schema.TableItem{key(schema.Autoincrements(schema.AutoincrementNo))}, ""},
		"client default":          {[]schema.TableItem{key(schema.DefaultValue(int64(1)))}, ""},
		"server default":          {[]schema.TableItem{key(schema.ServerDefaultValue(int64(1)))}, ""},
		"default, but says yes":   {[]schema.TableItem{key(schema.DefaultValue(int64(1)), schema.Autoincrements(schema.AutoincrementYes))}, "id"},
		"foreign key":             {[]schema.TableItem{key(schema.ForeignKey("t.id"))}, ""},
		"foreign key of table":    {[]schema.TableItem{key(), schema.ForeignKeyOn([]string{"id"}, "t", []string{"id"})}, ""},
		"foreign key, says yes":   {[]schema.TableItem{key(schema.ForeignKey("t.id"), schema.Autoincrements(schema.AutoincrementYes))}, "id"},
		"composite":               {[]schema.TableItem{key(), col("b", schema.PrimaryKey())}, ""},
		"composite, one says yes": {[]schema.TableItem{key(), col("b", schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementYes))}, "b"},
		"sequence":                {[]schema.TableItem{key(schema.NewSequence("s"))}, "id"},
		"no key":                  {[]schema.TableItem{col("a")}, ""},
	} {
		table := schema.MustTable(schema.NewMetaData(), "t", tc.items...)
		got := ""
		if c := table.AutoincrementColumn(); c != nil {
			got = c.Name
		}
		if got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

func TestSequenceLimits(t *testing.T) {
	for name, tc := range map[string]struct {
		opts             []schema.SequenceOption
		typ              sqltype.Type
		low, high, start int64
	}{
		"plain":     {nil, nil, 1, 1<<63 - 1, 1},
		"integer":   {nil, integer, 1, 1<<31 - 1, 1},
		"down":      {[]schema.SequenceOption{schema.Increment(-1)}, integer, -1 << 31, -1, -1},
		"given":     {[]schema.SequenceOption{schema.Min(-5), schema.Max(5)}, integer, -5, 5, -5},
		"down, max": {[]schema.SequenceOption{schema.Increment(-2), schema.Max(9)}, nil, -1 << 63, 9, 9},
	} {
		s := schema.NewSequence("s", tc.opts...)
		low, high := s.Limits(tc.typ)
		if low != tc.low || high != tc.high || s.StartValue() != tc.start {
			t.Errorf("%s: got %d to %d from %d, want %d to %d from %d", name, low, high, s.StartValue(), tc.low, tc.high, tc.start)
		}
	}
}

func TestOptionalAndImpliedSequences(t *testing.T) {
	optional := schema.NewSequence("s")
	optional.Optional = true
	table := schema.MustTable(schema.NewMetaData(), "t", key(optional), col("n", optional), col("i", schema.NewIdentity(schema.Increment(3))))
	if table.Column("id").OwnSequence() != nil {
		t.Error("an optional sequence fills a key that the database generates")
	}
	if table.Column("n").OwnSequence() != optional {
		t.Error("an optional sequence does not fill a column that nothing else fills")
	}
	implied := table.Column("i").ImpliedSequence()
	if implied == nil || implied.FullName() != "t_i_seq" || implied.IncrementValue() != 3 {
		t.Errorf("got %+v", implied)
	}
	if table.Column("n").ImpliedSequence() != nil {
		t.Error("a column without Identity has a sequence of its own")
	}
}

func TestStructsOfColumns(t *testing.T) {
	type base struct {
		ID schema.Int64
	}
	var columns struct {
		base
		Name   schema.Text
		Plain  schema.Int32
		hidden schema.Int64
		Note   string
	}
	columns.ID = schema.BigInteger(schema.PrimaryKey())
	columns.Name = schema.String(20, schema.Named("called"), schema.Nullable())
	_ = columns.hidden
	found := schema.StructColumns(reflect.ValueOf(&columns))
	var names []string
	for i := range found {
		names = append(names, found[i].GoName)
		found[i].Name = strings.ToLower(found[i].GoName)
	}
	if d := cmp.Diff(names, []string{"ID", "Name", "Plain"}); d != "" {
		t.Errorf("fields (-got +want):\n%s", d)
	}
	m := schema.NewMetaData()
	table, defs, err := schema.DeclareTable(m, "t", found)
	if err != nil {
		t.Fatal(err)
	}
	if len(defs) != 3 || table.Column("called") != defs[1] || !defs[1].Nullable || defs[0].Nullable || defs[2].Type.String() != "INTEGER" {
		t.Errorf("got %+v", defs)
	}
	if columns.Name.Definition() != defs[1] || columns.ID.Definition() != defs[0] {
		t.Error("the struct's columns are not bound to the table")
	}
	aliased := columns
	alias := &expr.Alias{Of: table, Name: "a"}
	if err := schema.BindAlias(schema.StructColumns(reflect.ValueOf(&aliased)), alias); err != nil {
		t.Fatal(err)
	}
	of := func(x expr.Expression) expr.Source { return expr.Unwrap(x).(*expr.Column).From }
	if of(aliased.ID) != expr.Source(alias) || of(columns.ID) != expr.Source(table) {
		t.Error("the columns of an alias are those of the table")
	}
}

func TestUnknownColumnIsAnErrorOfTheStatement(t *testing.T) {
	table := schema.MustTable(schema.NewMetaData(), "t", key())
	k := &expr.Key{}
	table.C("nothing").AppendKey(k)
	if want := `schema: table "t" has no column "nothing"`; k.Err() == nil || k.Err().Error() != want {
		t.Errorf("got %v, want %s", k.Err(), want)
	}
}
