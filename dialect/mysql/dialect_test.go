package mysql_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/dialect/mysql"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func TestProbe(t *testing.T) {
	db := open(t)
	db.run("SET SESSION auto_increment_increment = 3", "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
	c, err := mysql.Dialect.Probe(ctx, db)
	if err != nil {
		t.Fatal(err)
	}
	if c.Product != "MariaDB" || !c.Version.AtLeast(10, 5) || c.Keys != dialect.KeysByValuesReturning || !c.Sequences || c.KeyStep != 3 {
		t.Errorf("got %+v", c)
	}
	if c.Isolation[0] != dialect.ReadCommitted || c.NaN || c.TransactionalDDL || c.Modes == "" {
		t.Errorf("got %+v", c)
	}
	if d := cmp.Diff(db.numbers(c.KeyStepQuery), []int64{3}); d != "" {
		t.Errorf("the step (-got +want):\n%s", d)
	}
}

// answers is a server that says that it is what the test wants: servers of
// these versions can't be had everywhere.
type answers map[string]string

func (a answers) Query(_ context.Context, _ string, _ []sqltype.Value, each func(sqltype.Row) error) error {
	for k, v := range a {
		if err := each(pair{k: k, v: v}); err != nil {
			return err
		}
	}
	return nil
}

type pair struct {
	sqltype.Row
	k, v string
}

func (p pair) Text(i int) []byte { return []byte([]string{p.k, p.v}[i]) }
func (pair) Err() error          { return nil }

func TestProductsAreToldApart(t *testing.T) {
	for version, want := range map[string]struct {
		product   string
		version   dialect.Version
		keys      dialect.KeyFetch
		sequences bool
	}{
		"8.4.3":                            {"MySQL", dialect.Version{8, 4, 3}, dialect.KeysByLastInsertID, false},
		"5.7.44-log":                       {"MySQL", dialect.Version{5, 7, 44}, dialect.KeysByLastInsertID, false},
		"5.5.5-10.11.19-MariaDB-0+deb12u1": {"MariaDB", dialect.Version{10, 11, 19}, dialect.KeysByValuesReturning, true},
		"11.4.2-MariaDB":                   {"MariaDB", dialect.Version{11, 4, 2}, dialect.KeysByValuesReturning, true},
		"10.4.34-MariaDB":                  {"MariaDB", dialect.Version{10, 4, 34}, dialect.KeysByLastInsertID, false},
		"10.2.44-MariaDB":                  {"MariaDB", dialect.Version{10, 2, 44}, dialect.KeysByLastInsertID, false},
		"8.0.11-TiDB-v7.5.0":               {"TiDB", dialect.Version{8, 0, 11}, dialect.KeysByLastInsertID, false},
	} {
		c, err := mysql.Dialect.Probe(ctx, answers{"version": version, "auto_increment_increment": "1", "transaction_isolation": "REPEATABLE-READ"})
		if err != nil {
			t.Fatal(err)
		}
		if c.Product != want.product || c.Version != want.version || c.Keys != want.keys || c.Sequences != want.sequences {
			t.Errorf("%s: got %s %s, keys %d, sequences %t", version, c.Product, c.Version, c.Keys, c.Sequences)
		}
		if (mysql.Dialect.SequenceTable(c) == nil) != c.Sequences {
			t.Errorf("%s: sequences are carried by a table although it has them, or by nothing", version)
		}
	}
}

// A node of a cluster may change its step between two statements.
func TestStepIsNotedOnNodes(t *testing.T) {
	for on, want := range map[string]bool{"ON": true, "OFF": false, "": false} {
		c, err := mysql.Dialect.Probe(t.Context(), answers{"version": "8.0.36", "auto_increment_increment": "3", "transaction_isolation": "REPEATABLE-READ", "wsrep_on": on})
		if err != nil || (c.KeyStepNote != nil) != want || (c.KeyStepNoted != "") != want {
			t.Errorf("wsrep_on %q: got the note %v and %q, %v", on, c.KeyStepNote, c.KeyStepNoted, err)
		}
	}
}

func TestBegin(t *testing.T) {
	db := open(t)
	for _, tc := range []struct {
		o    dialect.TxOptions
		want []string
	}{
		{dialect.TxOptions{}, []string{"START TRANSACTION"}},
		{dialect.TxOptions{ReadOnly: true}, []string{"START TRANSACTION READ ONLY"}},
		{dialect.TxOptions{Isolation: dialect.ReadCommitted}, []string{"SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION"}},
		{
			dialect.TxOptions{Isolation: dialect.Snapshot, ReadOnly: true},
			[]string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"},
		},
	} {
		got, err := mysql.Dialect.Begin(maria, tc.o)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(got, tc.want); d != "" {
			t.Errorf("%+v (-got +want):\n%s", tc.o, d)
		}
		db.run(append(got, "ROLLBACK")...)
	}
	var unsupported *compile.UnsupportedError
	if _, err := mysql.Dialect.Begin(maria, dialect.TxOptions{Deferrable: true}); !errors.As(err, &unsupported) {
		t.Errorf("got %v, want a refusal by name", err)
	}
}

func TestExisting(t *testing.T) {
	m := schema.NewMetaData()
	here := schema.MustTable(m, "Here", schema.NewColumn("id", bigint, schema.PrimaryKey(), schema.NewSequence("here_seq", schema.Increment(7))),
		schema.NewColumn("a", bigint, schema.Indexed()))
	step := schema.MustTable(m, "step", schema.NewColumn("id", bigint, schema.PrimaryKey(), schema.NewIdentity(schema.Increment(-4))))
	other := schema.MustTable(m, "other", schema.InSchema(own+"_2"), schema.NewColumn("id", bigint, schema.PrimaryKey()), schema.NewColumn("a", bigint, schema.Indexed()))
	schema.MustTable(m, "gone", schema.NewColumn("id", bigint, schema.PrimaryKey()))
	db := open(t)
	for _, table := range []*schema.Table{here, step, other} {
		col := table.Columns()[0]
		if s := mysql.Dialect.SequenceFor(maria, col); s != nil {
			db.ddl(maria, schema.CreateSequence{Sequence: s, Column: col})
		}
		db.ddl(maria, schema.CreateTable{Table: table})
		for _, ix := range table.Indexes {
			db.ddl(maria, schema.CreateIndex{Index: ix})
		}
	}
	db.run(mysql.Dialect.SequenceTable(oracle).Create)
	define(db, "ticket", 10, 5, 1, 1000, 0, "")
	got, err := mysql.Dialect.Existing(ctx, db, m)
	if err != nil {
		t.Fatal(err)
	}
	want := &dialect.Existing{
		Tables:    map[string]bool{"Here": true, "step": true, other.FullName(): true},
		Indexes:   map[string]bool{"Here/Here_a_idx": true, other.FullName() + "/other_a_idx": true},
		Sequences: map[string]int64{"here_seq": 7, "step_id_seq": -4, "ticket": 5}, Enums: map[string]bool{},
	}
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("(-got +want):\n%s", d)
	}
}

func TestBinaryUUIDs(t *testing.T) {
	r := mysql.BinaryUUIDs.Rules(maria)
	name, err := r.TypeName(sqltype.UUID{})
	if err != nil || name != "BINARY(16)" {
		t.Errorf("got %s, %v", name, err)
	}
	id := [16]byte{1, 15: 255}
	text, err := r.Literal(sqltype.UUIDValue(&id), sqltype.UUID{})
	if err != nil || text != "X'010000000000000000000000000000ff'" {
		t.Errorf("got %s, %v", text, err)
	}
}
