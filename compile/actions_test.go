package compile_test

import (
	"strings"
	"testing"

	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

func TestActionsOfForeignKeys(t *testing.T) {
	for action, text := range map[schema.Action]string{
		schema.Cascade: "CASCADE", schema.SetNull: "SET NULL", schema.SetDefault: "SET DEFAULT", schema.Restrict: "RESTRICT", schema.NoAction: "NO ACTION",
	} {
		m := schema.NewMetaData()
		big := sqltype.Integer{Bits: 64}
		schema.MustTable(m, "parents", schema.NewColumn("id", big, schema.PrimaryKey()))
		schema.MustTable(m, "t", schema.NewColumn("id", big, schema.PrimaryKey()),
			schema.NewColumn("parent", big, schema.ForeignKey("parents.id", schema.OnDelete(action), schema.OnUpdate(action))))
		if err := m.Resolve(); err != nil {
			t.Fatal(err)
		}
		for _, p := range products {
			list, err := statementsOf(p, createAll(p, m))
			if err != nil {
				if !strings.Contains(err.Error(), text) || action != schema.SetDefault && p.name != "oracle" {
					t.Errorf("%s: got %v for %s", p.name, err, text)
				}
				continue
			}
			all := strings.Join(list, ";\n")
			for _, want := range []string{"ON DELETE " + text, "ON UPDATE " + text} {
				// No clause says NO ACTION, nor RESTRICT where that is the same.
				silent := action == schema.NoAction || action == schema.Restrict && p.rules().DDL.NoRestrict
				if strings.Contains(all, want) == silent || silent && strings.Contains(all, "ON DELETE") {
					t.Errorf("%s: got\n%s\nwant %s", p.name, all, want)
				}
			}
		}
	}
}
