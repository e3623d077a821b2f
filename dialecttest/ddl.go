package dialecttest

import (
	"errors"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

func ddlTests() []test {
	return append([]test{
		{name: "create and drop", doc: "What CreateAll makes is there; after DropAll it is not.", run: createAndDrop},
		{name: "create again", doc: "What exists already is left alone, with its rows.", run: createAgain},
		{name: "create what is missing", doc: "CreateAll adds the tables that are missing beside those that are there.", run: createMissing},
		{name: "drop what is not there", doc: "DropAll of nothing is no error.", run: func(c *T) {
			m := schema.NewMetaData()
			schema.MustTable(m, "dt_nothing", id())
			c.drop(m)
		}},
		{name: "dependency order", doc: "Tables are created after those that they reference, whatever the order of declaration.", run: dependencyOrder},
		{name: "cycle of foreign keys", doc: "Two tables that reference each other are created and dropped.", run: foreignKeyCycle},
		{name: "self reference", doc: "A table references itself.", run: selfReference},
		{name: "composite primary key", doc: "A key of two columns holds as a whole.", run: compositeKey},
		{name: "no primary key", doc: "A table may have no key.", run: func(c *T) {
			t := c.table("dt_keyless", column("a", bigInt))
			c.exec(c.engine, expr.NewInsert(t).Values(set(t, "a", int64(1))))
			c.exec(c.engine, expr.NewInsert(t).Values(set(t, "a", int64(1))))
			c.wantCount(c.engine, t, 2)
		}},
		{name: "comments", doc: "Comments with quotes are taken.", run: func(c *T) {
			c.table("dt_commented", id(), column("a", text, schema.Comment(`it's "a" \ column; --`)), schema.TableComment(`it's a 'table' \`))
		}},
		{name: "index", doc: "Indexes are created with their table and leave it usable.", run: indexes},
		{name: "unique index", doc: "A unique index holds.", run: uniqueIndex},
		{name: "partial index", doc: "A partial unique index holds where its condition does.", needs: []need{partialIndex}, run: partialUniqueIndex},
		{name: "expression index", doc: "A unique index on an expression holds.", needs: []need{expressionIndex}, run: expressionUniqueIndex},
		{name: "defaults of the server", doc: "A DEFAULT fills the column that an INSERT leaves out.", run: serverDefaults},
		{name: "constraint names", doc: "Constraints get the names of the convention, or their own.", run: constraintNames},
		{name: "refused whole", doc: "A table that cannot be is refused by name, and nothing of it is created.", run: refusedWhole},
		{name: "alter foreign key", doc: "A foreign key is added to a table that is there.", needs: []need{alterForeignKey}, run: alterKey},
		{name: "rolled back", doc: "DDL in a transaction that is rolled back did not happen.", needs: []need{transactionDDL}, run: ddlRolledBack},
		{name: "deferred foreign key", doc: "A deferred foreign key is checked at COMMIT.", needs: []need{deferrable}, run: deferredKey},
	}, generatorTests()...)
}

// exists asks the dialect whether the table is there.
func (c *T) exists(t *schema.Table) bool {
	c.Helper()
	_, err := c.engine.Exec(c.Context(), expr.NewSelect(expr.CountAll()).From(t))
	var refused *sqlerr.StatementError
	if err != nil && !errors.As(err, &refused) {
		c.Fatal(err)
	}
	return err == nil
}

func createAndDrop(c *T) {
	m := schema.NewMetaData()
	t := schema.MustTable(m, "dt_made", id(), column("name", text))
	if c.exists(t) {
		c.Fatal("the table is there before it is created")
	}
	if err := c.engine.CreateAll(c.Context(), m); err != nil {
		c.Fatal(err)
	}
	if !c.exists(t) {
		c.Error("the table is not there after CreateAll")
	}
	if err := c.engine.DropAll(c.Context(), m); err != nil {
		c.Fatal(err)
	}
	if c.exists(t) {
		c.Error("the table is there after DropAll")
	}
}

func createAgain(c *T) {
	m := schema.NewMetaData()
	t := schema.MustTable(m, "dt_again", id(), column("name", sqltype.String{Length: 20}, schema.Unique(), schema.Indexed()))
	c.create(m)
	c.exec(c.engine, expr.NewInsert(t).Values(set(t, "name", "kept")))
	if err := c.engine.CreateAll(c.Context(), m); err != nil {
		c.Fatal(err)
	}
	c.wantRows(c.engine, expr.NewSelect(t.C("name")), "kept")
}

func createMissing(c *T) {
	m := schema.NewMetaData()
	a := schema.MustTable(m, "dt_a", id())
	c.create(m)
	c.exec(c.engine, expr.NewInsert(a))
	b := schema.MustTable(m, "dt_b", id(), column("a_id", bigInt, schema.ForeignKey("dt_a.id")))
	if err := c.engine.CreateAll(c.Context(), m); err != nil {
		c.Fatal(err)
	}
	c.wantCount(c.engine, a, 1)
	c.wantCount(c.engine, b, 0)
}

func dependencyOrder(c *T) {
	m := schema.NewMetaData()
	grandchild := schema.MustTable(m, "dt_grandchild", plainID(), column("child_id", bigInt, schema.ForeignKey("dt_child.id")))
	child := schema.MustTable(m, "dt_child", plainID(), column("parent_id", bigInt, schema.ForeignKey("dt_parent.id")))
	parent := schema.MustTable(m, "dt_parent", plainID())
	c.create(m)
	c.exec(c.engine, expr.NewInsert(parent).Values(set(parent, "id", int64(1))))
	c.exec(c.engine, expr.NewInsert(child).Values(set(child, "id", int64(2)), set(child, "parent_id", int64(1))))
	c.exec(c.engine, expr.NewInsert(grandchild).Values(set(grandchild, "id", int64(3)), set(grandchild, "child_id", int64(2))))
	_, err := c.engine.Exec(c.Context(), expr.NewInsert(child).Values(set(child, "id", int64(4)), set(child, "parent_id", int64(99))))
	c.wantConstraint(err, sqlerr.ForeignKey)
}

func foreignKeyCycle(c *T) {
	m := schema.NewMetaData()
	a := schema.MustTable(m, "dt_hen", plainID(), column("egg_id", bigInt, schema.ForeignKey("dt_egg.id")))
	b := schema.MustTable(m, "dt_egg", plainID(), column("hen_id", bigInt, schema.ForeignKey("dt_hen.id")))
	c.create(m)
	c.exec(c.engine, expr.NewInsert(a).Values(set(a, "id", int64(1))))
	c.exec(c.engine, expr.NewInsert(b).Values(set(b, "id", int64(1)), set(b, "hen_id", int64(1))))
	c.exec(c.engine, expr.NewUpdate(a).Set(set(a, "egg_id", int64(1))).Where(num(a, "id").Eq(1)))
	for _, t := range []*schema.Table{a, b} {
		_, err := c.engine.Exec(c.Context(), expr.NewDelete(t).Where(num(t, "id").Eq(1)))
		c.wantConstraint(err, sqlerr.ForeignKey)
	}
	if err := c.engine.DropAll(c.Context(), m); err != nil {
		c.Fatal(err)
	}
	if c.exists(a) || c.exists(b) {
		c.Error("a table of the cycle is there after DropAll")
	}
}

func selfReference(c *T) {
	t := c.table("dt_tree", plainID(), column("parent_id", bigInt, schema.ForeignKey("dt_tree.id", schema.OnDelete(schema.Cascade))))
	c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(1))))
	c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(2)), set(t, "parent_id", int64(1))))
	c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(3)), set(t, "parent_id", int64(2))))
	c.exec(c.engine, expr.NewDelete(t).Where(num(t, "id").Eq(1)))
	c.wantCount(c.engine, t, 0)
}

func compositeKey(c *T) {
	t := c.table("dt_composite", column("a", bigInt), column("b", bigInt), schema.PrimaryKeyOn("", "a", "b"))
	row := func(a, b int64) *expr.Insert { return expr.NewInsert(t).Values(set(t, "a", a), set(t, "b", b)) }
	c.exec(c.engine, row(1, 1))
	c.exec(c.engine, row(1, 2))
	_, err := c.engine.Exec(c.Context(), row(1, 2))
	c.wantConstraint(err, sqlerr.PrimaryKey, sqlerr.Unique)
}

func indexes(c *T) {
	t := c.table("dt_indexed", id(), column("a", bigInt, schema.Indexed()), column("b", bigInt), schema.IndexOn("dt_indexed_ab", "a", "b"))
	c.exec(c.engine, expr.NewInsert(t).Values(set(t, "a", int64(1)), set(t, "b", int64(2))))
	c.wantRows(c.engine, expr.NewSelect(t.C("b")).Where(num(t, "a").Eq(1)), "2")
}

func uniqueIndex(c *T) {
	m := schema.NewMetaData()
	t := schema.MustTable(m, "dt_uindexed", id(), column("a", bigInt), column("b", bigInt))
	if err := t.AddItems(schema.AddIndex(schema.Index{
		Name: "dt_uindexed_ab", Unique: true, Terms: []expr.Order{{X: t.C("a")}, {X: t.C("b"), Desc: true}},
	})); err != nil {
		c.Fatal(err)
	}
	c.create(m)
	row := expr.NewInsert(t).Values(set(t, "a", int64(1)), set(t, "b", int64(2)))
	c.exec(c.engine, row)
	_, err := c.engine.Exec(c.Context(), row)
	c.wantConstraint(err, sqlerr.Unique)
}

func partialUniqueIndex(c *T) {
	m := schema.NewMetaData()
	t := schema.MustTable(m, "dt_partial", id(), column("a", bigInt), column("live", sqltype.Boolean{}))
	live := expr.NewBool[bool](t.C("live"), sqltype.CodecOf[bool](sqltype.Boolean{}))
	if err := t.AddItems(schema.AddIndex(schema.Index{
		Name: "dt_partial_live", Unique: true, Terms: []expr.Order{{X: t.C("a")}}, Where: expr.Unwrap(live),
	})); err != nil {
		c.Fatal(err)
	}
	c.create(m)
	row := func(live bool) *expr.Insert {
		return expr.NewInsert(t).Values(set(t, "a", int64(1)), set(t, "live", live))
	}
	c.exec(c.engine, row(false))
	c.exec(c.engine, row(false))
	c.exec(c.engine, row(true))
	_, err := c.engine.Exec(c.Context(), row(true))
	c.wantConstraint(err, sqlerr.Unique)
}

func expressionUniqueIndex(c *T) {
	m := schema.NewMetaData()
	t := schema.MustTable(m, "dt_lowered", id(), column("name", sqltype.String{Length: 20}))
	if err := t.AddItems(schema.AddIndex(schema.Index{
		Name: "dt_lowered_name", Unique: true, Terms: []expr.Order{{X: expr.Unwrap(str(t, "name").Lower())}},
	})); err != nil {
		c.Fatal(err)
	}
	c.create(m)
	c.exec(c.engine, expr.NewInsert(t).Values(set(t, "name", "Ann")))
	_, err := c.engine.Exec(c.Context(), expr.NewInsert(t).Values(set(t, "name", "ANN")))
	c.wantConstraint(err, sqlerr.Unique)
}

func serverDefaults(c *T) {
	t := c.table(
		"dt_defaults", id(), column("n", bigInt, schema.ServerDefaultValue(int64(-7))),
		column("s", sqltype.String{Length: 40}, schema.ServerDefaultValue(`it's \ "x"`)),
		column("b", sqltype.Boolean{}, schema.ServerDefaultValue(true)),
		column("d", sqltype.Numeric{Precision: 10, Scale: 2}, schema.ServerDefaultValue(sqltype.MustParseDecimal("-12.50"))),
		column("f", sqltype.Float{Bits: 64}, schema.ServerDefaultValue(1.5)),
	)
	c.exec(c.engine, expr.NewInsert(t))
	c.wantRows(c.engine, expr.NewSelect(t.C("n"), t.C("s"), t.C("b"), t.C("d"), t.C("f")), `-7|it's \ "x"|true|-12.5|1.5`)
}

func constraintNames(c *T) {
	t := c.table("dt_named", id(), column("a", bigInt, schema.Unique()), column("b", bigInt), schema.UniqueOn("dt_named_own", "b"))
	c.exec(c.engine, expr.NewInsert(t).Values(set(t, "a", int64(1)), set(t, "b", int64(1))))
	for name, row := range map[string]*expr.Insert{
		"dt_named_a_key": expr.NewInsert(t).Values(set(t, "a", int64(1)), set(t, "b", int64(2))),
		"dt_named_own":   expr.NewInsert(t).Values(set(t, "a", int64(2)), set(t, "b", int64(1))),
	} {
		_, err := c.engine.Exec(c.Context(), row)
		if got := c.wantConstraint(err, sqlerr.Unique); got != nil && got.Name != "" && got.Name != name {
			c.Errorf("got constraint %q, want %q", got.Name, name)
		}
	}
}

func refusedWhole(c *T) {
	m := schema.NewMetaData()
	good := schema.MustTable(m, "dt_good", id())
	schema.MustTable(m, "dt_bad", id(), column("x\x00", bigInt))
	before := c.sent.Load()
	err := c.engine.CreateAll(c.Context(), m)
	if err == nil {
		c.drop(m)
		c.Fatal("a column name with a NUL was taken")
	}
	if c.sent.Load() == before && c.exists(good) {
		c.Error("one of the tables was created all the same")
	}
	if c.exists(good) {
		c.drop(m)
		c.Error("the table beside the refused one was created")
	}
}

func alterKey(c *T) {
	m := schema.NewMetaData()
	parent := schema.MustTable(m, "dt_altparent", plainID())
	child := schema.MustTable(m, "dt_altchild", plainID(), column("parent_id", bigInt, schema.ForeignKey("dt_altparent.id")))
	if err := m.Resolve(); err != nil {
		c.Fatal(err)
	}
	keys := child.ForeignKeys
	for _, e := range []schema.Element{
		schema.CreateTable{Table: parent}, schema.CreateTable{Table: child, Without: keys}, schema.AddForeignKey{ForeignKey: keys[0]},
	} {
		c.element(e)
	}
	c.Cleanup(func() { c.drop(m) })
	_, err := c.engine.Exec(c.Context(), expr.NewInsert(child).Values(set(child, "id", int64(1)), set(child, "parent_id", int64(9))))
	c.wantConstraint(err, sqlerr.ForeignKey)
	c.element(schema.DropForeignKey{ForeignKey: keys[0]})
	c.exec(c.engine, expr.NewInsert(child).Values(set(child, "id", int64(1)), set(child, "parent_id", int64(9))))
}

// element runs one element of DDL.
func (c *T) element(e schema.Element) {
	c.Helper()
	texts, err := compile.Element(e, c.rules)
	if err != nil {
		c.Fatal(err)
	}
	for _, s := range texts {
		c.exec(c.engine, statement(s))
	}
}

func ddlRolledBack(c *T) {
	t := schema.MustTable(schema.NewMetaData(), "dt_undone", id())
	texts, err := compile.Element(schema.CreateTable{Table: t}, c.rules)
	if err != nil {
		c.Fatal(err)
	}
	tx := c.begin(engine.TxOptions{})
	for _, s := range texts {
		c.exec(tx, statement(s))
	}
	if err := tx.Rollback(c.Context()); err != nil {
		c.Fatal(err)
	}
	if c.exists(t) {
		c.Error("the table is there after the rollback")
	}
}

func deferredKey(c *T) {
	m := schema.NewMetaData()
	parent := schema.MustTable(m, "dt_defparent", plainID())
	child := schema.MustTable(m, "dt_defchild", plainID(), column("parent_id", bigInt, schema.ForeignKey("dt_defparent.id", schema.Deferred())))
	c.create(m)
	rows := []*expr.Insert{
		expr.NewInsert(child).Values(set(child, "id", int64(1)), set(child, "parent_id", int64(1))),
		expr.NewInsert(parent).Values(set(parent, "id", int64(1))),
	}
	tx := c.begin(engine.TxOptions{})
	c.exec(tx, rows[0])
	err := tx.Commit(c.Context())
	c.wantConstraint(err, sqlerr.ForeignKey)
	c.wantCount(c.engine, child, 0)
	tx = c.begin(engine.TxOptions{})
	c.exec(tx, rows[0])
	c.exec(tx, rows[1])
	if err := tx.Commit(c.Context()); err != nil {
		c.Fatal(err)
	}
	c.wantCount(c.engine, child, 1)
}
