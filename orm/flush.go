package orm

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// A flush goes in four steps: collect what there is to write and encode it, so
// that a value which can't be sent stops it before anything is; organize it by
// tables and rows; emit it in batches; finalize the objects.

// change is one row to be written.
type change struct {
	st    *state
	shape *shape  // of an insert
	more  *detail // nil for the zero detail, which most inserts have
	bonds []*bond // to parents that other changes insert

	interim bool // a release of another change
	early   bool // has to go before the rest, because it makes room
	sent    bool // belongs to an earlier step

	doubtful bool // the database may refuse a value of this insert
}

// detail is what not each change has. There are as many changes as rows.
type detail struct {
	set []*attr // by an update
	// values are those of attrs; nil where they are encoded when they are sent.
	values []sqltype.Value
	place  place
	renewal
	switched *rowSwitch // of an update that was an insert
	level    *mapper    // the table of a hierarchy that is written; nil: the entity's own
	below    *change    // of the entity's row in the table before, which is inserted too
	quiet    bool       // another change of the entity calls the hooks
}

// newUpdate makes a change that sets attributes.
func newUpdate(st *state, set []*attr, values []sqltype.Value) *change {
	both := &struct {
		change
		detail
	}{change{st: st}, detail{set: set, values: values}}
	both.change.more = &both.detail
	return &both.change
}

// place is what decides about when a change is sent, where more than its table
// does.
type place struct {
	needs   []need  // what has to let go of unique values first
	release *change // of an update: what lets go of its old values before
	level   int     // of an update: after those with a lower level
}

var noDetail detail

// read returns the detail to be read.
func (c *change) read() *detail {
	if c.more == nil {
		return &noDetail
	}
	return c.more
}

// put returns the detail to be changed.
func (c *change) put() *detail {
	if c.more == nil {
		c.more = &detail{}
	}
	return c.more
}

// at returns the place to be read.
func (c *change) at() *place { return &c.read().place }

// attrs returns what is sent, or set.
func (c *change) attrs() []*attr {
	if c.shape != nil {
		return c.shape.sent
	}
	return c.read().set
}

// values returns the values of attrs; nil where they are encoded when they are
// sent.
func (c *change) values() []sqltype.Value { return c.read().values }

// m returns the mapper of the table that is written.
func (c *change) m() *mapper {
	if c.more != nil && c.more.level != nil {
		return c.more.level
	}
	return c.st.m
}

// value returns the value of attrs[i]. What is encoded here was so before,
// without an error.
func (c *change) value(i int) (sqltype.Value, error) {
	if values := c.values(); values != nil {
		return values[i], nil
	}
	return c.attrs()[i].encode(c.st.obj)
}

// keepValues encodes the values, so that they can be other than the fields'.
func (c *change) keepValues() error {
	if c.values() != nil {
		return nil
	}
	values, err := c.appendValues(make([]sqltype.Value, 0, len(c.attrs())))
	c.put().values = values
	return err
}

func (c *change) appendValues(dst []sqltype.Value) ([]sqltype.Value, error) {
	if values := c.values(); values != nil {
		return append(dst, values...), nil
	}
	obj := c.st.obj
	for _, a := range c.attrs() {
		var err error
		if dst, err = a.appendTo(dst, obj); err != nil {
			return dst, c.st.m.valueError(obj, a, err)
		}
	}
	return dst, nil
}

// work is what one flush has to write, by table in the order of foreign keys.
type work struct {
	tables   []*tableWork
	byTable  map[placed]*tableWork // nil while they are few
	relating *relating             // nil where nothing is related
	little   little
	memory   changeMemory
}

// little is memory for what most flushes have one of.
type little struct {
	table   tableWork
	tables  [1]*tableWork
	changes [1]change
	list    [1]*change
	steps   [1]step
}

// fewTables are found without a map.
const fewTables = 8

// placed is a table of one site.
type placed struct {
	table *schema.Table
	at    siteID
}

type tableWork struct {
	m                         *mapper // of the table; a hierarchy may have others of it
	at                        siteID
	inserts, updates, deletes []*change
	doubtful                  []*change // those of which the database may refuse a value

	cyclic bool // the table references itself, directly or through others
}

func (w *work) of(m *mapper, at siteID) *tableWork {
	if t := w.find(m.table, at); t != nil {
		return t
	}
	t := &w.little.table
	if w.tables == nil {
		w.tables = w.little.tables[:0]
	} else {
		t = new(tableWork)
	}
	t.m, t.at = m, at
	w.tables = append(w.tables, t)
	switch {
	case len(w.tables) == fewTables+1:
		for _, t := range w.tables {
			put(&w.byTable, placed{t.m.table, t.at}, t)
		}
	case w.byTable != nil:
		w.byTable[placed{m.table, at}] = t
	}
	return t
}

func (w *work) find(table *schema.Table, at siteID) *tableWork {
	if w.byTable != nil {
		return w.byTable[placed{table, at}]
	}
	for _, t := range w.tables {
		if t.m.table == table && t.at == at {
			return t
		}
	}
	return nil
}

// flushOnce collects and writes.
func (s *Session) flushOnce(ctx context.Context) error {
	if err := errors.Join(s.addErr, s.misuses.take()); err != nil {
		s.addErr = err
		return err
	}
	if s.resting() {
		return nil
	}
	s.rouse()
	r, err := s.relate(ctx)
	if err == nil {
		err = r.numberLate(ctx)
	}
	if err != nil {
		return err
	}
	if s.opts.sharding != nil {
		if err := s.place(s.pending, r); err != nil {
			return err
		}
	}
	w, err := s.collect()
	w.relating = r
	if err == nil {
		err = w.heldElsewhere(s)
	}
	if err == nil && (len(w.tables) > 0 || r.writes()) {
		s.alone = s.ending && w.single()
		err = s.write(ctx, w)
	}
	if err != nil && !(s.alone && errors.Is(err, sqlerr.ErrOutcomeUnknown)) {
		w.unfill()
	}
	if err == nil {
		forget(s.bonds)
		s.bonds = nil
	}
	return err
}

var errSessionReads = fmt.Errorf("orm: flush: the session is %w, and there are changes to write; roll back, or open a session that may write", sqlerr.ErrReadOnly)

func (s *Session) write(ctx context.Context, w *work) error {
	if s.opts.tx.ReadOnly {
		return errSessionReads
	}
	if err := w.organize(); err != nil {
		return err
	}
	if err := w.begin(ctx, s); err != nil {
		return err
	}
	err := w.send(ctx, s)
	if err != nil {
		s.failed = err
	}
	s.pending, s.waiting = slices.DeleteFunc(s.pending, func(st *state) bool { return st.status != pending }), 0
	return err
}

// unfill takes back, after a failure, what was filled into entities that are
// still not written: defaults, and ids of a batch that failed in its middle.
func (w *work) unfill() {
	for _, t := range w.tables {
		for _, c := range t.inserts {
			if c.st.status == pending {
				c.st.clear(c.shape.unset)
			}
		}
		for _, c := range t.updates {
			if sw := c.read().switched; sw != nil && c.st.status == pending {
				c.st.snap = nil
				c.st.clear(sw.unset)
			}
		}
	}
}

func (st *state) clear(attrs []*attr) {
	for _, a := range attrs {
		a.clear(st.obj)
	}
}

// begin begins the transactions that are to be written in, and has the engine
// refuse, before anything is sent, what a database can't hold.
func (w *work) begin(ctx context.Context, s *Session) error {
	if err := w.relating.together(); err != nil {
		return err
	}
	for _, t := range w.tables {
		tx, err := s.transactionAt(ctx, t.at)
		if err == nil {
			err = t.verify(ctx, tx)
		}
		if err != nil {
			return err
		}
	}
	return w.relating.begin(ctx)
}

func (t *tableWork) verify(ctx context.Context, tx *engine.Tx) error {
	for _, c := range t.doubtful {
		if a, err := c.verify(ctx, tx); err != nil {
			return &FlushError{Entity: c.st.m.describe(c.st.obj), Op: "write", Err: c.m().valueError(c.st.obj, a, err)}
		}
	}
	return nil
}

// sound reports whether every database can hold the value: a finite number.
func sound(v sqltype.Value) bool {
	return v.Kind() == sqltype.KindFloat64 && v.Float64()-v.Float64() == 0
}

// isDoubtful reports whether a database may refuse a value of an insert.
func (c *change) isDoubtful() bool {
	if c.values() != nil {
		return true
	}
	for _, a := range c.shape.doubtful {
		if v, err := a.encode(c.st.obj); err != nil || !sound(v) {
			return true
		}
	}
	return false
}

// verify returns what can't be held, and why.
func (c *change) verify(ctx context.Context, tx *engine.Tx) (*attr, error) {
	for i, a := range c.attrs() {
		v, err := c.value(i)
		if err == nil {
			err = tx.CheckValue(ctx, a.col.Type, v)
		}
		if err != nil {
			return a, err
		}
	}
	return nil, nil
}

// send writes the steps, and what relationships say before and after them.
func (w *work) send(ctx context.Context, s *Session) error {
	w.relating.remember()
	if err := w.relating.unpair(ctx); err != nil {
		return err
	}
	paired := false
	for _, step := range w.steps() {
		if step.op == opDelete && !step.changes[0].early && !paired {
			paired = true
			if err := w.relating.insertPairs(ctx); err != nil {
				return err
			}
		}
		if err := s.emit(ctx, step); err != nil {
			return err
		}
		if s.flushing {
			s.written = append(s.written, step)
		}
	}
	if !paired {
		if err := w.relating.insertPairs(ctx); err != nil {
			return err
		}
	}
	return w.relating.finish()
}

func (s *Session) emit(ctx context.Context, x step) error {
	tx := s.sites[x.changes[0].st.at].tx
	for _, c := range x.changes {
		if err := c.settle(); err != nil {
			return &FlushError{Entity: c.st.m.describe(c.st.obj), Op: "write", Err: err}
		}
	}
	switch x.op {
	case opInsert:
		return s.emitInserts(ctx, tx, x.m, x.changes)
	case opDelete:
		return s.emitDeletes(ctx, tx, x.m, x.changes)
	}
	return s.emitUpdates(ctx, tx, x.m, x.changes, x.op == opUpdate)
}

// describe names the entity.
func (c *change) describe() string { return c.st.m.describe(c.st.obj) }

// flushError names the entity that failed, as far as the engine tells it.
func flushError(m *mapper, changes []*change, op string, err error) error {
	entity := m.goType.String()
	var rc *engine.RowCountError
	if errors.As(err, &rc) && rc.Index < len(changes) {
		if op == "insert" { // nobody else can have changed it
			return &FlushError{Entity: changes[rc.Index].describe(), Op: op, Err: err}
		}
		return &FlushError{Entity: changes[rc.Index].describe(), Op: op, Err: &StaleError{
			Entity: changes[rc.Index].describe(), Op: op, Rows: rc.Got,
		}}
	}
	var re *engine.RowError
	if errors.As(err, &re) && re.Index < len(changes) {
		entity = changes[re.Index].describe()
	} else if len(changes) == 1 {
		entity = changes[0].describe()
	}
	return &FlushError{Entity: entity, Op: op, Err: err}
}

func (s *Session) emitInserts(ctx context.Context, tx *engine.Tx, m *mapper, changes []*change) error {
	x, err := inserting(m, changes), error(nil)
	if s.alone {
		err = tx.InsertCommit(ctx, &x.batch)
	} else {
		err = tx.Insert(ctx, &x.batch)
	}
	x.letGo()
	if err != nil {
		for _, c := range changes {
			c.st.snap = nil
		}
		return flushError(m, changes, "insert", err)
	}
	s.finalizeInserts(m, changes)
	return nil
}

// store reads generated values into the entity.
func (m *mapper) store(p mem.Pointer, attrs []*attr, row sqltype.Row) error {
	for i, a := range attrs {
		if err := a.codec.Decode(row, i, a.at(p)); err != nil {
			return m.valueError(p, a, err)
		}
	}
	return row.Err()
}

// finalizeInserts makes entities that were inserted rows of the session.
func (s *Session) finalizeInserts(m *mapper, changes []*change) {
	if s.alone { // nothing can be undone any more
		s.finalizeAlone(m, changes[0])
		return
	}
	sh := changes[0].shape
	inserted := make([]*state, 0, len(changes))
	for _, c := range changes {
		st := c.st
		if !c.completes() {
			continue
		}
		st.status, st.epoch, st.wish, st.bonds = persistent, s.epoch, nil, nil
		s.moved(st, Pending, Persistent)
		if c.read().below != nil {
			s.undo = append(s.undo, undo{made: &made{inserted: []*state{st}, filled: c.unset()}})
		}
		inserted = append(inserted, st)
	}
	if len(inserted) == 0 {
		return
	}
	if changes[0].read().below == nil {
		s.undo = append(s.undo, undo{made: &made{inserted: inserted, filled: sh.unset}})
	}
	s.enlist(inserted...)
	if m.keyKind == keyNone {
		return
	}
	s.registerInserted(inserted[0].m, sh, inserted)
}

func (s *Session) registerInserted(m *mapper, sh *shape, inserted []*state) {
	im := s.identities(inserted[0].kin())
	// Keys that the database has made are new where there were none before.
	if im.empty() && m.keyKind == keyInt && slices.Contains(sh.filled, m.key[0]) {
		im.late = append(im.late, inserted...)
		return
	}
	for _, st := range inserted {
		s.register(st)
	}
}

func (s *Session) emitUpdates(ctx context.Context, tx *engine.Tx, m *mapper, changes []*change, final bool) error {
	b := &engine.UpdateBatch{
		Table: m.table, Set: columnsOf(changes[0].attrs()), Exprs: changes[0].read().exprs, Key: m.updates.keyColumns, N: len(changes), WithoutDefaults: true,
		Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return m.appendRowKey(changes[i].appendSet(dst), changes[i].st.snap)
		},
	}
	if final {
		m.fetchUpdated(b, changes)
	}
	if err := tx.Update(ctx, b); err != nil {
		m.unfetch(changes)
		return flushError(m, changes, "update", err)
	}
	if !final {
		return nil
	}
	snaps := m.snapshots(len(changes))
	s.undo = slices.Grow(s.undo, len(changes))
	var moved []*state
	for _, c := range changes {
		st := c.st
		if c.more.soft {
			s.markedDeleted(st)
			continue
		}
		if c.more.switched != nil {
			s.takeOver(c)
		} else {
			s.undo = append(s.undo, undo{st: st, before: persistent, snap: st.snap})
		}
		c.renew()
		if err := snaps.take(st); err != nil {
			return err
		}
		st.epoch, st.wish, st.bonds = s.epoch, nil, nil
		ikey, skey, err := st.m.identity(st.obj)
		if err != nil {
			return err
		}
		if ikey != st.ikey || skey != st.skey {
			s.identities(st.kin()).remove(st)
			st.ikey, st.skey = ikey, skey
			moved = append(moved, st)
		}
	}
	for _, st := range moved { // one may have another's old key
		s.register(st)
	}
	return nil
}

func (m *mapper) appendKey(dst []sqltype.Value, p mem.Pointer) ([]sqltype.Value, error) {
	for _, a := range m.key {
		v, err := a.encode(p)
		if err != nil {
			return dst, m.valueError(p, a, err)
		}
		dst = append(dst, v)
	}
	return dst, nil
}

func (s *Session) emitDeletes(ctx context.Context, tx *engine.Tx, m *mapper, changes []*change) error {
	b := &engine.DeleteBatch{
		Table: m.table, Key: m.updates.keyColumns, N: len(changes),
		Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
			return m.appendRowKey(dst, changes[i].st.snap)
		},
	}
	if err := tx.Delete(ctx, b); err != nil {
		return flushError(m, changes, "delete", err)
	}
	s.undo = slices.Grow(s.undo, len(changes))
	for _, c := range changes {
		if !c.completes() {
			continue
		}
		s.undo = append(s.undo, undo{st: c.st, before: persistent, snap: c.st.snap})
		c.st.status = deleted
		s.moved(c.st, Persistent, Deleted)
		s.identities(c.st.kin()).remove(c.st)
	}
	return nil
}

func columnsOf(attrs []*attr) []*schema.Column {
	cols := make([]*schema.Column, len(attrs))
	for i, a := range attrs {
		cols[i] = a.col
	}
	return cols
}
