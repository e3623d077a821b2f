package dialecttest

import (
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func writeTests() []test {
	return slices.Concat(insertStatementTests(), updateStatementTests(), deleteStatementTests())
}

func insertStatementTests() []test {
	return []test{
		{name: "insert one row", doc: "A row is there after it was inserted, and counted.", run: func(c *T) {
			t := c.item()
			if res := c.exec(c.engine, expr.NewInsert(t).Values(set(t, "note", "a"))); res.RowsAffected != 1 {
				c.Errorf("got %d rows, want 1", res.RowsAffected)
			}
			c.wantRows(c.engine, expr.NewSelect(t.C("id"), t.C("note")), "1|a")
		}},
		{name: "insert several rows", doc: "One INSERT has several rows.", run: func(c *T) {
			t := c.item()
			s := expr.NewInsert(t).Values(set(t, "note", "a")).Values(set(t, "note", "b")).Values(set(t, "note", "c"))
			if res := c.exec(c.engine, s); res.RowsAffected != 3 {
				c.Errorf("got %d rows, want 3", res.RowsAffected)
			}
			c.wantRows(c.engine, expr.NewSelect(t.C("note")).OrderBy(num(t, "id").Asc()), "a", "b", "c")
		}},
		{name: "insert of defaults", doc: "An INSERT may say nothing.", run: func(c *T) {
			t := c.item()
			c.exec(c.engine, expr.NewInsert(t))
			c.wantRows(c.engine, expr.NewSelect(t.C("id"), t.C("note")), "1|NULL")
		}},
		{name: "insert of an expression", doc: "A value may be computed by the database.", run: func(c *T) {
			t := c.item()
			upper := &expr.Func{Name: "upper", Args: []expr.Expression{bindOf(sqltype.String{Length: 20}, "loud")}, Type: sqltype.String{Length: 20}}
			c.exec(c.engine, expr.NewInsert(t).Values(expr.Assignment{Target: t.C("note"), Value: upper}))
			c.wantRows(c.engine, expr.NewSelect(t.C("note")), "LOUD")
		}},
		{name: "insert of rows of different shape", doc: "Rows that set different columns are refused.", run: func(c *T) {
			t := c.item()
			c.wantUnsent("same columns", expr.NewInsert(t).Values(set(t, "note", "a")).Values(set(t, "n", int64(1))))
		}},
		{name: "insert default", doc: "DEFAULT stands for the column's default.", needs: []need{
			{"DEFAULT within VALUES", func(c *T) bool { return c.rules.DefaultInValues }},
		}, run: func(c *T) {
			t := c.table("dt_default", plainID(), column("n", bigInt, schema.ServerDefaultValue(int64(5))))
			c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(1)), expr.Assignment{Target: t.C("n"), Value: expr.DEFAULT}))
			c.wantRows(c.engine, expr.NewSelect(t.C("n")), "5")
		}},
		{name: "insert returning", doc: "What was generated comes back.", needs: []need{returningInsert}, run: func(c *T) {
			t := c.item()
			c.wantRows(c.engine, expr.NewInsert(t).Values(set(t, "note", "a")).Returning(t.C("id"), t.C("note"), t.C("n")), "1|a|7")
			got := c.rows(c.engine, expr.NewInsert(t).Values(set(t, "note", "b")).Values(set(t, "note", "c")).Returning(t.C("note")))
			slices.Sort(got)
			if fmt.Sprint(got) != "[b c]" {
				c.Errorf("got %v, want b and c in any order", got)
			}
		}},
		{name: "insert returning an expression", doc: "A computed value comes back.", needs: []need{returningInsert}, run: func(c *T) {
			t := c.item()
			c.wantRows(c.engine, expr.NewInsert(t).Values(set(t, "note", "a")).Returning(num(t, "n").Mul(2)), "14")
		}},
	}
}

func updateStatementTests() []test {
	return []test{
		{name: "insert without returning support", doc: "RETURNING is refused by name where the product lacks it.", needs: []need{
			{"a product without UPDATE … RETURNING", func(c *T) bool { return !c.rules.Returning.Update }},
		}, run: func(c *T) {
			t := c.item()
			c.wantUnsent("RETURNING", expr.NewUpdate(t).Set(set(t, "note", "b")).Where(expr.All()).Returning(t.C("id")))
		}},
		{name: "update", doc: "The rows that meet the condition are changed, and counted.", run: func(c *T) {
			t := c.items("a", "b", "c")
			if res := c.exec(c.engine, expr.NewUpdate(t).Set(set(t, "note", "x")).Where(num(t, "id").Gt(1))); res.RowsAffected != 2 {
				c.Errorf("got %d rows, want 2", res.RowsAffected)
			}
			c.wantRows(c.engine, expr.NewSelect(t.C("note")).OrderBy(num(t, "id").Asc()), "a", "x", "x")
		}},
		{name: "update counts matched rows", doc: "A row that is changed to what it was is counted.", run: func(c *T) {
			t := c.items("a")
			for range 2 {
				if res := c.exec(c.engine, expr.NewUpdate(t).Set(set(t, "note", "a")).Where(num(t, "id").Eq(1))); res.RowsAffected != 1 {
					c.Errorf("got %d rows, want 1", res.RowsAffected)
				}
			}
		}},
		{name: "update of nothing", doc: "An UPDATE that matches nothing counts 0.", run: func(c *T) {
			t := c.items("a")
			if res := c.exec(c.engine, expr.NewUpdate(t).Set(set(t, "note", "x")).Where(num(t, "id").Eq(99))); res.RowsAffected != 0 {
				c.Errorf("got %d rows, want 0", res.RowsAffected)
			}
		}},
		{name: "update by an expression", doc: "A column is computed from itself.", run: func(c *T) {
			t := c.items("a", "b")
			n := num(t, "n")
			c.exec(c.engine, expr.NewUpdate(t).Set(n.SetExpr(n.Add(1))).Where(expr.All()))
			c.wantRows(c.engine, expr.NewSelect(t.C("n")), "8", "8")
		}},
		{name: "update to NULL", doc: "NULL is set.", run: func(c *T) {
			t := c.items("a")
			c.exec(c.engine, expr.NewUpdate(t).Set(str(t, "note").SetNull()).Where(expr.All()))
			c.wantRows(c.engine, expr.NewSelect(t.C("note")), "NULL")
		}},
		{name: "update to a subquery", doc: "A column gets a value of another table.", run: func(c *T) {
			t := c.items("a", "b")
			other := c.table("dt_log", id(), column("note", sqltype.String{Length: 20}))
			c.exec(c.engine, expr.NewInsert(other).Values(set(other, "note", "from there")))
			inner := &expr.Subquery{Select: expr.NewSelect(other.C("note")).Where(num(other, "id").EqExpr(num(t, "id")))}
			c.exec(c.engine, expr.NewUpdate(t).Set(expr.Assignment{Target: t.C("note"), Value: inner}).Where(num(t, "id").Eq(1)))
			c.wantRows(c.engine, expr.NewSelect(t.C("note")).OrderBy(num(t, "id").Asc()), "from there", "b")
		}},
		{name: "update returning", doc: "The changed rows come back.", needs: []need{returningUpdate}, run: func(c *T) {
			t := c.items("a", "b")
			c.wantRows(c.engine, expr.NewUpdate(t).Set(set(t, "note", "x")).Where(num(t, "id").Eq(2)).Returning(t.C("id"), t.C("note")), "2|x")
		}},
	}
}

func deleteStatementTests() []test {
	return []test{
		{name: "delete", doc: "The rows that meet the condition go, and are counted.", run: func(c *T) {
			t := c.items("a", "b", "c")
			if res := c.exec(c.engine, expr.NewDelete(t).Where(num(t, "id").Lt(3))); res.RowsAffected != 2 {
				c.Errorf("got %d rows, want 2", res.RowsAffected)
			}
			c.wantRows(c.engine, expr.NewSelect(t.C("note")), "c")
		}},
		{name: "delete returning", doc: "The rows that went come back.", needs: []need{returningDelete}, run: func(c *T) {
			t := c.items("a", "b")
			c.wantRows(c.engine, expr.NewDelete(t).Where(num(t, "id").Eq(2)).Returning(t.C("note")), "b")
		}},
		{name: "delete by a subquery", doc: "Rows are chosen by another table.", run: func(c *T) {
			t := c.items("a", "b", "c")
			other := c.table("dt_log", id(), column("note", sqltype.String{Length: 20}))
			c.exec(c.engine, expr.NewInsert(other).Values(set(other, "note", "b")))
			c.exec(c.engine, expr.NewDelete(t).Where(str(t, "note").InSelect(expr.NewSelect(other.C("note")))))
			c.wantRows(c.engine, expr.NewSelect(t.C("note")).OrderBy(num(t, "id").Asc()), "a", "c")
		}},
		{name: "on delete", doc: "Foreign keys do to the children what they say.", run: onDelete},
		{name: "on update", doc: "Children follow a key that changes.", run: onUpdate},
		{name: "written through a statement that is kept", doc: "One INSERT is used again with other values.", run: func(c *T) {
			t := c.item()
			for i := range 20 {
				c.exec(c.engine, expr.NewInsert(t).Values(set(t, "note", number("x", i))))
			}
			c.wantCount(c.engine, t, 20)
			c.wantRows(c.engine, expr.NewSelect(t.C("note")).Where(num(t, "id").Eq(20)), "x19")
		}},
	}
}

// item makes the table dt_item: id generated, note, n that is 7 by default.
func (c *T) item() *schema.Table {
	c.Helper()
	return c.table("dt_item", id(), column("note", sqltype.String{Length: 20}), column("n", bigInt, schema.ServerDefaultValue(int64(7))))
}

func (c *T) items(notes ...string) *schema.Table {
	c.Helper()
	t := c.item()
	for _, n := range notes {
		c.exec(c.engine, expr.NewInsert(t).Values(set(t, "note", n)))
	}
	return t
}

func onDelete(c *T) {
	for action, want := range map[schema.Action][]string{schema.Cascade: {"2"}, schema.SetNull: {"NULL", "2"}} {
		m := schema.NewMetaData()
		parent := schema.MustTable(m, number("dt_dparent", int(action)), plainID())
		child := schema.MustTable(m, number("dt_dchild", int(action)), plainID(),
			column("p", bigInt, schema.ForeignKey(parent.Name+".id", schema.OnDelete(action))))
		c.create(m)
		for i := int64(1); i <= 2; i++ {
			c.exec(c.engine, expr.NewInsert(parent).Values(set(parent, "id", i)))
			c.exec(c.engine, expr.NewInsert(child).Values(set(child, "id", i), set(child, "p", i)))
		}
		c.exec(c.engine, expr.NewDelete(parent).Where(num(parent, "id").Eq(1)))
		c.wantRows(c.engine, expr.NewSelect(child.C("p")).OrderBy(num(child, "id").Asc()), want...)
	}
}

func onUpdate(c *T) {
	m := schema.NewMetaData()
	parent := schema.MustTable(m, "dt_uparent", plainID())
	child := schema.MustTable(m, "dt_uchild", plainID(), column("p", bigInt, schema.ForeignKey("dt_uparent.id", schema.OnUpdate(schema.Cascade))))
	c.create(m)
	c.exec(c.engine, expr.NewInsert(parent).Values(set(parent, "id", int64(1))))
	c.exec(c.engine, expr.NewInsert(child).Values(set(child, "id", int64(1)), set(child, "p", int64(1))))
	c.exec(c.engine, expr.NewUpdate(parent).Set(set(parent, "id", int64(5))).Where(expr.All()))
	c.wantRows(c.engine, expr.NewSelect(child.C("p")), "5")
}
