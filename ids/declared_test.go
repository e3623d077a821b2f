package ids_test

import (
	"fmt"
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// TestSerial inserts one row, three, and so many that they go in bulk, into keys
// that are SERIAL, and moves their sequence on.
func TestSerial(t *testing.T) {
	for bits, word := range map[int]string{16: "smallint", 32: "integer", 64: "bigint"} {
		for _, name := range []string{"postgres15", "postgres18"} {
			t.Run(word+" on "+name, func(t *testing.T) {
				db := open(t, name)
				m := schema.NewMetaData()
				table := schema.MustTable(m, "t", schema.NewColumn("id", sqltype.Integer{Bits: bits}, schema.PrimaryKey()), schema.NewColumn("n", big, schema.Unique()),
					schema.TableOption("postgres.serial", "true"))
				must(t, db.CreateAll(t.Context(), m))
				isSerial(t, db, word)
				next := grow(t, db, table, []int{1, 3, 150}, 0)
				explicit := insertion(table, 1, []string{"id", "n"}, func(_ int, column string) int64 {
					return map[string]int64{"id": 5000, "n": -5000}[column]
				})
				must(t, insert(t.Context(), db.inner, explicit))
				moved, err := idsAdvance(t, db, table)
				must(t, err)
				if moved.Old != int64(next) || moved.New != 5001 {
					t.Errorf("got %+v, want to have moved from %d to 5001", moved, next)
				}
				grow(t, db, table, []int{2, 120}, 5000)
				must(t, db.DropAll(t.Context(), m))
			})
		}
	}
}

// isSerial checks that the key's default draws from a sequence of its type.
func isSerial(t *testing.T, db *database, word string) {
	t.Helper()
	const question = `SELECT count(*) FROM pg_catalog.pg_sequence s JOIN information_schema.columns c
		ON c.column_default LIKE 'nextval(%' AND c.is_identity = 'NO' AND c.table_name = 't' AND c.column_name = 'id' AND c.table_schema = current_schema()
		WHERE s.seqrelid = CAST(pg_get_serial_sequence('t', 'id') AS REGCLASS) AND format_type(s.seqtypid, NULL) = c.data_type AND c.data_type = :word`
	n, err := engine.Scalar[int64](t.Context(), db.inner, expr.SQL(question, expr.Named("word", word)))
	must(t, err)
	if n != 1 {
		t.Errorf("the key is no SERIAL of the type %s", word)
	}
}

// grow inserts batches of these sizes, checks that their ids are those after
// last, each that of its row, and returns the next.
func grow(t *testing.T, db *database, table *schema.Table, sizes []int, last int) int {
	t.Helper()
	for _, n := range sizes {
		b := insertion(table, n, []string{"n"}, func(i int, _ string) int64 { return int64(-last - i - 1) })
		must(t, insert(t.Context(), db.inner, b))
		for i, id := range b.ids {
			if id != int64(last+i+1) {
				t.Fatalf("row %d of %d: got id %d, want %d", i, n, id, last+i+1)
			}
		}
		last += n
	}
	id, n := table.Column("id"), table.Column("n")
	wrong, err := engine.Scalar[int64](t.Context(), db.inner, expr.NewSelect(expr.CountAll()).From(table).
		Where(expr.NewNum[int64](id.Ref(), id.Codec).AddExpr(expr.NewNum[int64](n.Ref(), n.Codec)).Ne(0)))
	must(t, err)
	if wrong != 0 {
		t.Errorf("%d rows have an id that is not theirs", wrong)
	}
	return last + 1
}

// TestInsertWithoutThePrivilegeOfTheSequence inserts as a role that may insert
// and read, and nothing else: an identity fills its rows, though it can't draw
// values ahead.
func TestInsertWithoutThePrivilegeOfTheSequence(t *testing.T) {
	for name, url := range map[string]string{"postgres15": testdb.PG15(t), "postgres18": testdb.PG18(t)} {
		t.Run(name, func(t *testing.T) {
			at := freshSchema(t, url)
			admin := connect(t, at)
			m := schema.NewMetaData()
			table := schema.MustTable(m, "t", schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("n", big))
			must(t, admin.CreateAll(t.Context(), m))
			role := uniqueName()
			run(t, admin, "CREATE ROLE "+role)
			t.Cleanup(func() { run(t, admin, "DROP OWNED BY "+role); run(t, admin, "DROP ROLE "+role) })
			run(t, admin, "GRANT SELECT, INSERT ON t TO "+role)
			home, err := engine.Scalar[string](t.Context(), admin, expr.SQL("SELECT current_schema()"))
			must(t, err)
			run(t, admin, "GRANT USAGE ON SCHEMA "+home+" TO "+role)
			last := int64(0)
			err = admin.Transact(t.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
				run(t, tx, "SET LOCAL ROLE "+role)
				for _, n := range []int{1, 150, 40} {
					b := insertion(table, n, []string{"n"}, func(i int, _ string) int64 { return last + int64(i) + 1 })
					if err := tx.Insert(t.Context(), &b.InsertBatch); err != nil {
						return err
					}
					for i, id := range b.ids {
						if id != last+int64(i)+1 {
							t.Errorf("row %d of %d: got id %d, want %d", i, n, id, last+int64(i)+1)
						}
					}
					last += int64(n)
				}
				return nil
			})
			must(t, err)
			if same := fmt.Sprint(column(t, admin, table, "id")) == fmt.Sprint(column(t, admin, table, "n")); !same {
				t.Error("the ids in the database are not those of the rows")
			}
		})
	}
}

// TestSameNamesInSeveralSchemas has tables and sequences of one name in two
// schemas, each of which counts by itself.
func TestSameNamesInSeveralSchemas(t *testing.T) {
	everywhere(t, func(t *testing.T, db *database) {
		other := uniqueName()
		switch db.name {
		case "sqlite":
			db = &database{connect(t, "sqlite:///:memory:"), db.name} // whose one connection has the other schema
			run(t, db.inner, "ATTACH ':memory:' AS "+other)
		case "postgres15", "postgres18":
			run(t, db.inner, "CREATE SCHEMA "+other)
			t.Cleanup(func() { run(t, db.inner, "DROP SCHEMA "+other+" CASCADE") })
		default:
			run(t, db.inner, "CREATE DATABASE "+other)
			t.Cleanup(func() { run(t, db.inner, "DROP DATABASE "+other) })
		}
		m := schema.NewMetaData()
		var tables []*schema.Table
		for _, name := range []string{"", other} {
			tables = append(tables, twins(m, name)...)
		}
		must(t, db.CreateAll(t.Context(), m))
		for _, n := range []int{1, 3, 120} {
			for _, table := range tables {
				have := len(column(t, db.inner, table, "id"))
				b := insertion(table, n, []string{"n"}, func(i int, _ string) int64 { return int64(have + i) })
				must(t, insert(t.Context(), db.inner, b))
				for i, id := range b.ids {
					if want := firstOf(table) + int64(have+i)*stepOf(table); id != want {
						t.Fatalf("%s: row %d of %d: got id %d, want %d", table.FullName(), i, n, id, want)
					}
				}
			}
		}
		must(t, db.DropAll(t.Context(), m))
	})
}

// twins are the tables of one schema.
func twins(m *schema.MetaData, name string) []*schema.Table {
	n := func() schema.TableItem { return schema.NewColumn("n", big) }
	return []*schema.Table{
		schema.MustTable(m, "twin", schema.InSchema(name), schema.NewColumn("id", big, schema.PrimaryKey()), n()),
		schema.MustTable(m, "twin_sequence", schema.InSchema(name), schema.NewColumn("id", big, schema.PrimaryKey(),
			schema.NewSequence("twin_ids", schema.InSchema(name), schema.Start(100), schema.Increment(5))), n()),
		schema.MustTable(m, "twin_identity", schema.InSchema(name), schema.NewColumn("id", big, schema.PrimaryKey(), schema.NewIdentity(schema.Start(7))), n()),
	}
}

func firstOf(t *schema.Table) int64 {
	return map[string]int64{"twin": 1, "twin_sequence": 100, "twin_identity": 7}[t.Name]
}

func stepOf(t *schema.Table) int64 {
	return map[string]int64{"twin": 1, "twin_sequence": 5, "twin_identity": 1}[t.Name]
}

// TestIdsAreNotUsedAgain deletes the last row: with AUTOINCREMENT its id does not
// come again.
func TestIdsAreNotUsedAgain(t *testing.T) {
	db := open(t, "sqlite")
	for option, want := range map[string]int64{"false": 3, "true": 4} {
		m := schema.NewMetaData()
		table := schema.MustTable(m, "again_"+option, schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("n", big), schema.TableOption("sqlite.autoincrement", option))
		must(t, db.CreateAll(t.Context(), m))
		must(t, insert(t.Context(), db.inner, insertion(table, 3, []string{"n"}, func(i int, _ string) int64 { return int64(i) })))
		run(t, db.inner, "DELETE FROM again_"+option+" WHERE id = 3")
		b := insertion(table, 1, []string{"n"}, func(int, string) int64 { return 9 })
		must(t, insert(t.Context(), db.inner, b))
		if b.ids[0] != want {
			t.Errorf("with the option %s: got id %d, want %d", option, b.ids[0], want)
		}
	}
}
