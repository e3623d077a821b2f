package dialecttest

import (
	"context"
	"runtime"

	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/orm"
)

// idTests try that the id on each object is the id of its row.
func idTests() []test {
	return []test{
		{
			name: "random batches", doc: "What the program is told of a row is what is in the row, whatever else is inserted, fails or is undone.",
			run: randomBatches,
		},
		{
			name: "three objects", doc: "Objects that one flush inserts get the ids of their rows, whatever the step between ids is.",
			run: threeObjects,
		},
		{
			name: "many objects", doc: "A session inserts very many objects at once, each of which gets the id of its row, and needs no more memory for each than for a few.",
			run: manyObjects,
		},
	}
}

// thinTable creates a table of nothing but keys, on a base of its own.
func (c *T) thinTable(name string) *shape {
	base := orm.NewBase()
	s := thinShape(base, name, generator{options: noOptions})
	s.explicit = false
	c.create(base.MetaData)
	return s
}

// plainObjects makes objects whose keys are from first on.
func plainObjects(s *shape, first, n int) []*object {
	w := &writer{trial: &trial{}}
	list := make([]*object, n)
	for i := range list {
		list[i] = s.make(w, &record{n: int64(first + i)})
	}
	return list
}

func threeObjects(c *T) {
	s := c.thinTable("dt_three")
	for round := range 4 {
		objects := plainObjects(s, round*10, 3)
		session := orm.NewSession(c.engine)
		for _, o := range objects {
			session.Add(o.entity, o.into)
		}
		if err := session.Commit(c.Context()); err != nil {
			c.Fatal(err)
		}
		if err := session.Close(c.Context()); err != nil {
			c.Error(err)
		}
		c.wantTold(s, objects)
		c.exec(c.engine, expr.NewInsert(s.table).Values(set(s.table, "nat", int64(round*10+9)))) // so that ids have gaps
	}
}

// wantTold reads the keys of all rows in order on another connection and
// compares them with the objects, which are in the order of their natural keys.
func (c *T) wantTold(s *shape, objects []*object) (wrong int) {
	c.Helper()
	conn, err := c.engine.ReadConn(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	defer conn.Close()
	first, last := objects[0].record.n, objects[len(objects)-1].record.n
	nat := num(s.table, "nat")
	rows, err := conn.Query(c.Context(), expr.NewSelect(nat, s.table.C("id")).From(s.table).
		Where(nat.Ge(first), nat.Le(last)).OrderBy(nat.Asc()))
	if err != nil {
		c.Fatal(err)
	}
	defer rows.Close()
	i := 0
	for ; rows.Next(); i++ {
		if i >= len(objects) {
			continue
		}
		o := objects[i]
		if n, id := rows.Row().Int64(0), rows.Row().Int64(1); n != o.record.n || id != o.told()[0] || id == 0 {
			if wrong++; wrong <= 5 {
				c.Errorf("row %d has the id %d; the object %d has %d", n, id, o.record.n, o.told()[0])
			}
		}
	}
	if err := rows.Close(); err != nil {
		c.Fatal(err)
	}
	if i != len(objects) {
		c.Errorf("got %d rows, want %d", i, len(objects))
		wrong++
	}
	return wrong
}

// bytesAnObject is how much memory a session may keep for an object of two
// numbers, and how much it may take for it on the way.
const (
	bytesAnObject = 1 << 10
	bytesOnTheWay = 4 << 10
)

func manyObjects(c *T) {
	s := c.thinTable("dt_many")
	effort := c.target.Effort.complete()
	objects := plainObjects(s, 0, effort.Objects)
	before := allocated()
	session := orm.NewSession(c.engine)
	defer session.Close(context.Background())
	for _, o := range objects {
		session.Add(o.entity, o.into)
	}
	if err := session.Commit(c.Context()); err != nil {
		c.Fatal(err)
	}
	after := allocated()
	n := uint64(len(objects))
	kept, total := (after.HeapAlloc-min(before.HeapAlloc, after.HeapAlloc))/n, (after.TotalAlloc-before.TotalAlloc)/n
	c.Logf("%d objects: %d bytes kept for each, %d allocated on the way", n, kept, total)
	if effort.Alone && (kept > bytesAnObject || total > bytesOnTheWay) {
		c.Errorf("got %d bytes kept for an object and %d allocated on the way, want at most %d and %d", kept, total, bytesAnObject, bytesOnTheWay)
	}
	wrong := c.wantTold(s, objects)
	if effort.Report != nil {
		effort.Report(c.T, len(objects), wrong, 0)
	}
	if err := session.Close(c.Context()); err != nil {
		c.Error(err)
	}
	runtime.KeepAlive(session)
}

func allocated() (m runtime.MemStats) {
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}
