package schema

import "maps"

// Constraint is a constraint of a table. A package that adds a kind of its own
// embeds CustomConstraint and implements compile.ConstraintRenderer.
type Constraint interface{ constraint() }

// CustomConstraint is embedded in constraints of other packages.
type CustomConstraint struct{}

func (CustomConstraint) constraint()      {}
func (*PrimaryKeyConstraint) constraint() {}
func (*UniqueConstraint) constraint()     {}
func (*CheckConstraint) constraint()      {}
func (*ForeignKeyConstraint) constraint() {}

// ProductConstraint is a constraint of one product among those of a table.
type ProductConstraint struct {
	Constraint Constraint
	// If says on which databases the constraint is made; nil: on all.
	If Condition
}

// Constrained adds a constraint of one product to a table, such as an
// exclusion constraint.
func Constrained(c Constraint) TableItem {
	return itemFunc(func(t *Table) error {
		t.Constraints = append(t.Constraints, ProductConstraint{Constraint: c})
		return nil
	})
}

// PrimaryKeyWith is PrimaryKeyOn with what else k says. Its Columns are set
// here.
func PrimaryKeyWith(k PrimaryKeyConstraint, columns ...string) TableItem {
	return itemFunc(func(t *Table) error {
		if err := PrimaryKeyOn(k.Name, columns...).addTo(t); err != nil {
			return err
		}
		k.Columns, k.Options = t.PrimaryKey.Columns, maps.Clone(k.Options)
		t.PrimaryKey = &k
		return nil
	})
}

// UniqueWith is UniqueOn with what else u says. Its Columns are set here.
func UniqueWith(u UniqueConstraint, columns ...string) TableItem {
	return itemFunc(func(t *Table) error {
		cols, err := t.named(columns)
		if err != nil {
			return err
		}
		u.Columns, u.Options = cols, maps.Clone(u.Options)
		t.Uniques = append(t.Uniques, &u)
		return nil
	})
}

// CheckWith is CheckOn with what else c says.
func CheckWith(c CheckConstraint) TableItem {
	return itemFunc(func(t *Table) error {
		t.Checks = append(t.Checks, &c)
		return nil
	})
}
