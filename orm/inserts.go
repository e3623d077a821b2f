package orm

import (
	"sync"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/sqltype"
)

// inserts is a batch of entities on their way to the engine. Its functions are
// made once, and it is used again.
type inserts struct {
	batch   engine.InsertBatch
	m       *mapper
	changes []*change
	snaps   snapshots
}

var insertsPool = sync.Pool{New: func() any {
	x := &inserts{}
	x.batch.Bind, x.batch.Store, x.batch.Finish = x.bind, x.store, x.finish
	return x
}}

// inserting returns the batch that inserts the changes, all of one shape.
func inserting(m *mapper, changes []*change) *inserts {
	x, sh := insertsPool.Get().(*inserts), changes[0].shape
	x.m, x.changes = m, changes
	x.snaps.begin(m, len(changes))
	b := &x.batch
	b.Table, b.Columns, b.Exprs, b.OverridingAlways, b.Returning, b.N = m.table, sh.columns, sh.exprs, sh.always, sh.returning, len(changes)
	return x
}

// letGo forgets the entities. The engine is done with the batch.
func (x *inserts) letGo() {
	x.m, x.changes, x.snaps = nil, nil, snapshots{}
	b := &x.batch
	b.Table, b.Columns, b.Exprs, b.Returning = nil, nil, nil, nil
	insertsPool.Put(x)
}

func (x *inserts) bind(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
	return x.changes[i].appendValues(dst)
}

func (x *inserts) store(i int, row sqltype.Row) error {
	return x.m.store(x.changes[i].st.obj, x.changes[i].shape.filled, row)
}

func (x *inserts) finish(from, to int) error { return x.snaps.takeInserted(x.changes[from:to]) }
