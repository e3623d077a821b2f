package inspect_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/inspect"
	"github.com/alkahest-go/alkahest/internal/testdb"
)

// TestKeysToOtherSchemas follows a foreign key into another schema.
func TestKeysToOtherSchemas(t *testing.T) {
	for product, url := range map[string]func(testing.TB) string{"postgres15": testdb.PG15, "mariadb": testdb.MariaDB} {
		t.Run(product, func(t *testing.T) {
			admin := connect(t, url(t))
			other := uniqueName()
			drop := "DROP SCHEMA " + other
			if product == "postgres15" {
				drop += " CASCADE"
			}
			run(t, admin, "CREATE SCHEMA "+other, "CREATE TABLE "+other+".target (id INT PRIMARY KEY)")
			t.Cleanup(func() { run(t, admin, drop) })
			db := connect(t, freshURL(t, product))
			run(t, db, "CREATE TABLE source (id INT PRIMARY KEY, ref INT, CONSTRAINT far FOREIGN KEY (ref) REFERENCES "+other+".target (id))")
			m, err := inspect.Reflect(t.Context(), db, inspect.Options{})
			must(t, err)
			target := m.Table(other + ".target")
			if len(m.Tables()) != 2 || target == nil || m.Table("source").ForeignKeys[0].References != target {
				t.Errorf("got %v", m.Tables())
			}
			run(t, db, "DROP TABLE source")
			must(t, db.CreateAll(t.Context(), m))
			if fk := tableOf(t, db, "source").ForeignKeys; len(fk) != 1 || fk[0].RefSchema != other || fk[0].RefTable != "target" {
				t.Errorf("got %+v", fk)
			}
			run(t, db, "DROP TABLE source")
		})
	}
}

// TestKeysThatAreNoRowIDs keeps a key of SQLite that nothing numbers such.
func TestKeysThatAreNoRowIDs(t *testing.T) {
	db := connect(t, freshURL(t, "memory"))
	run(t, db, `CREATE TABLE "desc" (id INTEGER PRIMARY KEY DESC, v)`)
	m, err := inspect.Reflect(t.Context(), db, inspect.Options{})
	must(t, err)
	run(t, db, `DROP TABLE "desc"`)
	must(t, db.CreateAll(t.Context(), m))
	if c := tableOf(t, db, "desc").Columns[0]; c.Generated || c.SQL != "INT" {
		t.Errorf("got %+v", c)
	}
}

// TestTablesOfAnotherUser tells what a user who may read no rows sees, or that
// there is nothing that this user may see.
func TestTablesOfAnotherUser(t *testing.T) {
	admin := connect(t, freshURL(t, "postgres15"))
	run(t, admin, "CREATE TABLE secret (id INT PRIMARY KEY, word TEXT DEFAULT 'x')")
	name := uniqueName()
	run(t, admin, "CREATE ROLE "+name)
	t.Cleanup(func() { run(t, admin, "DROP ROLE "+name) })
	tx, err := admin.Begin(t.Context(), engine.TxOptions{})
	must(t, err)
	defer tx.Rollback(t.Context())
	var current string
	current, err = inspect.NewOn(tx).CurrentSchema(t.Context())
	must(t, err)
	run(t, tx, "SET LOCAL ROLE "+name)
	table, err := inspect.NewOn(tx).Table(t.Context(), current, "secret")
	if err != nil || len(table.Columns) != 2 || table.PrimaryKey == nil {
		t.Errorf("got %+v, %v", table, err)
	}
}
