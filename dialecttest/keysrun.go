package dialecttest

import (
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// keyTests create each key configuration, insert into it and read it back.
func keyTests() []test {
	var tests []test
	for _, k := range KeyConfigurations("") {
		tests = append(tests, test{
			name: k.Name, loop: "configurations", doc: "A row without its key, and three of them, have the ids that were told, or the table is refused by name.",
			run: func(c *T) { c.tryKey(k.Name) },
		})
	}
	return tests
}

func (c *T) tryKey(name string) {
	all := KeyConfigurations(c.target.OtherSchema)
	k := &all[slices.IndexFunc(all, func(k KeyConfiguration) bool { return k.Name == name })]
	m := schema.NewMetaData()
	t, err := k.Declare(m)
	if mayDeclare := k.Want != nil || k.Fails != ""; mayDeclare != (err == nil) {
		c.Fatalf("the declaration: got error %v, want one: %t", err, !mayDeclare)
	}
	if err != nil {
		return
	}
	if err := c.engine.CreateAll(c.Context(), m); err != nil {
		var refused *compile.UnsupportedError
		if !errors.As(err, &refused) || refused.Instead == "" {
			c.Fatalf("got %v, want the table, or an error that names what to do instead", err)
		}
		c.Logf("refused: %v", err)
		return
	}
	c.Cleanup(func() { c.drop(m) })
	if p := m.Table("p"); p != nil {
		for id := range int64(5) {
			c.exec(c.engine, expr.NewInsert(p).Values(expr.Assignment{Target: p.C("id"), Value: expr.BindValue(integer, sqltype.Int64Value(id+1))}))
		}
	}
	c.insertKeys(k, t)
}

// insertKeys inserts one row and then three, on a connection that is held, so
// that they are read on another.
func (c *T) insertKeys(k *KeyConfiguration, t *schema.Table) {
	held := c.hold()
	var got [][]int64
	for _, step := range []struct {
		first, n int
		fails    string
	}{{0, 1, k.Fails}, {1, 3, k.Fails + k.FailsTogether}} {
		rows, err := newKeyRows(k, t, step.first, step.n)
		if err != nil {
			c.Fatal(err)
		}
		err = rows.insert(c.Context(), held)
		switch {
		case step.fails != "" && err == nil:
			c.Errorf("%d rows were inserted, though %s", step.n, step.fails)
		case step.fails == "" && k.MayFail == "" && err != nil:
			c.Fatal(err)
		case err == nil:
			got = append(got, rows.got...)
		}
	}
	if k.MayFail != "" && len(got) == 0 || k.Fails != "" {
		c.wantCount(c.engine, t, 0)
		return
	}
	if fmt.Sprint(got) != fmt.Sprint(k.Want) {
		c.Errorf("got %v, want %v", got, k.Want)
	}
	c.wantKeys(k, t)
}

// hold returns the engine, or, where there can be several connections, one that
// nobody else uses until the test ends.
func (c *T) hold() beginner {
	c.Helper()
	if c.caps.OneConnection || c.caps.SingleWriter {
		return c.engine
	}
	conn, err := c.engine.Conn(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() {
		if err := conn.Close(); err != nil {
			c.Error(err)
		}
	})
	return conn
}

// wantKeys reads the rows back, by their natural key where they have one.
func (c *T) wantKeys(k *KeyConfiguration, t *schema.Table) {
	c.Helper()
	var columns []expr.Expression
	order := t.C(k.Back[0])
	if !k.Bare {
		columns, order = append(columns, t.C("x")), t.C("x")
	}
	for _, name := range k.Back {
		columns = append(columns, t.C(name))
	}
	var want []string
	for i, ids := range k.Want {
		line := ""
		if !k.Bare {
			line = keyOfRow(i) + "|"
		}
		for b, id := range ids {
			if b > 0 {
				line += "|"
			}
			line += fmt.Sprint(id)
		}
		want = append(want, line)
	}
	c.wantRows(c.engine, expr.NewSelect(columns...).From(t).OrderBy(expr.Order{X: order}), want...)
}
