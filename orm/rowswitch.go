package orm

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/alkahest-go/alkahest/internal/mem"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Where an object was deleted and another with its key was added, the row stays
// and is updated, so that rows which reference it stay too.

// rowKeyOf is an identity.
type rowKeyOf struct {
	ikey int64
	skey string
}

// switchRows turns inserts of rows that are to be deleted into updates.
func (w *work) switchRows() error {
	for _, t := range w.tables {
		if len(t.deletes) == 0 || len(t.inserts) == 0 || t.m.keyKind == keyNone {
			continue
		}
		gone := make(map[rowKeyOf]*change, len(t.deletes))
		for _, c := range t.deletes {
			if c.st.m.levels != nil {
				continue // its row may be of another kind
			}
			gone[rowKeyOf{c.st.ikey, c.st.skey}] = c
		}
		for _, c := range t.inserts {
			if err := t.switchRow(c, gone); err != nil {
				return err
			}
		}
		t.inserts = slices.DeleteFunc(t.inserts, func(c *change) bool { return c.shape == nil })
		t.deletes = slices.DeleteFunc(t.deletes, func(c *change) bool { return c.sent })
	}
	return nil
}

func (t *tableWork) switchRow(c *change, gone map[rowKeyOf]*change) error {
	if len(gone) == 0 || !c.shape.sends(t.m.key) || c.st.hasWishes() {
		return nil
	}
	ikey, skey, err := t.m.identity(c.st.obj)
	if err != nil {
		return err
	}
	old := gone[rowKeyOf{ikey, skey}]
	if old == nil {
		return nil
	}
	delete(gone, rowKeyOf{ikey, skey})
	old.sent = true
	sent := c.shape.sent
	values, err := c.appendValues(nil)
	if err != nil {
		return err
	}
	given := t.m.zero()
	t.m.copy(given, c.st.obj)
	for _, a := range c.shape.unset {
		a.clear(given)
	}
	c.st.ikey, c.st.skey, c.st.snap = ikey, skey, old.st.snap
	c.st.unpack() // relationships of the new object settle in it
	update := &change{st: c.st, more: &detail{switched: &rowSwitch{old: old.st, given: given, unset: c.shape.unset}}}
	for i, a := range sent {
		if !a.sameAs(old.st, values[i]) {
			update.more.set, update.more.values = append(update.more.set, a), append(update.more.values, values[i])
		}
	}
	if len(update.more.set) == 0 { // the row has to be there all the same
		i := slices.IndexFunc(sent, func(a *attr) bool { return !a.col.IsPrimaryKey() })
		update.more.set, update.more.values = append(update.more.set, sent[max(i, 0)]), append(update.more.values, values[max(i, 0)])
	}
	if err := update.keepUnsent(sent); err != nil {
		return err
	}
	c.shape = nil
	t.updates, t.doubtful = append(t.updates, update), append(t.doubtful, update)
	return update.addRenewals()
}

// sends reports whether all of the attributes are sent as values.
func (sh *shape) sends(attrs []*attr) bool {
	for _, a := range attrs {
		if !slices.Contains(sh.sent, a) {
			return false
		}
	}
	return true
}

// sameAs reports whether v is the value of the state's row.
func (a *attr) sameAs(st *state, v sqltype.Value) bool {
	if a.missing(st.snap) {
		return false
	}
	if a.ref >= 0 {
		return v.Equal(st.kept(a))
	}
	was, err := a.encode(st.snap)
	return err == nil && was.Equal(v)
}

// keepUnsent gives the new entity what its row has in the columns that an INSERT
// would leave to the database.
func (c *change) keepUnsent(sent []*attr) error {
	for _, a := range c.st.m.attrs {
		if slices.Contains(sent, a) {
			continue
		}
		from := a.at(c.st.snap)
		if a.ref >= 0 { // the snapshot shares memory that may have been changed in place
			from = reflect.New(a.codec.Go).UnsafePointer()
			row := valueRow{values: []sqltype.Value{c.st.kept(a)}}
			if err := a.codec.Decode(&row, 0, from); err != nil {
				return c.st.m.valueError(c.st.obj, a, err)
			}
		}
		c.more.made = append(c.more.made, madeValue{a, from})
	}
	return nil
}

// rowSwitch is what the new object of a row replaces.
type rowSwitch struct {
	old   *state
	given mem.Pointer // a copy of the new one, as it was added
	unset []*attr
}

// takeOver makes the new object that of the row; the old one is deleted.
func (s *Session) takeOver(c *change) {
	sw := c.more.switched
	s.undo = append(s.undo, undo{st: sw.old, before: persistent, snap: sw.old.snap})
	sw.old.status = deleted
	s.moved(sw.old, Persistent, Deleted)
	s.moved(c.st, Pending, Persistent)
	s.identities(c.st.kin()).remove(sw.old)
	s.undo = append(s.undo, undo{made: &made{inserted: []*state{c.st}, filled: sw.unset, given: sw.given}})
	c.st.status = persistent
	s.enlist(c.st)
	s.register(c.st)
}

// byKey orders changes of one table by their rows' keys, so that sessions which
// write the same rows wait for each other instead of blocking each other.
func byKey(a, b *change) int {
	if n := cmp.Compare(a.st.ikey, b.st.ikey); n != 0 {
		return n
	}
	return cmp.Compare(a.st.skey, b.st.skey)
}

// sortByKey orders what is written to rows that are there already.
func (t *tableWork) sortByKey() {
	for _, list := range [...][]*change{t.updates, t.deletes} {
		if !slices.IsSortedFunc(list, byKey) {
			slices.SortStableFunc(list, byKey)
		}
	}
}
