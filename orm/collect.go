package orm

import (
	"errors"

	"github.com/alkahest-go/alkahest/sqltype"
)

// collect finds what there is to write, of what is awake. With an error it returns what it has
// found all the same.
func (s *Session) collect() (*work, error) {
	w := &work{}
	changes := w.insertsOf(s.pending)
	var errs []error
	if half := len(changes) / 2; half >= halvesFrom && alike(s.pending) {
		errs = collectHalves(changes, half)
	} else {
		errs = collectInserts(changes)
	}
	w.add(changes)
	for _, st := range s.states {
		if err := w.collectPersistent(st); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 {
		return w, w.switchRows()
	}
	return w, errors.Join(errs...)
}

// halvesFrom is how many entities are worth another processor.
const halvesFrom = 2048

// alike reports whether all are of one mapper, whose values are encoded without
// the code of users, so that it does not matter on which goroutine.
func alike(pending []*state) bool {
	m := pending[0].m
	if !m.cheap || m.defaults || m.validated || m.levels != nil {
		return false
	}
	for _, st := range pending {
		if st.m != m {
			return false
		}
	}
	return true
}

func collectHalves(changes []change, half int) []error {
	var first []error
	done := make(chan struct{})
	go func() {
		defer close(done)
		first = collectInserts(changes[:half])
	}()
	second := collectInserts(changes[half:])
	<-done
	return append(first, second...)
}

// collectInserts completes the changes that insert entities. Those with an error
// stay without a shape.
func collectInserts(changes []change) (errs []error) {
	var values []sqltype.Value
	var details []detail
	var before likeness
	for i := range changes {
		c := &changes[i]
		if m := c.m(); !m.cheap {
			n := len(m.attrs)
			if len(details) == 0 || len(values) < n {
				rows := min(len(changes)-i, slabSize)
				values, details = make([]sqltype.Value, n*rows), make([]detail, rows)
			}
			if c.more == nil {
				c.more, details = &details[0], details[1:]
			}
			c.more.values, values = values[:0:n], values[n:]
		}
		if err := c.insertion(&before); err != nil {
			errs = append(errs, err)
			continue
		}
		c.doubtful = c.isDoubtful()
	}
	return errs
}

// add puts inserts with their tables.
func (w *work) add(changes []change) {
	var t *tableWork
	for i := range changes {
		c := &changes[i]
		if c.shape == nil {
			continue
		}
		if m := c.m(); t == nil || t.m != m || t.at != c.st.at {
			t = w.of(m, c.st.at)
		}
		if len(w.tables) == 1 && t.inserts == nil { // mostly the rest are of one kind
			t.inserts = w.little.list[:0:1]
			if len(changes)-i > 1 {
				t.inserts = make([]*change, 0, len(changes)-i)
			}
		}
		t.inserts = append(t.inserts, c)
		if c.doubtful {
			t.doubtful = append(t.doubtful, c)
		}
	}
}

func (w *work) collectPersistent(st *state) error {
	switch {
	case st.status == deleting:
		if err := st.writable(); err != nil {
			return err
		}
		if c, err := st.softDelete(); err != nil {
			return err
		} else if c != nil {
			t := w.of(c.m(), st.at)
			t.updates = append(t.updates, c)
			return nil
		}
		for _, c := range w.memory.deletions(st) {
			t := w.of(c.m(), st.at)
			t.deletes = append(t.deletes, c)
		}
	case st.status == persistent && st.snap != nil:
		if err := st.checkReadOnly(); err != nil {
			return err
		}
		if d, err := st.dirty(); !d && !st.hasWishes() || err != nil {
			return err
		}
		list, err := w.memory.updatesOf(st)
		if err != nil {
			return err
		}
		for _, c := range list {
			t := w.of(c.m(), st.at)
			t.updates, t.doubtful = append(t.updates, c), append(t.doubtful, c)
		}
	}
	return nil
}

// updatesOf collects the columns that changed, by the tables that have them; none
// if rounding undid the change. The list is valid until the next.
func (k *changeMemory) updatesOf(st *state) ([]*change, error) {
	attrs, err := st.changed(k.attrs[:0])
	k.attrs = attrs
	if err != nil {
		return nil, err
	}
	if len(attrs) == 0 && !st.hasWishes() {
		return nil, nil
	}
	if len(st.m.key) == 0 {
		return nil, &ModelError{Entity: st.m.describe(st.obj), Reason: "has no primary key and can't be updated as an object; use an UPDATE statement"}
	}
	if st.m.validated {
		if err := st.m.validate(st.obj, attrs); err != nil {
			return nil, err
		}
		if attrs, err = st.changed(attrs[:0]); err != nil {
			return nil, err
		}
	}
	if err := st.writable(); err != nil {
		return nil, err
	}
	if attrs, err = st.rounded(attrs); err != nil {
		return nil, err
	}
	k.attrs = attrs
	c := k.update(st, attrs)
	for _, a := range attrs {
		v, err := a.encode(st.obj)
		if err != nil {
			return nil, st.m.valueError(st.obj, a, err)
		}
		c.more.values = append(c.more.values, v)
	}
	if st.hasWishes() {
		c.await(st.waitingBonds())
		c.assign()
	}
	if len(c.more.set) == 0 {
		return nil, nil
	}
	k.parts, err = c.split(k.parts[:0])
	return k.parts, err
}

// rounded rounds fields that changed to what their columns hold, and leaves those
// in the list that still differ and are no expressions.
func (st *state) rounded(attrs []*attr) ([]*attr, error) {
	kept := attrs[:0]
	for _, a := range attrs {
		if st.isAssigned(a) {
			continue
		}
		if a.missing(st.obj) { // it was copied from another entity
			return nil, st.m.valueError(st.obj, a, a.notLoaded)
		}
		if a.codec.Round != nil {
			a.codec.Round(a.at(st.obj))
		}
		if a.ref < 0 {
			if a.codec.Same(a.at(st.obj), a.at(st.snap)) {
				continue
			}
		} else if v, err := a.encode(st.obj); err != nil {
			return nil, st.m.valueError(st.obj, a, err)
		} else if v.Equal(st.kept(a)) && a.missing(st.obj) == a.missing(st.snap) {
			continue
		}
		kept = append(kept, a)
	}
	return kept, nil
}

// await makes the update set what comes from parents that have no key yet.
func (c *change) await(bonds []*bond) {
	c.bonds = bonds
	for _, a := range awaited(bonds) {
		if !hasColumn(c.more.set, a) {
			c.more.set, c.more.values = append(c.more.set, a), append(c.more.values, sqltype.Value{})
		}
	}
}

// writable refuses entities that are read from a query.
func (st *state) writable() error {
	if st.m.levels != nil || st.m.table.Inlined() == nil {
		return nil
	}
	return &ModelError{Entity: st.m.describe(st.obj), Reason: "is read from a query and can't be written; change the entities of the tables that it reads"}
}
