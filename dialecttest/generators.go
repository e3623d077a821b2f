package dialecttest

import (
	"fmt"
	"math"
	"strings"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
)

// generatorTests try what generates keys.
func generatorTests() []test {
	tests := []test{
		{name: "generated key", doc: "An integer key that nothing else fills starts at 1 and ascends.", run: func(c *T) {
			c.wantIDs([]int64{1, 2, 3}, id())
		}},
		{name: "generated key of 32 bits", doc: "A narrower key is generated too.", run: func(c *T) {
			c.wantIDs([]int64{1, 2}, column("id", integer, schema.PrimaryKey()))
		}},
		{name: "generated key of 16 bits", doc: "The narrowest key is generated too.", run: func(c *T) {
			c.wantIDs([]int64{1, 2}, column("id", small, schema.PrimaryKey()))
		}},
	}
	for _, g := range []struct {
		start, step int64
		low, high   *int64
	}{
		{start: 1, step: 1},
		{start: 100, step: 1},
		{start: 100, step: 5},
		{start: 5, step: -2, low: at(-1000), high: at(1000)},
		{start: 1 << 40, step: 1},
		{start: math.MaxInt64 - 3, step: 1},
	} {
		options := schema.GeneratorOption(func(o *schema.SequenceOptions) {
			o.Start, o.Increment, o.Min, o.Max = &g.start, &g.step, g.low, g.high
		})
		name := fmt.Sprintf("from %d by %d", g.start, g.step)
		want := []int64{g.start, g.start + g.step, g.start + 2*g.step}
		sequence := func(m *schema.MetaData) *schema.Table {
			return schema.MustTable(m, "dt_generated", column("id", bigInt, schema.PrimaryKey(), schema.NewSequence("dt_generated_ids", options)),
				column("name", text))
		}
		identity := func(m *schema.MetaData) *schema.Table {
			return schema.MustTable(m, "dt_generated", column("id", bigInt, schema.PrimaryKey(), schema.NewIdentity(options)), column("name", text))
		}
		tests = append(
			tests,
			test{
				name: "sequence " + name, loop: "sequence", doc: "A Sequence gives its start, and goes on by its increment.",
				needs: []need{takes("a Sequence "+name, sequence)}, run: func(c *T) { c.wantGenerated(sequence, want) },
			},
			test{
				name: "identity " + name, loop: "identity", doc: "An Identity gives its start, and goes on by its increment.",
				needs: []need{takes("an Identity "+name, identity)}, run: func(c *T) { c.wantGenerated(identity, want) },
			},
		)
	}
	return append(tests, sequenceTests()...)
}

func at(n int64) *int64 { return &n }

func sequenceTests() []test {
	return []test{
		{name: "sequence by itself", doc: "A sequence that no column has gives its values.", needs: []need{nativeSequences}, run: func(c *T) {
			m := schema.NewMetaData()
			s := schema.NewSequence("dt_alone", schema.Start(7), schema.Increment(3))
			if err := m.AddSequence(s); err != nil {
				c.Fatal(err)
			}
			c.create(m)
			for _, want := range []string{"7", "10", "13"} {
				c.wantRows(c.engine, expr.NewSelect(s.Next()), want)
			}
		}},
		{name: "shared sequence", doc: "Two tables draw from one sequence, and no id is given twice.", run: sharedSequence},
		{name: "always identity", doc: "An identity that is generated always refuses the program's ids.", needs: []need{
			takes("GENERATED ALWAYS", func(m *schema.MetaData) *schema.Table {
				return schema.MustTable(m, "dt_always", column("id", bigInt, schema.PrimaryKey(), schema.AlwaysIdentity()), column("name", text))
			}),
		}, run: alwaysIdentity},
		{name: "sequence created again", doc: "A sequence that is there goes on where it stopped.", run: sequenceAgain},
	}
}

// wantIDs inserts rows that leave the key out and compares what they got.
func (c *T) wantIDs(want []int64, key schema.TableItem) {
	c.Helper()
	c.wantGenerated(func(m *schema.MetaData) *schema.Table {
		return schema.MustTable(m, "dt_generated", key, column("name", text))
	}, want)
}

func (c *T) wantGenerated(declare func(m *schema.MetaData) *schema.Table, want []int64) {
	c.Helper()
	m := schema.NewMetaData()
	t := declare(m)
	c.create(m)
	got := c.insertNamed(t, len(want))
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.Errorf("got ids %v, want %v", got, want)
	}
	lines := make([]string, len(want))
	for i, n := range want {
		lines[i] = fmt.Sprintf("%d|n%d", n, i)
	}
	c.wantRows(c.engine, expr.NewSelect(t.C("id"), t.C("name")).OrderBy(str(t, "name").Asc()), lines...)
}

func sharedSequence(c *T) {
	m := schema.NewMetaData()
	s := schema.NewSequence("dt_shared", schema.Start(10))
	a := schema.MustTable(m, "dt_share_a", column("id", bigInt, schema.PrimaryKey(), s), column("name", text))
	b := schema.MustTable(m, "dt_share_b", column("id", bigInt, schema.PrimaryKey(), s), column("name", text))
	if err := c.engine.CreateAll(c.Context(), m); err != nil {
		if strings.Contains(err.Error(), "dt_shared") || strings.Contains(err.Error(), "dt_share") {
			return // refused by name
		}
		c.Fatal(err)
	}
	c.Cleanup(func() { c.drop(m) })
	seen := map[int64]bool{}
	for range 2 {
		for _, id := range append(c.insertNamed(a, 3), c.insertNamed(b, 3)...) {
			if seen[id] {
				c.Errorf("id %d was given twice", id)
			}
			seen[id] = true
		}
	}
}

func alwaysIdentity(c *T) {
	t := c.table("dt_always", column("id", bigInt, schema.PrimaryKey(), schema.AlwaysIdentity()), column("name", text))
	if got := c.insertNamed(t, 2); fmt.Sprint(got) != "[1 2]" {
		c.Errorf("got ids %v, want [1 2]", got)
	}
	_, err := c.engine.Exec(c.Context(), expr.NewInsert(t).Values(set(t, "id", int64(50)), set(t, "name", "own")))
	c.wantIs(err, sqlerr.ErrGeneratedAlways)
	if c.rules.Overriding == nil {
		return
	}
	c.exec(c.engine, expr.NewInsert(t).OverridingAlways().Values(set(t, "id", int64(50)), set(t, "name", "own")))
	if got := c.insertNamed(t, 1); fmt.Sprint(got) != "[3]" {
		c.Errorf("got the id %v beside an explicit one, want [3]", got)
	}
}

func sequenceAgain(c *T) {
	declare := func() (*schema.MetaData, *schema.Table) {
		m := schema.NewMetaData()
		return m, schema.MustTable(m, "dt_goeson", column("id", bigInt, schema.PrimaryKey(), schema.NewSequence("dt_goeson_ids",
			schema.Start(100), schema.Increment(5))), column("name", text))
	}
	m, t := declare()
	c.create(m)
	c.insertNamed(t, 1)
	again, t := declare()
	if err := c.engine.CreateAll(c.Context(), again); err != nil {
		c.Fatal(err)
	}
	if got := c.insertNamed(t, 1); len(got) != 1 || got[0] <= 100 || (got[0]-100)%5 != 0 {
		c.Errorf("got ids %v, want one that follows 100 by steps of 5", got)
	}
}

// insertNamed inserts n rows whose name is n0, n1, …, and returns their ids.
func (c *T) insertNamed(t *schema.Table, n int) []int64 {
	c.Helper()
	b := newBatch(t, n, "name")
	tx := c.begin(engine.TxOptions{})
	if err := tx.Insert(c.Context(), b.InsertBatch); err != nil {
		tx.Rollback(c.Context())
		c.Fatal(err)
	}
	if err := tx.Commit(c.Context()); err != nil {
		c.Fatal(err)
	}
	return b.ids
}
