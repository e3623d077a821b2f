package orm

import (
	"slices"

	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Rows that reference each other in a circle can't be written one after the
// other. Where a reference may be NULL, one of them is inserted without it and
// updated after the others, or loses it by an update before they are deleted.
// Where none may, the rows are sent in the order in which they were added: a
// deferred constraint may allow it.

// closing finds the links that close a circle.
func closing(rows []*change, links func(c *change) []link, found func(c *change, l link)) {
	const (
		fresh = iota
		open
		done
	)
	mark := make(map[*change]int, len(rows))
	var visit func(c *change)
	visit = func(c *change) {
		mark[c] = open
		for _, l := range links(c) {
			switch mark[l.to] {
			case fresh:
				visit(l.to)
			case open:
				found(c, l)
			}
		}
		mark[c] = done
	}
	for _, c := range rows {
		if mark[c] == fresh {
			visit(c)
		}
	}
}

// loose returns a column of the link that may be NULL and is no part of the
// row's key, or nil.
func (l link) loose() *schema.Column {
	for _, col := range l.fk.Columns {
		if col.Nullable && !col.IsPrimaryKey() {
			return col
		}
	}
	return nil
}

// cutInserts takes the references that close a circle from rows to be inserted,
// and returns the updates that set them. A row may be inserted with a reference
// to itself.
func cutInserts(rows []*change, index *rowIndex) []*change {
	var later []*change
	closing(rows, index.insertLinks, func(c *change, l link) {
		if l.bond != nil {
			if update := c.cutBond(l); update != nil {
				later = append(later, update)
			}
			return
		}
		col := l.loose()
		for i, a := range c.attrs() {
			if c.shape == nil || c == l.to || a.col != col || c.keepValues() != nil || c.values()[i].IsNull() {
				continue
			}
			update := c.another([]*attr{a}, []sqltype.Value{c.values()[i]})
			update.interim, update.more.place.needs = true, []need{{from: c}, {from: l.to}}
			later = append(later, update)
			c.values()[i] = sqltype.Value{}
		}
	})
	return later
}

// insertLinks returns the rows that a row to be written references, by their keys
// or before they have any.
func (x *rowIndex) insertLinks(c *change) []link {
	out := x.links(c, c.newValue)
	for _, b := range c.bonds {
		for _, p := range x.of[b.parent] {
			out = append(out, link{to: p, bond: b})
		}
	}
	return out
}

// cutBond takes a reference to a row that has no key yet from a row to be
// inserted, and returns the update that sets it; nil where it can't be NULL.
func (c *change) cutBond(l link) *change {
	if c.shape == nil || !l.bond.loose() || !slices.Contains(c.bonds, l.bond) {
		return nil
	}
	c.bonds = slices.DeleteFunc(slices.Clone(c.bonds), func(b *bond) bool { return b == l.bond })
	update := c.another(nil, nil)
	update.await([]*bond{l.bond})
	update.more.place.needs = []need{{from: c}, {from: l.to}}
	return update
}

// cut is a reference from a row to another, both of which are to be deleted.
type cut struct{ from, to *change }

// cutDeletes returns the updates that take references which close a circle
// from rows to be deleted. MariaDB keeps a row that references itself.
func cutDeletes(rows []*change, index *rowIndex) map[cut]*change {
	before := map[cut]*change{}
	closing(rows, func(c *change) []link { return index.links(c, c.oldValue) }, func(c *change, l link) {
		if col := l.loose(); col != nil {
			update := c.another([]*attr{c.m().attrOf(col)}, make([]sqltype.Value, 1))
			update.interim, before[cut{c, l.to}] = true, update
		}
	})
	return before
}
