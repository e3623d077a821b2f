package mssql

import (
	"fmt"

	"github.com/alkahest-go/alkahest/schema"
)

// checkActions refuses foreign keys by whose actions one DELETE or UPDATE of t
// would reach a table twice, or t itself again: the server does (error 1785)
// (https://learn.microsoft.com/sql/relational-databases/tables/primary-and-foreign-key-constraints).
func checkActions(t *schema.Table) error {
	for _, on := range []struct {
		verb   string
		action func(*schema.ForeignKeyConstraint) schema.Action
	}{
		{"DELETE", func(fk *schema.ForeignKeyConstraint) schema.Action { return fk.OnDelete }},
		{"UPDATE", func(fk *schema.ForeignKeyConstraint) schema.Action { return fk.OnUpdate }},
	} {
		again := reachedAgain(t, on.action, map[*schema.Table]bool{t: true})
		if again == nil {
			continue
		}
		construct := fmt.Sprintf("actions of foreign keys by which one %s of %s reaches %s twice", on.verb, t.FullName(), again.Table.FullName())
		return fmt.Errorf("table %s: foreign key %s: %w", again.Table.FullName(), again.Name, unsupported(construct, "leave its action out, or use a trigger"))
	}
	return nil
}

// reachedAgain returns a foreign key by which a table is reached that was
// reached before, nil for none. What sets columns in a row goes no further.
func reachedAgain(t *schema.Table, action func(*schema.ForeignKeyConstraint) schema.Action, reached map[*schema.Table]bool) *schema.ForeignKeyConstraint {
	for _, child := range t.MetaData().Tables() {
		for _, fk := range child.ForeignKeys {
			a := action(fk)
			if fk.References != t || a == schema.NoAction || a == schema.Restrict || !fk.If.Holds(schema.Target{Dialect: name}) {
				continue
			}
			if reached[child] {
				return fk
			}
			reached[child] = true
			if a != schema.Cascade {
				continue
			}
			if again := reachedAgain(child, action, reached); again != nil {
				return again
			}
		}
	}
	return nil
}
