package postgres_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/postgres"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func TestProbe(t *testing.T) {
	eachServer(t, func(t *testing.T, db database) {
		db.run("SET default_transaction_isolation = 'serializable'")
		c, err := postgres.Dialect.Probe(ctx, db)
		if err != nil {
			t.Fatal(err)
		}
		if c.Product != "PostgreSQL" || !c.Version.AtLeast(10) || c.Isolation[0] != dialect.Serializable || len(c.Isolation) != 4 {
			t.Errorf("got %+v", c)
		}
		if !c.SessionState || !c.Sequences || !c.Pipelines || !c.TransactionalDDL || !c.NaN {
			t.Errorf("got %+v", c)
		}
		if c, err = postgres.Pooled.Probe(ctx, db); err != nil || c.SessionState {
			t.Errorf("behind a pooler: session state %t, %v", c.SessionState, err)
		}
	})
}

func TestBegin(t *testing.T) {
	var beginnings []string
	for _, tc := range []struct {
		o    dialect.TxOptions
		want string
	}{
		{dialect.TxOptions{}, "BEGIN"},
		{dialect.TxOptions{ReadOnly: true}, "BEGIN READ ONLY"},
		{dialect.TxOptions{Isolation: dialect.RepeatableRead}, "BEGIN ISOLATION LEVEL REPEATABLE READ"},
		{dialect.TxOptions{Isolation: dialect.Serializable, ReadOnly: true, Deferrable: true}, "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE"},
		{dialect.TxOptions{Isolation: dialect.Snapshot}, ""},
		{dialect.TxOptions{Deferrable: true}, ""},
	} {
		got, err := postgres.Dialect.Begin(dialect.Capabilities{}, tc.o)
		var unsupported *compile.UnsupportedError
		switch {
		case tc.want == "" && !errors.As(err, &unsupported):
			t.Errorf("%+v: got %v, want a refusal by name", tc.o, err)
		case tc.want != "" && !cmp.Equal(got, []string{tc.want}):
			t.Errorf("%+v: got %q, want %q", tc.o, got, tc.want)
		}
		beginnings = append(beginnings, got...)
	}
	eachServer(t, func(t *testing.T, db database) {
		for _, sql := range beginnings {
			db.run(sql, "ROLLBACK")
		}
	})
}

func TestExisting(t *testing.T) {
	m := schema.NewMetaData()
	mood := sqltype.Enum{Name: "mood", Labels: sqltype.NewLabels("a")}
	here := schema.MustTable(m, "Here", schema.NewColumn("id", bigint, schema.PrimaryKey(), schema.NewSequence("here_seq", schema.Increment(7))),
		schema.NewColumn("a", bigint, schema.Indexed()), schema.NewColumn("mood", mood))
	other := schema.MustTable(m, "other", schema.InSchema(own+"_2"), schema.NewColumn("id", bigint, schema.PrimaryKey()), schema.NewColumn("a", bigint, schema.Indexed()))
	schema.MustTable(m, "here", schema.NewColumn("id", bigint, schema.PrimaryKey()))
	eachServer(t, func(t *testing.T, db database) {
		db.ddl(schema.CreateSequence{Sequence: here.Column("id").Sequence}, schema.CreateEnum{Column: here.Column("mood")},
			schema.CreateTable{Table: here}, schema.CreateIndex{Index: here.Indexes[0]}, schema.CreateTable{Table: other}, schema.CreateIndex{Index: other.Indexes[0]})
		got, err := postgres.Dialect.Existing(ctx, db, m)
		if err != nil {
			t.Fatal(err)
		}
		for what, is := range map[string]bool{
			"Here": got.Tables["Here"], "Here in its schema": got.Tables[own+".Here"], "other": got.Tables[other.FullName()],
			"index": got.Indexes["Here/Here_a_idx"], "index of other": got.Indexes[other.FullName()+"/other_a_idx"], "enum": got.Enums["mood"],
			"not here": !got.Tables["here"], "not other without its schema": !got.Tables["other"], "no catalog": !got.Tables["pg_class"],
		} {
			if !is {
				t.Errorf("%s is not told right", what)
			}
		}
		if got.Sequences["here_seq"] != 7 {
			t.Errorf("got increment %d, want 7", got.Sequences["here_seq"])
		}
	})
}

func TestUnknownTextFitsItsPlace(t *testing.T) {
	mood := sqltype.Enum{Name: "mood", Labels: sqltype.NewLabels("happy", "sad")}
	m := schema.NewMetaData()
	table := schema.MustTable(m, "t", schema.NewColumn("mood", mood), schema.NewColumn("moods", sqltype.Array{Elem: mood}))
	eachServer(t, func(t *testing.T, db database) {
		db.ddl(schema.CreateEnum{Column: table.Column("mood")}, schema.CreateTable{Table: table})
		db.run("INSERT INTO t VALUES ('happy', '{sad}')")
		if d := cmp.Diff(db.numbers("SELECT 1 FROM t WHERE mood = $1", sqltype.TextValue("happy")), []int64{1}); d != "" {
			t.Errorf("(-got +want):\n%s", d)
		}
	})
}
