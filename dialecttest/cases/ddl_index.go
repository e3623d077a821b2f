package cases

import (
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

func usersMade(s *Schema) []schema.Element {
	return []schema.Element{schema.CreateTable{Table: s.Users.Table}}
}

// indexed is CREATE INDEX on users.
func indexed(make func(s *Schema) schema.Index) func(*Schema) []schema.Element {
	return func(s *Schema) []schema.Element {
		ix := make(s)
		ix.Table = s.Users.Table
		return []schema.Element{schema.CreateIndex{Index: &ix}}
	}
}

func numbered() *schema.Table { return alone("q", column("a", int32Type)) }

func numberedMade(*Schema) []schema.Element {
	return []schema.Element{schema.CreateTable{Table: numbered()}}
}

var ddlIndexes = []Case{
	ddl("ddl-index-constraint-002", func(s *Schema) []schema.Element {
		ix := &schema.Index{Name: "ix_u_ua", Table: s.Users.Table, Terms: []expr.Order{s.Users.Name.Asc(), s.Users.Age.Asc()}, Unique: true}
		return []schema.Element{schema.CreateIndex{Index: ix, IfNotExists: true}}
	}).after(usersMade),
	ddl("ddl-index-constraint-005", postgresIndexes).after(func(s *Schema) []schema.Element {
		return append(usersMade(s), schema.If(schema.On("postgresql"), schema.DDL("CREATE EXTENSION IF NOT EXISTS pg_trgm")))
	}),
	ddl("ddl-index-constraint-006", mysqlIndexes).
		after(func(s *Schema) []schema.Element { return []schema.Element{schema.CreateTable{Table: s.Docs.Table}} }),
	ddl("ddl-index-constraint-007", indexed(func(s *Schema) schema.Index {
		return schema.Index{
			Name: "ix_ms", Terms: []expr.Order{s.Users.Name.Asc()}, Include: []string{"age"}, Where: expr.SQL("age > 5"),
			Options: map[string]string{"mssql.clustered": "false"},
		}
	})).after(usersMade),
	ddl("ddl-index-constraint-008", indexed(func(s *Schema) schema.Index {
		return schema.Index{Name: "ix_o", Terms: []expr.Order{s.Users.Name.Asc()}, Options: map[string]string{"oracle.bitmap": "true", "oracle.compress": "1"}}
	})).after(usersMade),
	ddl("ddl-index-constraint-009", indexed(func(s *Schema) schema.Index {
		return schema.Index{Name: "ix_s", Terms: []expr.Order{s.Users.Name.Asc()}, Where: expr.Unwrap(s.Users.Age.Gt(5))}
	})).after(usersMade),
	query("ddl-index-constraint-013", func(*Schema) *expr.Select {
		t := alone("a_very_long_table_name_that_goes_on_and_on_for_a_long_time_indeed",
			column("and_a_very_long_column_name_that_also_goes_on_and_on_and_on_and_on_and_on_and_on", int32Type))
		long := &expr.Label{X: expr.Unwrap(t.Columns()[0].Ref()), Name: t.Name + "_" + t.Columns()[0].Name}
		return expr.NewSelect(long).From(t)
	}).
		differs("sqlite", failing("there is no such table", "no such table")).
		differs("postgresql", failing("a name is never cut", "the limit is 63")).
		differs("mariadb", failing("a name is never cut", "the limit is 64")),
	ddl("ddl-index-constraint-015", func(*Schema) []schema.Element {
		t := numbered()
		return []schema.Element{schema.AddConstraint{Table: t, Constraint: &schema.UniqueConstraint{Name: "uq_a", Columns: t.Columns()}}}
	}).after(numberedMade),
	ddl("ddl-index-constraint-017", func(*Schema) []schema.Element {
		return []schema.Element{schema.AddConstraint{Table: numbered(), Constraint: &schema.CheckConstraint{Name: "ckk", Condition: expr.SQL("a > 1")}}}
	}).after(numberedMade),
	ddl("ddl-index-constraint-021", func(s *Schema) []schema.Element {
		name := s.Other + "_gone"
		return []schema.Element{
			schema.CreateSchema{Name: name},
			schema.CreateTable{Table: alone("held", schema.InSchema(name), column("a", int32Type))},
			schema.DropSchema{Name: name, Cascade: true},
		}
	}),
	ddl("ddl-index-constraint-022", func(*Schema) []schema.Element {
		return []schema.Element{schema.CreateSequence{Sequence: schema.NewSequence("s")}}
	}),
	ddl("ddl-index-constraint-023", func(*Schema) []schema.Element {
		return []schema.Element{schema.CreateSequence{Sequence: schema.NewSequence("s", schema.Start(100), schema.Increment(1))}}
	}),
	ddl("ddl-index-constraint-028", func(s *Schema) []schema.Element {
		return []schema.Element{schema.DDL("ALTER TABLE {table} ADD x INT").For(s.Users.Table)}
	}).after(usersMade),
	ddl("ddl-index-constraint-029", laterKey),
	ddl("ddl-index-constraint-031", made("nd", column("a", int32Type),
		schema.UniqueWith(schema.UniqueConstraint{Name: "u1", NullsNotDistinct: true, Deferrable: true}, "a"))),
}

// postgresIndexes are two, as a GIN index includes no columns.
func postgresIndexes(s *Schema) []schema.Element {
	words := &schema.Index{
		Name: "ix_pg", Table: s.Users.Table, Terms: []expr.Order{s.Users.Name.Asc()}, Where: expr.Unwrap(s.Users.Age.Gt(5)),
		If: schema.On("postgresql"),
		Options: map[string]string{
			"postgres.using": "gin", "postgres.ops.name": "gin_trgm_ops", "postgres.concurrently": "true", "postgres.with": "fastupdate=off",
		},
	}
	rest := &schema.Index{
		Name: "ix_pg_u", Table: s.Users.Table, Terms: []expr.Order{s.Users.Name.Asc()}, Unique: true, Include: []string{"age"}, NullsNotDistinct: true,
		Options: map[string]string{"postgres.using": "btree", "postgres.concurrently": "true", "postgres.with": "fillfactor=50"},
	}
	return []schema.Element{schema.CreateIndex{Index: words}, schema.CreateIndex{Index: rest}}
}

// mysqlIndexes are two, as one over the words of a text takes no length.
func mysqlIndexes(s *Schema) []schema.Element {
	mine := schema.On("mysql")
	starts := &schema.Index{
		Name: "ix_my", Table: s.Docs.Table, Terms: []expr.Order{s.Docs.Body.Asc(), s.Docs.Title.Asc()}, If: mine,
		Options: map[string]string{"mysql.length.body": "10", "mysql.using": "HASH", "mariadb.length.body": "7", "mariadb.length.title": "7"},
	}
	words := &schema.Index{
		Name: "ix_my_words", Table: s.Docs.Table, Terms: []expr.Order{s.Docs.Body.Asc()}, If: mine, Options: map[string]string{"mysql.kind": "FULLTEXT"},
	}
	parsed := &schema.Index{
		Name: "ix_my_parsed", Table: s.Docs.Table, Terms: []expr.Order{s.Docs.Title.Asc()},
		If:      func(t schema.Target) bool { return mine(t) && t.Parent == "" },
		Options: map[string]string{"mysql.kind": "FULLTEXT", "mysql.parser": "ngram"},
	}
	return []schema.Element{schema.CreateIndex{Index: starts}, schema.CreateIndex{Index: words}, schema.CreateIndex{Index: parsed}}
}

// laterKey is a foreign key that is added once its table is there, where that
// can be.
func laterKey(*Schema) []schema.Element {
	t := alone("ua", column("id", int32Type, schema.PrimaryKey()),
		column("o", int32Type, schema.ForeignKey("ua.id", schema.UseAlter(), schema.ConstraintName("fk_ua"))))
	_, later := t.MetaData().SortedTables()
	there := schema.NotOn("sqlite")
	return []schema.Element{
		schema.If(schema.On("sqlite"), schema.CreateTable{Table: t}),
		schema.If(there, schema.CreateTable{Table: t, Without: later}), schema.If(there, schema.AddForeignKey{ForeignKey: later[0]}),
	}
}
