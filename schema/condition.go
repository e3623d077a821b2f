package schema

import "slices"

// Target is the database for which DDL is written.
type Target struct {
	// Dialect is the product's name, and Parent that of the product from which
	// it is derived, "" for none.
	Dialect, Parent string
}

// Condition says on which databases something is made. A nil Condition holds
// on all.
type Condition func(t Target) bool

// Holds reports whether the condition holds on the database.
func (c Condition) Holds(t Target) bool { return c == nil || c(t) }

// On is the condition that the database is one of these products, or derived
// from one: "sqlite", "postgresql", "mysql" (which MariaDB is too), "mariadb",
// "mssql", "oracle".
func On(products ...string) Condition {
	return func(t Target) bool {
		return slices.Contains(products, t.Dialect) || t.Parent != "" && slices.Contains(products, t.Parent)
	}
}

// NotOn is the opposite of On.
func NotOn(products ...string) Condition {
	on := On(products...)
	return func(t Target) bool { return !on(t) }
}

// Only makes the constraints and indexes among the items, and what is run when
// the table is made or dropped, for databases on which the condition holds.
// Other items are not bound to it.
func Only(on Condition, items ...TableItem) TableItem {
	return itemFunc(func(t *Table) error {
		uniques, checks, keys := len(t.Uniques), len(t.Checks), len(t.ForeignKeys)
		indexes, more, hooks := len(t.Indexes), len(t.Constraints), len(t.hooks)
		for _, it := range items {
			if err := it.addTo(t); err != nil {
				return err
			}
		}
		for _, u := range t.Uniques[uniques:] {
			u.If = both(u.If, on)
		}
		for _, c := range t.Checks[checks:] {
			c.If = both(c.If, on)
		}
		for _, fk := range t.ForeignKeys[keys:] {
			fk.If = both(fk.If, on)
		}
		for _, ix := range t.Indexes[indexes:] {
			ix.If = both(ix.If, on)
		}
		for i := range t.Constraints[more:] {
			t.Constraints[more+i].If = both(t.Constraints[more+i].If, on)
		}
		for i := range t.hooks[hooks:] {
			t.hooks[hooks+i].element = If(on, t.hooks[hooks+i].element)
		}
		return nil
	})
}

func both(a, b Condition) Condition {
	if a == nil {
		return b
	}
	return func(t Target) bool { return a(t) && b.Holds(t) }
}

// Conditional is an element that is run where a condition holds.
type Conditional struct {
	If      Condition
	Element Element
}

func (Conditional) ddl() {}

// If is the element, run where the condition holds.
func If(on Condition, e Element) Element { return Conditional{If: on, Element: e} }

func (c Conditional) of(t *Table) Element {
	return Conditional{If: c.If, Element: elementOf(c.Element, t)}
}
