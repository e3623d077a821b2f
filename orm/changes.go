package orm

import (
	"slices"

	"github.com/alkahest-go/alkahest/sqltype"
)

// changeMemory is where the changes of one flush come from, more at a time the
// more there are. The zero value is ready.
type changeMemory struct {
	plain   []change
	updates []updating
	values  []sqltype.Value
	made    int // how many there were room for at last
	room    int // the same of values

	set   []*attr   // of the update before, which the next mostly shares
	attrs []*attr   // used again for each entity
	parts []*change // the same
}

// updating is a change with its detail.
type updating struct {
	change
	detail
}

// mostChanges is how many changes are allocated at once.
const mostChanges = 256

func (k *changeMemory) grow() int {
	k.made = min(max(1, 4*k.made), mostChanges)
	return k.made
}

// deletion makes a change without a detail.
func (k *changeMemory) deletion(st *state) *change {
	if len(k.plain) == 0 {
		k.plain = make([]change, k.grow())
	}
	c := &k.plain[0]
	k.plain = k.plain[1:]
	c.st = st
	return c
}

// update makes a change of attributes, which are copied, with room for their
// values.
func (k *changeMemory) update(st *state, set []*attr) *change {
	if len(k.updates) == 0 {
		k.updates = make([]updating, k.grow())
	}
	u := &k.updates[0]
	k.updates = k.updates[1:]
	u.change = change{st: st, more: &u.detail}
	if !slices.Equal(k.set, set) {
		k.set = slices.Clone(set)
	}
	n := len(set)
	if len(k.values) < n {
		k.room = min(max(1, 4*k.room), mostChanges)
		k.values = make([]sqltype.Value, n*k.room)
	}
	u.detail.set, u.detail.values = slices.Clip(k.set), k.values[:0:n]
	k.values = k.values[n:]
	return &u.change
}
