package compile_test

import (
	"testing"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

var (
	seatsMeta = schema.NewMetaData()
	seats     = struct {
		ID, Number schema.Int64
		Guest      schema.Text
		Taken      schema.Bool
	}{schema.BigInteger(schema.PrimaryKey()), schema.BigInteger(), schema.String(20), schema.Boolean()}
	seatsTable = declare(seatsMeta, "seats", &seats)
)

// TestUpsertByAPartialIndex needs the condition as a constant: a database does
// not know the index by a bound value.
func TestUpsertByAPartialIndex(t *testing.T) {
	must(seatsTable.AddItems(schema.AddIndex(schema.Index{
		Name: "one_guest", Unique: true, Terms: []expr.Order{seats.Number.Asc()}, Where: expr.Unwrap(seats.ID.Gt(0)),
	})))
	must(seatsMeta.Resolve())
	take := func(id int64, guest string, above int64) expr.Statement {
		return expr.NewInsert(seatsTable).Values(seats.ID.Set(id), seats.Number.Set(7), seats.Guest.Set(guest), seats.Taken.Set(true)).
			OnConflict(expr.OnConflict(seats.Number).Partial(seats.ID.Gt(above)).DoUpdate(seats.Guest.SetExcluded()))
	}
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		if !p.rules().DDL.PartialIndex {
			if _, _, err := statement(take(1, "ed", 0), p.rules()); err == nil {
				t.Error("a target that is a partial index is not refused")
			}
			return
		}
		ddl(t, c, p.rules(), createAll(p, seatsMeta)...)
		for _, s := range []expr.Statement{take(1, "ed", 0), take(2, "wendy", 0)} {
			rowsOf(t, p, c, s)
		}
		if got := rowsOf(t, p, c, expr.NewSelect(seats.ID, seats.Guest).From(seatsTable)); got != "1 wendy" {
			t.Errorf("got %s, want 1 wendy", got)
		}
		a, _, err := statement(take(1, "ed", 0), p.rules())
		must(err)
		b, _, err := statement(take(1, "ed", 5), p.rules())
		must(err)
		if a.SQL == b.SQL || structureOf(take(1, "ed", 0)) == structureOf(take(1, "ed", 5)) {
			t.Error("another condition is the same statement")
		}
	})
}

func structureOf(n expr.Node) string {
	k := &expr.Key{}
	n.AppendKey(k)
	return string(k.Bytes())
}
