package engine_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// TestConstraintErrorsNameAll has each database name the kind, the constraint,
// the table and the columns of what was violated.
func TestConstraintErrorsNameAll(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { testConstraints(t, memory(t, engine.Options{})) })
	onServers(t, testConstraints)
}

func testConstraints(t *testing.T, db *engine.Engine) {
	ctx := t.Context()
	m := schema.NewMetaData()
	parents := schema.MustTable(m, "ce_parents",
		schema.NewColumn("id", sqltype.Integer{Bits: 64}, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)),
		schema.NewColumn("code", sqltype.String{Length: 20}, schema.NotNull()),
		schema.NewColumn("size", sqltype.Integer{Bits: 32}),
		schema.UniqueOn("", "code", "size"))
	children := schema.MustTable(m, "ce_children",
		schema.NewColumn("id", sqltype.Integer{Bits: 64}, schema.PrimaryKey(), schema.Autoincrements(schema.AutoincrementNo)),
		schema.NewColumn("parent_id", sqltype.Integer{Bits: 64}, schema.ForeignKey("ce_parents.id")))
	if err := db.CreateAll(ctx, m); err != nil {
		t.Fatal(err)
	}
	defer db.DropAll(ctx, m)
	insert := func(id int64, code expr.Expression, size int64) error {
		_, err := db.Exec(ctx, expr.NewInsert(parents).Rows(
			[]expr.Expression{parents.C("id"), parents.C("code"), parents.C("size")},
			[]expr.Expression{expr.Value(id), code, expr.Value(size)}))
		return err
	}
	if err := insert(1, expr.Value("a"), 1); err != nil {
		t.Fatal(err)
	}
	want := map[string]sqlerr.ConstraintError{
		"primary key": {Kind: sqlerr.PrimaryKey, Name: "ce_parents_pkey", Table: "ce_parents", Columns: []string{"id"}},
		"unique":      {Kind: sqlerr.Unique, Name: "ce_parents_code_size_key", Table: "ce_parents", Columns: []string{"code", "size"}},
		"not null":    {Kind: sqlerr.NotNull, Table: "ce_parents", Columns: []string{"code"}},
	}
	got := map[string]error{
		"primary key": insert(1, expr.Value("b"), 1),
		"unique":      insert(2, expr.Value("a"), 1),
		"not null":    insert(3, expr.NULL, 1),
	}
	for name, err := range got {
		var ce *sqlerr.ConstraintError
		if !errors.As(err, &ce) {
			t.Errorf("%s: %v, want a ConstraintError", name, err)
			continue
		}
		w := want[name]
		if diff := cmp.Diff(w, *ce, cmpopts.IgnoreFields(sqlerr.ConstraintError{}, "Err")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	_, err := db.Exec(ctx, expr.NewInsert(children).Rows([]expr.Expression{children.C("id"), children.C("parent_id")},
		[]expr.Expression{expr.Value(int64(1)), expr.Value(int64(9))}))
	var ce *sqlerr.ConstraintError
	if !errors.As(err, &ce) {
		t.Fatalf("foreign key: %v, want a ConstraintError", err)
	}
	want["foreign key"] = sqlerr.ConstraintError{
		Kind: sqlerr.ForeignKey, Name: "ce_children_parent_id_fkey", Table: "ce_children", Columns: []string{"parent_id"},
	}
	if diff := cmp.Diff(want["foreign key"], *ce, cmpopts.IgnoreFields(sqlerr.ConstraintError{}, "Err")); diff != "" {
		t.Errorf("foreign key (-want +got):\n%s", diff)
	}
}

// TestTakenKeyNamesTheCause has a sequence of PostgreSQL hand out a key that was
// inserted explicitly: the sequence does not notice those.
func TestTakenKeyNamesTheCause(t *testing.T) {
	db := open(t, testdb.PG15(t))
	ctx := t.Context()
	m := schema.NewMetaData()
	table := schema.MustTable(m, "ce_taken",
		schema.NewColumn("id", sqltype.Integer{Bits: 64}, schema.PrimaryKey()),
		schema.NewColumn("name", sqltype.String{Length: 20}))
	if err := db.CreateAll(ctx, m); err != nil {
		t.Fatal(err)
	}
	defer db.DropAll(ctx, m)
	if _, err := db.Exec(ctx, expr.NewInsert(table).Rows([]expr.Expression{table.C("id")}, []expr.Expression{expr.Value(int64(1))})); err != nil {
		t.Fatal(err)
	}
	err := db.Transact(ctx, engine.TxOptions{}, func(tx *engine.Tx) error {
		return tx.Insert(ctx, &engine.InsertBatch{
			Table: table, Columns: []*schema.Column{table.Column("name")}, Exprs: []expr.Expression{nil},
			Returning: []*schema.Column{table.Column("id")}, N: 1,
			Bind: func(_ int, dst []sqltype.Value) ([]sqltype.Value, error) {
				return append(dst, sqltype.TextValue("a")), nil
			},
			Store: func(int, sqltype.Row) error { return nil },
		})
	})
	var ce *sqlerr.ConstraintError
	if !errors.As(err, &ce) || ce.Kind != sqlerr.PrimaryKey || ce.Hint == "" {
		t.Errorf("a generated key that is taken: %v, want a ConstraintError of the primary key with a hint", err)
	}
}
