package engine

import (
	"fmt"

	"github.com/alkahest-go/alkahest/schema"
)

// checkFilled refuses an INSERT that leaves out a column of the primary key
// which nothing fills: databases differ in what they store then.
func checkFilled(t *schema.Table, sends func(c *schema.Column) bool) error {
	if t.PrimaryKey == nil {
		return nil
	}
	for _, c := range t.PrimaryKey.Columns {
		if !c.Filled() && !sends(c) {
			return fmt.Errorf("engine: column %s is part of the primary key, and nothing fills it: send a value, or give the column a generator "+
				"(a Sequence, an Identity, an integer type), a client default (DefaultFunc) or a server default (ServerDefault)", c.FullName())
		}
	}
	return nil
}
