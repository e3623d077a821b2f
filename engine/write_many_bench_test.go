package engine_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/internal/testdb"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// BenchmarkManyRows updates and deletes 1,000 rows in a transaction that is
// rolled back.
func BenchmarkManyRows(b *testing.B) {
	for name, url := range map[string]func(testing.TB) string{"PostgreSQL 15": testdb.PG15, "MariaDB": testdb.MariaDB} {
		e := open(b, url(b))
		table := schema.MustTable(schema.NewMetaData(), "engine_many_bench",
			schema.NewColumn("id", big, schema.PrimaryKey()), schema.NewColumn("name", sqltype.String{Length: 40}), schema.NewColumn("n", big))
		if err := e.DropAll(b.Context(), table.MetaData()); err != nil {
			b.Fatal(err)
		}
		if err := e.CreateAll(b.Context(), table.MetaData()); err != nil {
			b.Fatal(err)
		}
		const n = 1000
		err := e.Transact(b.Context(), engine.TxOptions{}, func(tx *engine.Tx) error {
			return tx.Insert(b.Context(), &engine.InsertBatch{Table: table, Columns: table.Columns(), N: n, Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
				return append(dst, whole(i+1), sqltype.TextValue("name"), whole(i)), nil
			}})
		})
		if err != nil {
			b.Fatal(err)
		}
		key := table.Columns()[:1]
		for what, write := range map[string]func(tx *engine.Tx, round int) error{
			"update": func(tx *engine.Tx, round int) error {
				return tx.Update(b.Context(), &engine.UpdateBatch{Table: table, Set: table.Columns()[1:], Key: key, N: n, Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
					return append(dst, sqltype.TextValue("another name"), whole(i+round), whole(i+1)), nil
				}})
			},
			"delete": func(tx *engine.Tx, _ int) error {
				return tx.Delete(b.Context(), &engine.DeleteBatch{Table: table, Key: key, N: n, Bind: func(i int, dst []sqltype.Value) ([]sqltype.Value, error) {
					return append(dst, whole(i+1)), nil
				}})
			},
		} {
			b.Run(name+"/"+what, func(b *testing.B) {
				b.ReportAllocs()
				for i := range b.N {
					b.StopTimer()
					tx, err := e.Begin(b.Context(), engine.TxOptions{})
					if err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
					if err := write(tx, i+1); err != nil {
						b.Fatal(err)
					}
					b.StopTimer()
					if err := tx.Rollback(b.Context()); err != nil {
						b.Fatal(err)
					}
					b.StartTimer()
				}
			})
		}
	}
}
